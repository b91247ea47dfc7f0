package io.traffical.pipeline.jdbc;

import io.traffical.pipeline.window.MetricSets;
import io.traffical.pipeline.window.MetricSets.StoredPlace;
import io.traffical.pipeline.window.Micros;
import io.traffical.pipeline.window.Watermark;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * The {@code runs} table: history, and the lease that keeps two runs apart. The running row is the
 * lease; only its owner beats it, and only a run whose row is still running may publish.
 */
public final class RunStore {
  /** A run without a sign of life for this long has lost its lease. */
  public static final Duration EXPIRY = Duration.ofSeconds(60);

  private static final String DIED = "the run died: it gave no sign of life after ";

  private final Connection connection;
  private final Tables tables;
  private final String runs;

  /** Works on the given schema. */
  public RunStore(Connection connection, Tables tables) {
    this.connection = connection;
    this.tables = tables;
    this.runs = tables.name("runs");
  }

  /**
   * Takes the lease, after ending a run whose lease has expired, and removes what dead runs have
   * left in staging.
   *
   * @throws RunActiveException if another run holds the lease
   */
  public void begin(String runId, String command, String owner) throws SQLException {
    connection.setAutoCommit(false);
    try (Statement statement = connection.createStatement()) {
      statement.execute("SET LOCAL lock_timeout = '5s'");
      statement.execute("SET LOCAL search_path = pg_catalog");
      List<Event> died = endDead(statement);
      insert(runId, command, owner);
      connection.commit();
      died.forEach(Event::log);
    } catch (SQLException e) {
      connection.rollback();
      boolean isTaken = "23505".equals(e.getSQLState());
      if (isTaken && "running".equals(status(runId))) {
        return; // taken by this run itself: the answer to its first attempt was lost
      }
      if (isTaken || "55P03".equals(e.getSQLState())) {
        throw new RunActiveException(activeRun());
      }
      throw e;
    } finally {
      connection.setAutoCommit(true);
    }
    StagingLeftovers leftovers = new StagingLeftovers(connection, tables);
    leftovers.drop(Staging.PREFIX);
    leftovers.emptyPartitions(runId);
  }

  private List<Event> endDead(Statement statement) throws SQLException {
    List<Event> died = new ArrayList<>();
    String sql =
        "UPDATE "
            + runs
            + " SET status = 'failed', finished_at = pg_catalog.clock_timestamp(),"
            + " error = '"
            + DIED
            + "' || heartbeat_at"
            + " WHERE status = 'running' AND heartbeat_at < pg_catalog.clock_timestamp()"
            + " - interval '"
            + EXPIRY.toSeconds()
            + " s' RETURNING run_id, error";
    try (ResultSet row = statement.executeQuery(sql)) {
      while (row.next()) {
        died.add(Event.of("run_failed", row.getString(1)).with("error", row.getString(2)));
      }
    }
    return died;
  }

  private void insert(String runId, String command, String owner) throws SQLException {
    String sql =
        "INSERT INTO "
            + runs
            + " (run_id, command, status, started_at, heartbeat_at, owner) VALUES (?, ?, 'running',"
            + " pg_catalog.clock_timestamp(), pg_catalog.clock_timestamp(), ?)";
    try (PreparedStatement insert = connection.prepareStatement(sql)) {
      insert.setString(1, runId);
      insert.setString(2, command);
      insert.setString(3, owner);
      insert.executeUpdate();
    }
  }

