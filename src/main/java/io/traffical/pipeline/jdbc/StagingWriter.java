package io.traffical.pipeline.jdbc;

import io.traffical.pipeline.model.PolicyRow;
import io.traffical.pipeline.model.StagedRows;
import java.io.ByteArrayInputStream;
import java.io.Closeable;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Map;
import java.util.TreeMap;
import org.apache.flink.metrics.Counter;
import org.apache.flink.runtime.execution.SuppressRestartsException;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.BoundedOneInput;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.postgresql.PGConnection;

/**
 * Copies rows into staging tables, a few megabytes per short transaction, and gives its word per
 * table at the end of its input. A retried writer stages again under the next attempt's number.
 */
final class StagingWriter<T extends PolicyRow> extends AbstractStreamOperator<StagedRows>
    implements OneInputStreamOperator<T, StagedRows>, BoundedOneInput {
  private static final long serialVersionUID = 1L;
  private static final int BUFFERED_BYTES = 8 << 20;

  private final Staging.Table<T> table;
  private final RunContext run;
  private transient Map<String, Target> targets;
  private transient Target[] targetByPolicy;
  private transient volatile Connection connection;
  private transient volatile boolean isAbandoned;
  private transient Closeable whenCancelled;
  private transient long bufferedBytes;
  private transient Counter rowsStaged;

  /** A staging table, as far as this writer has filled it. */
  private static final class Target {
    final BinaryCopyBuffer buffer = new BinaryCopyBuffer();
    long buffered;
    long staged;
  }

  StagingWriter(Staging.Table<T> table, RunContext run) {
    this.table = table;
    this.run = run;
  }

  @Override
  public void open() throws Exception {
    super.open();
    rowsStaged =
        getMetricGroup()
            .addGroup(SliceMetrics.GROUP)
            .addGroup("table", table.name())
            .counter("rowsStaged");
    targets = new TreeMap<>();
    targetByPolicy = new Target[run.plan().policies().size()];
    for (int p = 0; p < targetByPolicy.length; p++) {
      String name = table.of(run.runId(), run.plan(), p);
      targetByPolicy[p] = targets.computeIfAbsent(name, ignored -> new Target());
    }
    // A COPY that waits for the server does not feel the interrupt that cancels a task.
    whenCancelled = this::abandon;
    getContainingTask().getCancelables().registerCloseable(whenCancelled);
  }

  private void abandon() {
    isAbandoned = true;
    Connection abandoned = connection;
    if (abandoned != null) {
      ConnectionEnds.abandon(abandoned);
    }
  }

  @Override
  public void processElement(StreamRecord<T> element) throws Exception {
    T row = element.getValue();
    Target target = targetByPolicy[row.policy()];
    int before = target.buffer.size();
    target.buffer.row(table.columnCount());
    table.writer().write(row, run, target.buffer);
    target.buffer.int4(writer()).int4(attempt());
    target.buffered++;
    bufferedBytes += target.buffer.size() - before;
    if (bufferedBytes >= BUFFERED_BYTES) {
      flush();
    }
  }

  @Override
  public void endInput() throws Exception {
    flush();
    targets.forEach(
        (name, target) ->
            output.collect(
                new StreamRecord<>(new StagedRows(name, writer(), attempt(), target.staged))));
  }

  private void flush() throws SQLException, IOException {
    for (Map.Entry<String, Target> target : targets.entrySet()) {
      try {
        flush(target.getKey(), target.getValue());
      } catch (SQLException e) {
        if (isPublished(e)) {
          target.getValue().buffered = 0;
          continue;
        }
        boolean isPassing = connection != null && SqlFailure.isTransient(e);
        if (isPassing) {
          throw e;
        }
        throw new SuppressRestartsException(e);
      }
    }
    bufferedBytes = 0;
  }

  /**
   * Returns whether the table is missing because the run is published already: what the publisher
   * had read was lost with a TaskManager, and so everything is done again, for nothing.
   */
  private boolean isPublished(SQLException e) throws SQLException {
    if (connection == null || !"42P01".equals(e.getSQLState())) {
      return false;
    }
    String status = new RunStore(connection, run.tables()).status(run.runId());
    return "succeeded".equals(status) || "partial".equals(status);
  }

  private void flush(String name, Target target) throws SQLException, IOException {
    if (target.buffered == 0) {
      return;
    }
    if (connection == null && !isAbandoned) {
      connection =
          PostgresConnections.open(
              run.definitions().connection(), run.definitions().pipeline().statementTimeout());
    }
    if (isAbandoned) {
      // Perhaps while it was connecting, when there was nothing to end yet.
      throw new SQLException("the task was cancelled before it could stage", "57014");
    }
    String copy =
        "COPY %s (%s, writer, attempt) FROM STDIN (FORMAT binary)"
            .formatted(run.tables().name(name), table.columns());
    long copied =
        connection
            .unwrap(PGConnection.class)
            .getCopyAPI()
            .copyIn(copy, new ByteArrayInputStream(target.buffer.finish()));
    if (copied != target.buffered) {
      throw new IOException("staged " + copied + " rows of " + target.buffered);
    }
    target.staged += copied;
    rowsStaged.inc(copied);
    target.buffered = 0;
  }

  private int writer() {
    return getRuntimeContext().getTaskInfo().getIndexOfThisSubtask();
  }

  private int attempt() {
    return getRuntimeContext().getTaskInfo().getAttemptNumber();
  }

  @Override
  public void close() throws Exception {
    if (whenCancelled != null) {
      getContainingTask().getCancelables().unregisterCloseable(whenCancelled);
    }
    ConnectionEnds.close(connection);
    super.close();
  }
}
