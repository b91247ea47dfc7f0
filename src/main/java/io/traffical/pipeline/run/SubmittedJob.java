package io.traffical.pipeline.run;

import io.traffical.pipeline.run.ClusterFailures.OutOfReachException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.runtime.client.JobExecutionException;
import org.apache.flink.util.ExceptionUtils;

/**
 * A run's job after its submission.
 *
 * @param place where it runs, and whether anybody waits for it here
 */
record SubmittedJob(JobClient client, Place place) {
  private static final long POLL_MILLIS = 300;

  /** Where a job runs. */
  enum Place {
    /** In this process. */
    EMBEDDED,
    /** On a cluster, and this process waits for its end. */
    ATTACHED,
    /** On a cluster, which ends the run by itself. */
    DETACHED
  }

  /**
   * Waits for the job's end.
   *
   * @param progress is called now and then
   * @throws ExecutionException if the job failed or was cancelled
   * @throws OutOfReachException if the cluster cannot be asked; nothing is known of the job
   */
  void await(Runnable progress)
      throws InterruptedException, ExecutionException, OutOfReachException {
    CompletableFuture<?> result = client.getJobExecutionResult();
    while (true) {
      try {
        result.get(POLL_MILLIS, TimeUnit.MILLISECONDS);
        return;
      } catch (TimeoutException e) {
        progress.run();
      } catch (ExecutionException e) {
        boolean hasEnded =
            place == Place.EMBEDDED
                || ExceptionUtils.findThrowable(e, JobExecutionException.class).isPresent();
        if (hasEnded) {
          throw e;
        }
        throw new OutOfReachException(e.getCause());
      }
    }
  }
}
