package io.traffical.pipeline.run;

import java.time.Duration;
import java.time.Instant;

/** Hears how following goes on. Every method is called from the following thread only. */
public interface FollowListener {
  /** Everything due is published; the next window is due then, by the database's clock. */
  void waits(Instant due);

  /** A run has ended: succeeded, partial or failed. */
  void ended(RunReport report);

  /**
   * A run, or the question what is due, has failed and is tried again. While that goes on failing
   * soon again and again, the same failure is told once.
   *
   * @param runId the run's id, or null if there was none yet
   * @param took how long it took
   * @param pause after which it is tried again, then after longer ones; null for when the next
   *     window is due
   */
  void failed(String runId, RunFailure failure, Duration took, Duration pause);

  /** What failed so many times in a row works again. */
  void recovered(int failures);

  /** Somebody else's run is active. Said once, not at every look. */
  void busy(RunFailure busy);

  /** The process is to stop, and following has ended. */
  void stopped();
}
