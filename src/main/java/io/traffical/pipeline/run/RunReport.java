package io.traffical.pipeline.run;

import java.time.Duration;
import java.time.Instant;

/**
 * How a run ended: its row of {@code runs}.
 *
 * @param status succeeded, partial or failed; running as long as it goes on
 * @param rangeStart first time read; null when nothing was
 * @param rangeEnd exclusive end of the last due window
 * @param rowsRead usable rows read
 * @param lateRows rows found in windows that an earlier run had read
 * @param error what failed, or null
 */
public record RunReport(
    String runId,
    String status,
    Instant rangeStart,
    Instant rangeEnd,
    long rowsRead,
    long lateRows,
    Duration duration,
    String error) {
  /** Returns whether the run goes on: on a cluster, without the process that has submitted it. */
  public boolean isGoingOn() {
    return status.equals("running");
  }
}
