package io.traffical.pipeline.jdbc;

import io.traffical.pipeline.model.MetricResult;
import io.traffical.pipeline.model.RunNote;
import io.traffical.pipeline.model.SliceReport;
import io.traffical.pipeline.model.StagedRows;
import java.io.Closeable;
import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes a run visible in one transaction: assignments, totals, outcomes, results, watermarks,
 * health, what the windows held, and the run's own end. Readers see the state before it or after
 * it.
 */
public final class Publication implements Closeable {
  private static final Logger LOG = LoggerFactory.getLogger(Publication.class);
  private static final int TRIES = 5;

  private final RunContext run;
  private final RunOutcome readOutcome;
  private final List<StagedRows> staged;
  private final List<MetricResult> results;
  private volatile Connection current;
  private volatile boolean isClosed;

  /** Collects what the notes of a finished job say. */
  public Publication(RunContext run, List<RunNote> notes) {
    this.run = run;
    List<SliceReport> reports =
        notes.stream().map(RunNote::report).filter(Objects::nonNull).toList();
    this.readOutcome = new RunOutcome(run, reports);
    this.staged = notes.stream().map(RunNote::staged).filter(Objects::nonNull).toList();
    this.results = notes.stream().map(RunNote::result).filter(Objects::nonNull).toList();
  }

  /**
   * Publishes. A transaction that fails for a passing reason is tried again as a whole; when it is
   * not known whether a commit arrived, the run's row tells.
   *
   * @throws LeaseLostException if the run is no longer the schema's active run
   */
  public void publish() throws SQLException {
    for (int attempt = 1; ; attempt++) {
      try (Connection connection =
          PostgresConnections.open(
              run.definitions().connection(), run.definitions().pipeline().statementTimeout())) {
        current = connection;
        publishOnce(connection);
        return;
      } catch (SQLException e) {
        if (isClosed || attempt == TRIES || !SqlFailure.isTransient(e)) {
          throw e;
        }
        LOG.warn("run {}: publishing again: {}", run.runId(), SqlFailure.describe(e));
        LockSupport.parkNanos(ThreadLocalRandom.current().nextLong(500_000_000L << attempt));
      }
    }
  }

  /** Ends publishing from another thread; nothing is published, unless it already was. */
  @Override
  public void close() throws IOException {
    isClosed = true;
    Connection connection = current;
    try {
      if (connection != null) {
        PostgresConnections.abandon(connection);
      }
    } catch (SQLException e) {
      throw new IOException(e);
    }
  }

  private void publishOnce(Connection connection) throws SQLException {
    connection.setAutoCommit(false);
    try {
      settings(connection);
      if (isAlreadyPublished(connection)) {
        connection.rollback();
        return;
      }
      RunOutcome outcome =
          readOutcome.withFailed(new ShrinkCheck(connection, run, readOutcome).find());
      if (!run.plan().isEmpty()) {
        new StagingTables(connection, run).verify(staged);
        StagedMerge merge = new StagedMerge(connection, run, outcome);
        merge.attach();
        merge.assignments();
        merge.totals();
        merge.outcomes();
        new MetricSetWriter(connection, run, outcome).write();
      }
      new ResultsWriter(connection, run, outcome).write(results);
      new WatermarkWriter(connection, run, outcome).write();
      new HealthWriter(connection, run, outcome).write();
      long lateRows = new WindowReadsWriter(connection, run, outcome).write();
      new StagingTables(connection, run).drop();
      new ReaderGrants(connection, run.tables()).grant(run.definitions().pipeline().readers());
      new RunRecordWriter(connection, run, outcome).write(lateRows);
      connection.commit();
    } catch (SQLException | RuntimeException e) {
      rollback(connection);
      throw e;
    }
  }

  private void settings(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(
          "SELECT pg_catalog.set_config('search_path', 'pg_catalog', true),"
              + " pg_catalog.set_config('TimeZone', 'UTC', true),"
              + " pg_catalog.set_config('work_mem', '64MB', true),"
              + " pg_catalog.set_config('maintenance_work_mem', '256MB', true),"
              + " pg_catalog.set_config('lock_timeout', '5s', true),"
              + " pg_catalog.set_config('idle_in_transaction_session_timeout', '60s', true),"
              + " pg_catalog.set_config('statement_timeout', '"
              + run.definitions().pipeline().statementTimeout().toMillis()
              + "', true)");
    }
  }

  /**
   * Looks before the work is done; the fence itself is the last statement, which ends the run's row
   * only while it is running. Until then the row is locked, so that nobody can take the lease.
   */
  private boolean isAlreadyPublished(Connection connection) throws SQLException {
    String sql = "SELECT status FROM " + run.tables().name("runs") + " WHERE run_id = ? FOR UPDATE";
    try (PreparedStatement select = connection.prepareStatement(sql)) {
      select.setString(1, run.runId());
      try (ResultSet row = select.executeQuery()) {
        String status = row.next() ? row.getString(1) : "missing";
        if (status.equals("running")) {
          return false;
        }
        if (status.equals("succeeded") || status.equals("partial")) {
          return true;
        }
        throw new LeaseLostException(run.runId(), status);
      }
    }
  }

  private static void rollback(Connection connection) {
    try {
      connection.rollback();
    } catch (SQLException e) {
      LOG.debug("the connection broke before it could roll back", e);
    }
  }

  /** Another run has taken over; this one must not publish. */
  public static final class LeaseLostException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    LeaseLostException(String runId, String status) {
      super(
          "run %s may not publish: its lease expired and its row says %s; nothing of it was published"
              .formatted(runId, status));
    }
  }
}
