package io.traffical.pipeline.jdbc;

import io.traffical.pipeline.jdbc.RunRecordWriter.RunEnd;
import io.traffical.pipeline.model.MetricResult;
import io.traffical.pipeline.model.RunNote;
import io.traffical.pipeline.model.SliceReport;
import io.traffical.pipeline.model.StagedRows;
import io.traffical.pipeline.window.Micros;
import io.traffical.pipeline.window.RunPlan;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes a run visible in one transaction: assignments, totals, outcomes, results, watermarks,
 * health, what the windows held, and the run's own end. Readers see the state before it or after
 * it.
 */
public final class Publication {
  private static final Logger LOG = LoggerFactory.getLogger(Publication.class);
  private static final int TRIES = 5;

  private final RunContext run;
  private final RunOutcome readOutcome;
  private final List<StagedRows> staged;
  private final List<MetricResult> results;
  private volatile Connection current;
  private volatile boolean isAbandoned;

  /**
   * What was published, as the server knows it.
   *
   * @param results rows of {@code metric_results} that were written
   * @param lateRows rows found in windows that an earlier run had read
   * @param failed definitions that were set aside
   * @param seconds how long the run took
   * @param lagSeconds how far the end of each policy's data was behind the clock, of those that go
   *     on, by their keys
   */
  public record Published(
      long results, long lateRows, int failed, double seconds, Map<String, Double> lagSeconds) {}

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
   * @return what was published; null if it already had been
   * @throws LeaseLostException if the run is no longer the schema's active run
   */
  public Published publish() throws SQLException {
    for (int attempt = 1; ; attempt++) {
      try (Connection connection =
          PostgresConnections.open(
              run.definitions().connection(), run.definitions().pipeline().statementTimeout())) {
        current = connection;
        if (isAbandoned) {
          throw new SQLException("the run was ended before it could publish", "57014");
        }
        return publishOnce(connection);
      } catch (SQLException e) {
        if (attempt == TRIES || isAbandoned || !SqlFailure.isTransient(e)) {
          throw e;
        }
        LOG.warn("run {}: publishing again: {}", run.runId(), SqlFailure.describe(e));
        LockSupport.parkNanos(ThreadLocalRandom.current().nextLong(500_000_000L << attempt));
      }
    }
  }

  /** Ends a publication in progress, from any thread: nothing is published, or all of it. */
  void abandon() {
    isAbandoned = true;
    Connection abandoned = current;
    if (abandoned != null) {
      ConnectionEnds.abandon(abandoned);
    }
  }

  private Published publishOnce(Connection connection) throws SQLException {
    connection.setAutoCommit(false);
    try {
      settings(connection);
      if (isAlreadyPublished(connection)) {
        connection.rollback();
        return null;
      }
      RunOutcome outcome =
          readOutcome.withFailed(new ShrinkCheck(connection, run, readOutcome).find());
      if (!run.plan().isEmpty()) {
        new StagingTables(connection, run).verify(staged);
        new StagedMerge(connection, run, outcome).merge();
        new MetricSetWriter(connection, run, outcome).write();
      }
      long written = new ResultsWriter(connection, run, outcome).write(results);
      new WatermarkWriter(connection, run, outcome).write();
      new HealthWriter(connection, run, outcome).write();
      long lateRows = new WindowReadsWriter(connection, run, outcome).write();
      new StagingTables(connection, run).drop();
      new ReaderGrants(connection, run.tables()).grant(run.definitions().pipeline().readers());
      RunEnd end = new RunRecordWriter(connection, run, outcome).write(lateRows);
      connection.commit();
      return published(outcome, written, lateRows, end);
    } catch (SQLException | RuntimeException e) {
      rollback(connection);
      throw e;
    }
  }

  /** Tells what has been committed: of each definition that was set aside, and of the run. */
  private Published published(RunOutcome outcome, long written, long lateRows, RunEnd end) {
    outcome
        .failed()
        .forEach(
            (definition, error) ->
                Event.of("definition_set_aside", run.runId())
                    .with("definition", definition)
                    .with("error", error)
                    .log());
    String status = outcome.status();
    Event.of(status.equals("failed") ? "run_failed" : "published", run.runId())
        .with("status", status)
        .with("range_end", Micros.toInstant(run.plan().due()))
        .with("rows", end.rows())
        .with("late", lateRows)
        .with("results", written)
        .with("seconds", end.seconds())
        .log();
    Map<String, Double> lags = new TreeMap<>();
    for (int p = 0; p < run.plan().policies().size(); p++) {
      RunPlan.PolicyPlan policy = run.plan().policies().get(p);
      if (outcome.publishes(p) && policy.end() < policy.endsAt()) {
        lags.put(policy.policyKey(), (end.finishedAt() - policy.end()) / 1e6);
      }
    }
    return new Published(written, lateRows, outcome.failed().size(), end.seconds(), lags);
  }

  private void settings(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      // What is committed while a table's lock is waited for has to be counted.
      statement.execute("SET TRANSACTION ISOLATION LEVEL READ COMMITTED");
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
