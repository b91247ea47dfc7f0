package io.traffical.pipeline.jdbc;

import io.traffical.pipeline.jdbc.Publication.LeaseLostException;
import io.traffical.pipeline.model.PolicyRow;
import io.traffical.pipeline.model.StagedRows;
import java.io.ByteArrayInputStream;
import java.io.Closeable;
import java.io.IOException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.flink.metrics.Counter;
import org.apache.flink.runtime.execution.SuppressRestartsException;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.BoundedOneInput;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.postgresql.PGConnection;

/**
 * Stages rows, a few megabytes per short transaction, and gives its word per table at the end of
 * its input. A retried writer stages everything again, in transactions of its own.
 */
final class StagingWriter<T extends PolicyRow> extends AbstractStreamOperator<StagedRows>
    implements OneInputStreamOperator<T, StagedRows>, BoundedOneInput {
  private static final long serialVersionUID = 1L;
  private static final int BUFFERED_BYTES = 8 << 20;
  private static final long PUBLISHED = -1;

  private final Staging.Table<T> table;
  private final RunContext run;
  private transient PolicyKeys keys;
  private transient Map<String, Target> targets;
  private transient Target[] targetByPolicy;
  private transient volatile Connection connection;
  private transient volatile boolean isAbandoned;
  private transient Closeable whenCancelled;
  private transient long bufferedBytes;
  private transient Counter rowsStaged;

  /** A table, as far as this writer has filled it. */
  private static final class Target {
    final BinaryCopyBuffer buffer = new BinaryCopyBuffer();
    final List<Long> transactions = new ArrayList<>();
    long buffered;
    long staged;

    StagedRows word(String name) {
      return new StagedRows(
          name, transactions.stream().mapToLong(Long::longValue).toArray(), staged);
    }
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
    keys = new PolicyKeys(run);
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
    table.writer().write(row, keys, target.buffer);
    target.buffered++;
    bufferedBytes += target.buffer.size() - before;
    if (bufferedBytes >= BUFFERED_BYTES) {
      flush();
    }
  }

  @Override
  public void endInput() throws Exception {
    flush();
    targets.forEach((name, target) -> output.collect(new StreamRecord<>(target.word(name))));
  }

  private void flush() throws SQLException, IOException {
    Map<String, Target> filled = new TreeMap<>(targets);
    filled.values().removeIf(target -> target.buffered == 0);
    if (!filled.isEmpty()) {
      try {
        copy(filled);
      } catch (SQLException e) {
        boolean isPassing = connection != null && SqlFailure.isTransient(e);
        if (isPassing) {
          throw e;
        }
        throw new SuppressRestartsException(e);
      } catch (LeaseLostException e) {
        throw new SuppressRestartsException(e);
      }
    }
    bufferedBytes = 0;
  }

  private void copy(Map<String, Target> filled) throws SQLException, IOException {
    if (connection == null && !isAbandoned) {
      connection =
          PostgresConnections.open(
              run.definitions().connection(), run.definitions().pipeline().statementTimeout());
      connection.setAutoCommit(false);
    }
    if (isAbandoned) {
      // Perhaps while it was connecting, when there was nothing to end yet.
      throw new SQLException("the task was cancelled before it could stage", "57014");
    }
    long transaction = begin(filled.keySet());
    for (Map.Entry<String, Target> target : filled.entrySet()) {
      if (transaction != PUBLISHED) {
        copy(target.getKey(), target.getValue());
        target.getValue().transactions.add(transaction);
      }
      target.getValue().buffer.clear();
      target.getValue().buffered = 0;
    }
    connection.commit();
  }

  /**
   * Locks the tables, and then looks whether the run is still to be published: a partition outlives
   * its run, and the publisher, who locks them too, must have been the last to look at its rows.
   *
   * @return the transaction's id, or that the run is published already: what the publisher had read
   *     was lost with a TaskManager, and so everything is done again, for nothing
   */
  private long begin(Set<String> names) throws SQLException {
    SQLException missing = lock(names);
    String status = new RunStore(connection, run.tables()).status(run.runId());
    if ("succeeded".equals(status) || "partial".equals(status)) {
      return PUBLISHED;
    }
    if (!"running".equals(status)) {
      throw new LeaseLostException(run.runId(), status);
    }
    if (missing != null) {
      throw missing;
    }
    try (Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery("SELECT pg_catalog.pg_current_xact_id()::xid::text")) {
      row.next();
      return row.getLong(1);
    }
  }

  /** Locks them, or says that one is missing: staging tables are dropped when their run ends. */
  private SQLException lock(Set<String> names) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(
          names.stream()
              .map(run.tables()::name)
              .collect(Collectors.joining(", ", "LOCK TABLE ", " IN ROW EXCLUSIVE MODE")));
      return null;
    } catch (SQLException e) {
      if (!"42P01".equals(e.getSQLState())) {
        throw e;
      }
      connection.rollback();
      return e;
    }
  }

  private void copy(String name, Target target) throws SQLException, IOException {
    String copy =
        "COPY %s (%s) FROM STDIN (FORMAT binary)"
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
