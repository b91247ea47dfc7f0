package io.traffical.pipeline.jdbc;

import io.traffical.pipeline.jdbc.Partitions.Partition;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What runs have staged that have ended without publishing it. */
final class StagingLeftovers {
  private static final Logger LOG = LoggerFactory.getLogger(StagingLeftovers.class);

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

  /**
   * Empties the partitions of policies that nothing is published of, in the caller's transaction:
   * under the lease, whatever is in them was staged by the dead, and whoever still writes there is
   * one of them. What is in use stays, to be told apart by the publisher.
   */
  void emptyPartitions() throws SQLException {
    List<String> unpublished = unpublishedPartitions();
    if (unpublished.isEmpty()) {
      return;
    }
    String names =
        unpublished.stream().map(Tables::literal).collect(Collectors.joining("::regclass, "));
    attempt(
        "SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_locks WHERE relation IN ("
            + names
            + "::regclass) AND database = (SELECT oid FROM pg_catalog.pg_database WHERE datname ="
            + " pg_catalog.current_database()) AND mode = 'RowExclusiveLock' AND granted"
            + " AND pid <> pg_catalog.pg_backend_pid()");
    attempt("TRUNCATE " + String.join(", ", unpublished));
  }

  private List<String> unpublishedPartitions() throws SQLException {
    Set<String> published = published();
    List<String> unpublished = new ArrayList<>();
    for (Staging.Table<?> table : Staging.ALL) {
      for (Partition partition : Partitions.of(connection, tables, table)) {
        if (table.isPerSet() && !published.contains(partition.policyKey())) {
          unpublished.add(tables.name(partition.name()));
        }
      }
    }
    return unpublished;
  }

  private Set<String> published() throws SQLException {
    Set<String> published = new HashSet<>();
    try (Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery(
                "SELECT policy_key FROM " + tables.name("watermarks") + " WHERE metric_key = ''")) {
      while (rows.next()) {
        published.add(rows.getString(1));
      }
    }
    return published;
  }

  /**
   * Executes what may wait for others in vain, or be another role's to do; then nothing happens.
   */
  private void attempt(String sql) throws SQLException {
    Savepoint before = connection.setSavepoint();
    try (Statement statement = connection.createStatement()) {
      statement.execute("SET LOCAL lock_timeout = '1s'");
      statement.execute(sql);
    } catch (SQLException e) {
      connection.rollback(before);
      LOG.debug("what a dead run has staged stays for now", e);
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
