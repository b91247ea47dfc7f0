package io.traffical.pipeline.jdbc;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** Removes all that is stored of a policy, as if it had never been run. */
public final class PolicyRemoval {
  /** What has rows of policies, beside partitions. */
  private static final List<String> TABLES =
      List.of(
          "metric_sets",
          "watermarks",
          "metric_results",
          "policy_health",
          "policy_health_events",
          "definition_users");

  private final Connection connection;
  private final Tables tables;

  /** Works on the tables of one schema, which exist. */
  public PolicyRemoval(Connection connection, Tables tables) {
    this.connection = connection;
    this.tables = tables;
  }

  /** Returns the keys of all policies of which anything is stored, in their order as text. */
  public Set<String> policies() throws SQLException {
    Set<String> policies = new TreeSet<>();
    for (String table : List.of("watermarks", "metric_results", "policy_health")) {
      String sql = "SELECT DISTINCT policy_key FROM " + tables.name(table);
      try (Statement statement = connection.createStatement();
          ResultSet rows = statement.executeQuery(sql)) {
        while (rows.next()) {
          policies.add(rows.getString(1));
        }
      }
    }
    policies.addAll(policiesWithPartitions());
    return policies;
  }

  /** A run gives a policy its partitions before there is anything in them, and may then fail. */
  private Set<String> policiesWithPartitions() throws SQLException {
    Set<String> policies = new TreeSet<>();
    for (Staging.Table<?> table : Staging.ALL) {
      Partitions.of(connection, tables, table)
          .forEach(partition -> policies.add(partition.policyKey()));
    }
    return policies;
  }

  /**
   * Removes a policy in one transaction that also ends the run under whose lease it is done.
   *
   * @return one row per table that had rows of it: table_name and rows
   * @throws Publication.LeaseLostException if the run is not the active one any more
   */
  public Rows remove(String policyKey, String runId) throws SQLException {
    connection.setAutoCommit(false);
    try {
      execute("SET LOCAL lock_timeout = '5s'");
      execute("SET LOCAL search_path = pg_catalog");
      Rows removed = Rows.of("table_name", "rows");
      for (Staging.Table<?> table : Staging.ALL) {
        note(removed, table.name(), dropPartition(table, policyKey));
      }
      for (String table : TABLES) {
        note(removed, table, delete(table, policyKey));
      }
      note(removed, "window_reads", deleteWindowsThatNobodyNeeds());
      endRun(runId);
      connection.commit();
      return removed;
    } catch (SQLException | RuntimeException e) {
      connection.rollback();
      throw e;
    } finally {
      connection.setAutoCommit(true);
    }
  }

  private static void note(Rows removed, String table, long rows) {
    if (rows > 0) {
      removed.add(table, rows);
    }
  }

  private long dropPartition(Staging.Table<?> table, String policyKey) throws SQLException {
    String parent = tables.name(table.name());
    String condition = " WHERE policy_key = " + Tables.literal(policyKey);
    long rows;
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT count(*) FROM " + parent + condition)) {
      row.next();
      rows = row.getLong(1);
    }
    String partition = Tables.partition(policyKey, table.suffix());
    execute("DROP TABLE IF EXISTS " + tables.name(partition));
    return rows;
  }

  private long delete(String table, String policyKey) throws SQLException {
    String sql = "DELETE FROM " + tables.name(table) + " WHERE policy_key = ?";
    try (PreparedStatement delete = connection.prepareStatement(sql)) {
      delete.setString(1, policyKey);
      return delete.executeUpdate();
    }
  }

  /**
   * What windows held is kept for those who still use their definition. Who uses what is known of
   * the policies in the file only: while there is anything of another one, all of it is kept.
   */
  private long deleteWindowsThatNobodyNeeds() throws SQLException {
    String users = tables.name("definition_users");
    String sql =
        "DELETE FROM "
            + tables.name("window_reads")
            + " w WHERE NOT EXISTS (SELECT FROM "
            + users
            + " u WHERE u.kind = w.kind AND u.name = w.name) AND NOT EXISTS (SELECT FROM "
            + tables.name("watermarks")
            + " m WHERE NOT EXISTS (SELECT FROM "
            + users
            + " u WHERE u.policy_key = m.policy_key))";
    try (Statement statement = connection.createStatement()) {
      return statement.executeUpdate(sql);
    }
  }

  private void endRun(String runId) throws SQLException {
    String sql =
        "UPDATE "
            + tables.name("runs")
            + " SET status = 'succeeded', finished_at = pg_catalog.clock_timestamp()"
            + " WHERE run_id = ? AND status = 'running'";
    try (PreparedStatement update = connection.prepareStatement(sql)) {
      update.setString(1, runId);
      if (update.executeUpdate() != 1) {
        throw new Publication.LeaseLostException(runId, "that it is not running");
      }
    }
  }

  private void execute(String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }
}
