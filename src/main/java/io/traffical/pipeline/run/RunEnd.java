package io.traffical.pipeline.run;

import io.traffical.pipeline.definition.Definitions;
import io.traffical.pipeline.jdbc.PostgresConnections;
import io.traffical.pipeline.jdbc.RunStore;
import io.traffical.pipeline.jdbc.SqlFailure;
import io.traffical.pipeline.jdbc.Tables;
import java.io.Serializable;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.runtime.jobgraph.OperatorID;
import org.apache.flink.runtime.operators.coordination.CoordinatorStore;
import org.apache.flink.runtime.operators.coordination.OperatorCoordinator;
import org.apache.flink.runtime.operators.coordination.OperatorEvent;
import org.apache.flink.streaming.api.graph.StreamGraph;
import org.apache.flink.streaming.api.graph.StreamNode;
import org.apache.flink.streaming.api.operators.CoordinatedOperatorFactory;
import org.apache.flink.streaming.api.operators.SimpleOperatorFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends a run whose job ends without having published, from inside the JobManager: no client need
 * wait for that. There is one beside every operator, because an operator's failures are told to its
 * own coordinator only; what they hear they share.
 */
final class RunEnd implements OperatorCoordinator {
  static final String CANCELLED =
      "CANCELLED: the job was cancelled, or its JobManager was stopped; nothing was published"
          + " | hint: run again";

  private static final Logger LOG = LoggerFactory.getLogger(RunEnd.class);
  private static final Duration TIMEOUT = Duration.ofSeconds(5);
  private static final String CAUSE = "traffical: cause";
  private static final String ENDED = "traffical: ended";

  private final String runId;
  private final Definitions definitions;
  private final CoordinatorStore shared;

  private RunEnd(String runId, Definitions definitions, CoordinatorStore shared) {
    this.runId = runId;
    this.definitions = definitions;
    this.shared = shared;
  }

  /** Puts one beside every operator of the job. */
  static void watch(StreamGraph job, String runId, Definitions definitions) {
    for (StreamNode node : job.getStreamNodes()) {
      if (node.getOperatorFactory() instanceof SimpleOperatorFactory<?> factory) {
        node.setOperatorFactory(new Watched<>(factory, runId, definitions));
      }
    }
  }

  private static final class Watched<T> extends SimpleOperatorFactory<T>
      implements CoordinatedOperatorFactory<T> {
    private static final long serialVersionUID = 1L;

    private final String runId;
    private final Definitions definitions;

    Watched(SimpleOperatorFactory<T> factory, String runId, Definitions definitions) {
      super(factory.getOperator());
      setChainingStrategy(factory.getChainingStrategy());
      this.runId = runId;
      this.definitions = definitions;
    }

    @Override
    public Provider getCoordinatorProvider(String name, OperatorID id) {
      return new Beside(id, runId, definitions);
    }
  }

  private record Beside(OperatorID operator, String runId, Definitions definitions)
      implements Provider, Serializable {
    @Override
    public OperatorID getOperatorId() {
      return operator;
    }

    @Override
    public OperatorCoordinator create(Context context) {
      return new RunEnd(runId, definitions, context.getCoordinatorStore());
    }
  }

  /** A task that is only cancelled has no reason. The first failure takes others with it. */
  @Override
  public void executionAttemptFailed(int subtask, int attempt, Throwable reason) {
    if (reason != null) {
      shared.putIfAbsent(CAUSE, Failures.of(definitions, reason).getMessage());
    }
  }

  /** The task is started again: the failure was not the end. */
  @Override
  public void subtaskReset(int subtask, long checkpoint) {
    shared.compute(CAUSE, (key, cause) -> null);
  }

  @Override
  public void resetToCheckpoint(long checkpoint, byte[] data) {
    shared.compute(CAUSE, (key, cause) -> null);
  }

  /**
   * The job has ended. If it has published, the run's row has ended, too, and is left alone.
   *
   * <p>A JobManager that is stopped in order closes its coordinators as well, and what they can ask
   * does not tell that from a job that was cancelled. With high availability the next JobManager
   * then takes up a job whose run has ended: it publishes nothing and fails, and the next run does
   * its work.
   */
  @Override
  public void close() {
    if (shared.putIfAbsent(ENDED, true) != null) {
      return;
    }
    Object cause = shared.get(CAUSE);
    try (Connection connection =
        PostgresConnections.once(definitions.connection(), TIMEOUT, TIMEOUT)) {
      new RunStore(connection, new Tables(definitions.schema()))
          .fail(runId, cause == null ? CANCELLED : cause.toString());
    } catch (SQLException e) {
      // The lease expires by itself, and the next run says so.
      LOG.warn("run {}: could not be ended: {}", runId, SqlFailure.describe(e));
    }
  }

  @Override
  public void start() {}

  @Override
  public void handleEventFromOperator(int subtask, int attempt, OperatorEvent event) {}

  @Override
  public void checkpointCoordinator(long checkpoint, CompletableFuture<byte[]> result) {
    result.complete(new byte[0]);
  }

  @Override
  public void notifyCheckpointComplete(long checkpoint) {}

  @Override
  public void executionAttemptReady(int subtask, int attempt, SubtaskGateway gateway) {}
}