  private String activeRun() throws SQLException {
    connection.setAutoCommit(true);
    String sql =
        "SELECT run_id, owner, pg_catalog.date_trunc('second', pg_catalog.clock_timestamp() -"
            + " started_at) FROM "
            + runs
            + " WHERE status = 'running'";
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      return row.next()
          ? "run %s by %s is active for %s"
              .formatted(row.getString(1), row.getString(2), row.getString(3))
          : "another run was active a moment ago";
    }
  }

  /** Creates the run's staging tables and notes what it is about to do. */
  public void prepare(RunContext run) throws SQLException {
    connection.setAutoCommit(false);
    try (Statement statement = connection.createStatement()) {
      statement.execute("SET LOCAL lock_timeout = '5s'");
      statement.execute("SET LOCAL search_path = pg_catalog");
    }
    new StagingTables(connection, run).create();
    try (Statement statement = connection.createStatement()) {
      int noted =
          statement.executeUpdate(
              "UPDATE "
                  + runs
                  + " SET range_end = "
                  + Tables.timestamp(run.plan().due())
                  + ", definitions = "
                  + run.plan().reads().size()
                  + " WHERE status = 'running' AND run_id = "
                  + Tables.literal(run.runId()));
      if (noted == 0) {
        throw new Publication.LeaseLostException(run.runId(), "that it is not running");
      }
    }
    connection.commit();
    connection.setAutoCommit(true);
  }

  /** Ends a run that has not published, and says so in the log; a run that has is left as it is. */
  public void fail(String runId, String error) throws SQLException {
    String sql =
        "UPDATE "
            + runs
            + " SET status = 'failed', finished_at = pg_catalog.clock_timestamp(), error = ?"
            + " WHERE run_id = ?::text AND status = 'running'";
    StagingLeftovers leftovers = new StagingLeftovers(connection, tables);
    leftovers.emptyPartitions(runId); // before another run can begin
    try (PreparedStatement update = connection.prepareStatement(sql)) {
      update.setString(1, error.replace("\u0000", ""));
      update.setString(2, runId);
      if (update.executeUpdate() == 1) {
        Event.of("run_failed", runId).with("error", error).log();
      }
    }
    leftovers.drop(Staging.PREFIX + runId.replace("-", ""));
  }

  /** Returns whether a run's error says that another one has taken its lease. */
  public static boolean isTakenOver(String error) {
    return error != null && error.startsWith(DIED);
  }

  /** Shows that a run which has not started its job yet is alive. */
  public void beat(String runId) throws SQLException {
    String sql =
        "UPDATE "
            + runs
            + " SET heartbeat_at = pg_catalog.clock_timestamp() WHERE run_id = ?::text AND status ="
            + " 'running'";
    try (PreparedStatement update = connection.prepareStatement(sql)) {
      update.setString(1, runId);
      update.executeUpdate();
    }
  }

  /** Notes how far the replica that the run reads from is behind, in microseconds. */
  public void noteSourceLag(String runId, long micros) throws SQLException {
    String sql =
        "UPDATE "
            + runs
            + " SET source_lag = interval '1 microsecond' * ?::float8 WHERE run_id = ?::text AND status ="
            + " 'running'";
    try (PreparedStatement update = connection.prepareStatement(sql)) {
      update.setLong(1, micros);
      update.setString(2, runId);
      update.executeUpdate();
    }
  }

  /** Returns the run's status, or null when there is no such run. */
  public String status(String runId) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement("SELECT status FROM " + runs + " WHERE run_id = ?::text")) {
      select.setString(1, runId);
      try (ResultSet row = select.executeQuery()) {
        return row.next() ? row.getString(1) : null;
      }
    }
  }

  /** Returns how many of a running run's slices have been started, and how many there are. */
  public int[] progress(String runId) throws SQLException {
    String sql = "SELECT slices_started, slices FROM " + runs + " WHERE run_id = ?::text";
    try (PreparedStatement select = connection.prepareStatement(sql)) {
      select.setString(1, runId);
      try (ResultSet row = select.executeQuery()) {
        return row.next() ? new int[] {row.getInt(1), row.getInt(2)} : new int[] {0, 0};
      }
    }
  }

  /** Returns what is materialized. */
  public List<Watermark> watermarks() throws SQLException {
    List<Watermark> watermarks = new ArrayList<>();
    String sql =
        "SELECT policy_key, metric_key, (extract(epoch FROM window_end) * 1000000.0)::bigint,"
            + " fingerprint, (extract(epoch FROM totals_to) * 1000000.0)::bigint,"
            + " CASE WHEN restart_from = '-infinity' THEN "
            + Micros.BEFORE_ALL
            + " ELSE (extract(epoch FROM restart_from) * 1000000.0)::bigint END FROM "
            + tables.name("watermarks");
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      while (rows.next()) {
        long end = rows.getLong(3);
        long totalsTo = rows.getLong(5);
        totalsTo = rows.wasNull() ? end : totalsTo;
        long restartFrom = rows.getLong(6);
        restartFrom = rows.wasNull() ? Micros.AFTER_ALL : restartFrom;
        watermarks.add(
            new Watermark(
                rows.getString(1),
                rows.getString(2),
                end,
                rows.getString(4),
                totalsTo,
                restartFrom));
      }
    }
    return watermarks;
  }

  /** Returns where the stored metrics' tallies are. */
  public List<StoredPlace> metricSets() throws SQLException {
    List<StoredPlace> places = new ArrayList<>();
    String sql =
        "SELECT policy_key, set_id, place, metric_key, slot, holds_totals, days_before FROM "
            + tables.name("metric_sets")
            + " ORDER BY policy_key, set_id, place";
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      while (rows.next()) {
        int days = rows.getInt(7);
        int daysBefore = rows.wasNull() ? MetricSets.ALL_DAYS : days;
        places.add(
            new StoredPlace(
                rows.getString(1),
                rows.getInt(2),
                rows.getInt(3),
                rows.getString(4),
                rows.getInt(5),
                rows.getBoolean(6),
                daysBefore));
      }
    }
    return places;
  }

  /** Another run holds the lease. */
  public static final class RunActiveException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    RunActiveException(String who) {
      super(who);
    }
  }
}
