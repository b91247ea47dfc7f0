package io.traffical.pipeline.run;

import io.traffical.pipeline.jdbc.SourceClock;
import io.traffical.pipeline.window.RunPlan;

/** Hears how a run goes on. Every method may be called from the run's own thread only. */
public interface RunListener {
  /** Hears nothing. */
  RunListener SILENT = new RunListener() {};

  /** The run has its id and the lease. */
  default void began(String runId) {}

  /** The source is a replica, and this complete. */
  default void readsReplica(SourceClock clock) {}

  /** The run has its plan. */
  default void planned(RunPlan plan) {}

  /** So many of the slices have been handed to readers. */
  default void reading(int started, int slices) {}
}
