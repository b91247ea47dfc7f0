package io.traffical.pipeline.jdbc;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/** Staging tables of runs that have ended without dropping them. */
final class StagingLeftovers {
  private final Connection connection;
  private final Tables tables;

  StagingLeftovers(Connection connection, Tables tables) {
    this.connection = connection;
    this.tables = tables;
  }

  /** Drops staging tables by the beginning of their names; under the lease, others' are dead. */
  void drop(String prefix) throws SQLException {
    List<String> leftovers = new ArrayList<>();
    String sql =
        "SELECT relname FROM pg_catalog.pg_class WHERE relkind = 'r' AND relnamespace = (SELECT oid"
            + " FROM pg_catalog.pg_namespace WHERE nspname = ?::name) AND pg_catalog.starts_with(relname, ?)";
    try (PreparedStatement select = connection.prepareStatement(sql)) {
      select.setString(1, tables.schema());
      select.setString(2, prefix);
      try (ResultSet rows = select.executeQuery()) {
        while (rows.next()) {
          leftovers.add(rows.getString(1));
        }
      }
    }
    for (String leftover : leftovers) {
      dropTable(leftover);
    }
  }

  /** Drops the table; one that is still locked is left to the next run. */
  private void dropTable(String table) throws SQLException {
    connection.setAutoCommit(false);
    try (Statement statement = connection.createStatement()) {
      statement.execute("SET LOCAL lock_timeout = '1s'");
      statement.execute("DROP TABLE IF EXISTS " + tables.name(table));
      connection.commit();
    } catch (SQLException e) {
      connection.rollback();
      if (!SqlFailure.isTransient(e)) {
        throw e;
      }
    } finally {
      connection.setAutoCommit(true);
    }
  }
}
