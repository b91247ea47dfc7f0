package io.traffical.pipeline.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.traffical.pipeline.definition.Definitions;
import io.traffical.pipeline.run.ClusterFailures.NotSubmittedException;
import io.traffical.pipeline.run.ClusterFailures.OutOfReachException;
import io.traffical.pipeline.run.RunFailure.Kind;
import io.traffical.pipeline.testing.DefinitionFiles;
import java.net.ConnectException;
import java.sql.SQLException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import org.apache.flink.api.common.JobID;
import org.apache.flink.runtime.client.JobCancellationException;
import org.apache.flink.runtime.client.JobExecutionException;
import org.apache.flink.runtime.jobmanager.scheduler.NoResourceAvailableException;
import org.apache.flink.util.FlinkException;
import org.apache.flink.util.SerializedThrowable;
import org.apache.flink.util.concurrent.FutureUtils.RetryException;
import org.junit.jupiter.api.Test;

/** Which failures are the cluster's: those that a follower need not wait a window for. */
class ClusterFailuresTest {
  private static final Definitions DEFINITIONS =
      DefinitionFiles.read(
          "version: \"1.0\"\nconnection: { host: db, database: d, username: u, password: p }\n");

  private static RunFailure of(Throwable thrown) {
    return Failures.of(DEFINITIONS, thrown);
  }

  private static ExecutionException ofJob(Throwable cause) {
    return new ExecutionException(
        new JobExecutionException(
            new JobID(), "Job execution failed.", new SerializedThrowable(cause)));
  }

  @Test
  void aJobManagerThatIsNotThere() {
    ConnectException refused = new ConnectException("Connection refused: localhost:8081");
    RunFailure failure =
        of(
            new NotSubmittedException(
                new FlinkException(
                    "Failed to execute job",
                    new RetryException("Retries exhausted", new CompletionException(refused)))));

    assertThat(failure.kind()).isEqualTo(Kind.CLUSTER);
    assertThat(failure)
        .hasMessage(
            "UNAVAILABLE the job could not be submitted: ConnectException: Connection refused:"
                + " localhost:8081 | hint: nothing was published; check that the JobManager is up"
                + " and that Flink's config.yaml has its rest.address and rest.port, then run"
                + " again");
  }

  @Test
  void aJobManagerThatIsGone() {
    RunFailure failure =
        ClusterFailures.outOfReach(
            "r", new OutOfReachException(new CompletionException(new ConnectException("refused"))));

    assertThat(failure.kind()).isEqualTo(Kind.CLUSTER);
    assertThat(failure)
        .hasMessage(
            "UNAVAILABLE the JobManager does not answer: refused | hint: the run may go on without"
                + " this client: traffical runs r shows how it ends; if the JobManager is gone, run"
                + " again after a minute");
  }

  @Test
  void aJobThatHasNoSlotsOrLosesTaskManagers() {
    RunFailure failure = of(ofJob(new NoResourceAvailableException("no slots")));

    assertThat(failure.kind()).isEqualTo(Kind.CLUSTER);
    assertThat(failure)
        .hasMessage(
            "UNAVAILABLE the cluster lost the run or had no room for it: %s | hint: nothing was"
                + " published; check the TaskManagers, their logs and their free slots, then run"
                + " again",
            "org.apache.flink.runtime.jobmanager.scheduler.NoResourceAvailableException: no slots");
    assertThat(of(ofJob(new TimeoutException("heartbeat of TaskManager tm-1 timed out"))).kind())
        .isEqualTo(Kind.CLUSTER);
  }

  @Test
  void notWhatTheRunItselfFailsWith() {
    assertThat(of(ofJob(new IllegalStateException("staged 1 of 2"))).kind()).isEqualTo(Kind.FAILED);
    assertThat(of(ofJob(new SQLException("no results today", "P0001"))).kind())
        .isEqualTo(Kind.FAILED);
    assertThat(of(ofJob(new SQLException("gone", "08006"))).kind()).isEqualTo(Kind.UNAVAILABLE);
    assertThat(of(new JobCancellationException(new JobID(), "cancelled", null)).kind())
        .isEqualTo(Kind.FAILED);
  }
}
