package io.traffical.pipeline.run;

import io.traffical.pipeline.run.RunFailure.Kind;
import java.util.Optional;
import java.util.concurrent.TimeoutException;
import org.apache.flink.runtime.io.network.netty.exception.TransportException;
import org.apache.flink.runtime.io.network.partition.PartitionNotFoundException;
import org.apache.flink.runtime.jobmanager.scheduler.NoResourceAvailableException;
import org.apache.flink.runtime.jobmaster.JobMasterException;
import org.apache.flink.util.ExceptionUtils;

/**
 * What goes wrong with the cluster rather than with the run: it passes, or somebody who runs
 * clusters mends it, and then the same run goes well.
 */
final class ClusterFailures {
  /** What a job fails with that has no slots, or whose TaskManagers were lost too often. */
  private static final Class<?>[] LOSSES = {
    NoResourceAvailableException.class,
    JobMasterException.class,
    TransportException.class,
    PartitionNotFoundException.class,
    TimeoutException.class
  };

  private ClusterFailures() {}

  /** The job may still be running, but the cluster does not answer any more. */
  static final class OutOfReachException extends Exception {
    private static final long serialVersionUID = 1L;

    OutOfReachException(Throwable cause) {
      super(cause);
    }
  }

  /** The job could not be handed to the cluster. */
  static final class NotSubmittedException extends Exception {
    private static final long serialVersionUID = 1L;

    NotSubmittedException(Throwable cause) {
      super(cause);
    }
  }

  /** The cluster does not answer. What becomes of the run is in its row. */
  static RunFailure outOfReach(String runId, OutOfReachException e) {
    return new RunFailure(
        Kind.CLUSTER,
        "UNAVAILABLE the JobManager does not answer: "
            + ExceptionUtils.stripCompletionException(e.getCause()).getMessage()
            + " | hint: the run may go on without this client: traffical runs "
            + runId
            + " shows how it ends; if the JobManager is gone, run again after a minute",
        e);
  }

  /** Returns what to say if it is the cluster that has failed. */
  static Optional<RunFailure> find(Throwable thrown) {
    Throwable root = root(thrown);
    if (thrown instanceof NotSubmittedException) {
      return Optional.of(
          new RunFailure(
              Kind.CLUSTER,
              "UNAVAILABLE the job could not be submitted: "
                  + root.getClass().getSimpleName()
                  + ": "
                  + root.getMessage()
                  + " | hint: nothing was published; check that the JobManager is up and that"
                  + " Flink's config.yaml has its rest.address and rest.port, then run again",
              thrown));
    }
    for (Class<?> loss : LOSSES) {
      if (isCausedBy(thrown, loss.asSubclass(Throwable.class))) {
        return Optional.of(
            new RunFailure(
                Kind.CLUSTER,
                "UNAVAILABLE the cluster lost the run or had no room for it: "
                    + root.getMessage()
                    + " | hint: nothing was published; check the TaskManagers, their logs and"
                    + " their free slots, then run again",
                thrown));
      }
    }
    return Optional.empty();
  }

  private static boolean isCausedBy(Throwable thrown, Class<? extends Throwable> type) {
    return ExceptionUtils.findThrowable(thrown, type).isPresent()
        || ExceptionUtils.findSerializedThrowable(
                thrown, type, ClusterFailures.class.getClassLoader())
            .isPresent();
  }

  private static Throwable root(Throwable thrown) {
    Throwable root = thrown;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return root;
  }
}
