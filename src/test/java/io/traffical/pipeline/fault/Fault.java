package io.traffical.pipeline.fault;

/** What can happen at a step of a run. */
enum Fault {
  /** The connection breaks before the step reaches the server. */
  CUT_BEFORE,
  /** The connection breaks after the step has reached the server and before the answer is back. */
  CUT_AFTER,
  /** The server refuses for good, and ends the connection. */
  REFUSED,
  /** The task manager dies, and another one takes its place. */
  TASK_MANAGER,
  /** Somebody cancels the job. */
  CANCELLED,
  /** The run stops for so long that another one takes over, and then goes on. */
  TAKEN_OVER
}
