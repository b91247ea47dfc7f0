package io.traffical.pipeline.cli;

import io.traffical.pipeline.run.FollowListener;
import io.traffical.pipeline.run.RunFailure;
import io.traffical.pipeline.run.RunReport;
import java.io.PrintStream;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Locale;

/** Says how following goes on: one line per run, on standard error. */
final class FollowLines implements FollowListener {
  private final PrintStream err;
  private boolean hasSaidRetry;

  FollowLines(PrintStream err) {
    this.err = err;
  }

  @Override
  public void waits(Instant due) {
    err.println("waiting: the next window is due at " + due.truncatedTo(ChronoUnit.SECONDS));
  }

  @Override
  public void ended(RunReport report) {
    mayTellRetries();
    String windows =
        report.rangeStart() == null
            ? "nothing to read up to " + report.rangeEnd()
            : "windows [" + report.rangeStart() + "," + report.rangeEnd() + ")";
    err.println(
        "run %s %s: %s, %s read, %d late, %s"
            .formatted(
                report.runId(),
                report.status(),
                windows,
                Words.count(report.rowsRead(), "row", "rows"),
                report.lateRows(),
                seconds(report.duration())));
    if (report.error() != null) {
      report.error().lines().forEach(line -> err.println("ERROR " + line));
    }
  }

  @Override
  public void failed(String runId, RunFailure failure, Duration took, Duration pause) {
    String what = runId == null ? "no run" : "run " + runId;
    String again =
        pause == null
            ? "when the next window is due"
            : "in " + pause.toSeconds() + " s, then quietly, at least every 5 min";
    err.println("%s failed: after %s; tried again %s".formatted(what, seconds(took), again));
    err.println("ERROR " + failure.getMessage());
  }

  @Override
  public void recovered(int failures) {
    mayTellRetries();
    err.println("works again, after " + Words.count(failures, "failure", "failures"));
  }

  /**
   * Says that something is tried again; no more after the first time, until a run has ended or all
   * is well. May be called from any thread.
   */
  synchronized void retries(String line) {
    if (!hasSaidRetry) {
      err.println(line);
    }
    hasSaidRetry = true;
  }

  private synchronized void mayTellRetries() {
    hasSaidRetry = false;
  }

  @Override
  public void busy(RunFailure busy) {
    err.println("waiting: " + busy.getMessage());
  }

  @Override
  public void stopped() {
    err.println("stopped");
  }

  private static String seconds(Duration duration) {
    return String.format(Locale.ROOT, "%.1f s", duration.toMillis() / 1000.0);
  }
}
