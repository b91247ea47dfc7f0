package io.traffical.pipeline.run;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.flink.core.execution.JobClient;

/** Ends a run in order when the process is told to stop (SIGINT, SIGTERM). */
final class CancelOnExit implements AutoCloseable {
  private final Thread hook;
  private volatile JobClient job;

  CancelOnExit(Runnable onExit) {
    this.hook =
        new Thread(
            () -> {
              if (job != null) {
                CompletableFuture<Void> cancelled = job.cancel();
                cancelled.completeOnTimeout(null, 5, TimeUnit.SECONDS).join();
              }
              onExit.run();
            },
            "end the run");
    Runtime.getRuntime().addShutdownHook(hook);
  }

  void alsoCancel(JobClient running) {
    job = running;
  }

  @Override
  public void close() {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // The process is already stopping, and the hook runs: nothing is left to undo.
      job = null;
    }
  }
}
