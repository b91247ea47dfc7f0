package io.traffical.pipeline.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;

/** The partitions of {@code assignments}, one per policy. */
final class Partitions {
  private final Connection connection;
  private final Tables tables;

  Partitions(Connection connection, Tables tables) {
    this.connection = connection;
    this.tables = tables;
  }

  /**
   * Creates and attaches a policy's empty partition when it has none. Attaching lets readers of the
   * other partitions go on, which CREATE TABLE … PARTITION OF would not.
   */
  void ensure(String policyKey) throws SQLException {
    String partition = tables.name(Tables.assignmentsPartition(policyKey));
    String parent = tables.name("assignments");
    connection.setAutoCommit(false);
    try (Statement statement = connection.createStatement()) {
      try (var row =
          statement.executeQuery(
              "SELECT pg_catalog.to_regclass(" + Tables.literal(partition) + ") IS NULL")) {
        row.next();
        if (row.getBoolean(1)) {
          statement.execute("SET LOCAL lock_timeout = '30s'");
          statement.execute(
              "CREATE TABLE "
                  + partition
                  + " (LIKE "
                  + parent
                  + " INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING INDEXES)");
          statement.execute(
              "ALTER TABLE "
                  + parent
                  + " ATTACH PARTITION "
                  + partition
                  + " FOR VALUES IN ("
                  + Tables.literal(policyKey)
                  + ")");
        }
      }
      connection.commit();
    } catch (SQLException e) {
      connection.rollback();
      throw e;
    } finally {
      connection.setAutoCommit(true);
    }
  }
}
