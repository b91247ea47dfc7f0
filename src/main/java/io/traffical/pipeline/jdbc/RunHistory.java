package io.traffical.pipeline.jdbc;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;

/** Reads what runs did. Grain: one row per run, or one per definition of a run. */
public final class RunHistory {
  private static final String RUN =
      "run_id, command, status, range_start, range_end, started_at, finished_at, definitions,"
          + " rows_read, late_rows, error";
  private static final String DEFINITION =
      "kind, name, status, queries, rows_read, rows_outside, rows_rejected, undeclared,"
          + " history_queries, history_rows, duration_ms";

  private final Connection connection;
  private final Tables tables;

  /** Reads the tables of one schema, which exist. */
  public RunHistory(Connection connection, Tables tables) {
    this.connection = connection;
    this.tables = tables;
  }

  /** Returns the newest runs, newest first. */
  public Rows newest(int limit) throws SQLException {
    String sql =
        "SELECT "
            + RUN
            + " FROM "
            + tables.name("runs")
            + " ORDER BY started_at DESC, run_id LIMIT "
            + limit;
    try (PreparedStatement select = connection.prepareStatement(sql)) {
      return Rows.read(select);
    }
  }

  /**
   * Returns the run that holds the lease, if there is one: run_id, command, owner, started_at,
   * running_for, slices_started, slices, and is_dead: whether it gives no sign of life any more.
   */
  public Rows active() throws SQLException {
    String sql =
        "SELECT run_id, command, owner, started_at,"
            + " pg_catalog.date_trunc('second', pg_catalog.clock_timestamp() - started_at) AS"
            + " running_for, slices_started, slices, heartbeat_at < pg_catalog.clock_timestamp() -"
            + " interval '"
            + RunStore.EXPIRY.toSeconds()
            + " s' AS is_dead FROM "
            + tables.name("runs")
            + " WHERE status = 'running'";
    try (PreparedStatement select = connection.prepareStatement(sql)) {
      return Rows.read(select);
    }
  }

  /** Returns the run's row; no row if there is no such run. */
  public Rows run(String runId) throws SQLException {
    return ofRun(
        "SELECT " + RUN + " FROM " + tables.name("runs") + " WHERE run_id = ?::text", runId);
  }

  /**
   * Returns the run's definitions, by kind and name. {@code set_aside} says what depends on one
   * that failed: policy/metric, or the policy when that is all of it. The last column is {@code
   * rendered_sql}.
   */
  public Rows definitions(String runId) throws SQLException {
    return ofRun(
        "SELECT "
            + DEFINITION
            + ", CASE WHEN d.status = 'failed' THEN (SELECT string_agg(u.policy_key || CASE"
            + " u.metric_key WHEN '' THEN '' ELSE '/' || u.metric_key END, ', ' ORDER BY"
            + " u.policy_key, u.metric_key) FROM "
            + tables.name("definition_users")
            + " u WHERE u.kind = d.kind AND u.name = d.name) END AS set_aside, error, rendered_sql"
            + " FROM "
            + tables.name("run_definitions")
            + " d WHERE run_id = ?::text ORDER BY kind, name",
        runId);
  }

  private Rows ofRun(String sql, String runId) throws SQLException {
    try (PreparedStatement select = connection.prepareStatement(sql)) {
      select.setString(1, runId.replace("\u0000", ""));
      return Rows.read(select);
    }
  }
}
