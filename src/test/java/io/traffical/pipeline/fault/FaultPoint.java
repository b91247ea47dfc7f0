package io.traffical.pipeline.fault;

/**
 * Where in a run a fault strikes.
 *
 * @param number counted from 1
 */
record FaultPoint(Kind kind, int number) {
  enum Kind {
    /** Before the client's so-manieth message to the database. */
    STEP,
    /** When so many subtasks of operators have ended. */
    SUBTASK_END
  }

  @Override
  public String toString() {
    return "%s %d".formatted(kind, number);
  }
}
