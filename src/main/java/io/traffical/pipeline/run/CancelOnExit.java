package io.traffical.pipeline.run;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.flink.core.execution.JobClient;

/** Ends a run in order when the process is told to stop (SIGINT, SIGTERM). */
final class CancelOnExit implements AutoCloseable {
  /**
   * The longest that cancelling may take, and then whatever else ends the run: a database or a
   * cluster that is away must not keep the process.
   */
  static final Duration MOST = Duration.ofSeconds(4);

  private final Thread hook;
  private JobClient job;
  private boolean isStopping;

  CancelOnExit(Runnable onExit) {
    this.hook =
        new Thread(
            () -> {
              stop().join();
              within(MOST, onExit);
            },
            "end the run");
    try {
      Runtime.getRuntime().addShutdownHook(hook);
    } catch (IllegalStateException e) {
      isStopping = true; // since just before
    }
  }

  private static void within(Duration most, Runnable work) {
    Thread thread = new Thread(work, "end the run's row");
    thread.setDaemon(true);
    thread.start();
    try {
      thread.join(most.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Cancels the job, if there is one yet, and returns when that is done, or takes too long. */
  private synchronized CompletableFuture<Void> stop() {
    isStopping = true;
    return job == null
        ? CompletableFuture.completedFuture(null)
        : job.cancel()
            .completeOnTimeout(null, MOST.toMillis(), TimeUnit.MILLISECONDS)
            .exceptionally(alreadyEnded -> null);
  }

  /** Returns whether the process has been told to stop, so that no job may be submitted. */
  synchronized boolean isStopping() {
    return isStopping;
  }

  /** Cancels this job as well, at once when the process has been told to stop. */
  synchronized void alsoCancel(JobClient running) {
    job = running;
    if (isStopping) {
      stop().join();
    }
  }

  @Override
  public void close() {
    if (!isStopping()) {
      try {
        Runtime.getRuntime().removeShutdownHook(hook);
      } catch (IllegalStateException e) {
        // The process has just begun to stop, and the hook runs, which finds the job ended.
        return;
      }
    }
  }
}
