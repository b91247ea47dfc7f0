package io.traffical.pipeline.jdbc;

import io.traffical.pipeline.jdbc.Partitions.Partition;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
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
   * Empties the partitions of policies that nothing is published of, and ends who still writes
   * there: dead runs, or this one, which is to fail. A partition that others use stays as it is,
   * for the publisher to tell its rows apart; so does everything if this fails.
   *
   * @param runId the run that holds the lease; if it does no more, nothing happens
   */
  void emptyPartitions(String runId) {
    try {
      List<String> unpublished = unpublishedPartitions();
      boolean goesOn = !unpublished.isEmpty() && underLease(runId, endWriters(unpublished));
      for (int i = 0; goesOn && i < unpublished.size(); i++) {
        // Even a moment's lock is too much for what is empty anyway.
        if (hasPages(unpublished.get(i))) {
          goesOn = underLease(runId, "TRUNCATE " + unpublished.get(i));
        }
      }
    } catch (SQLException e) {
      LOG.debug("what is staged in partitions stays for now", e);
    }
  }

  private List<String> unpublishedPartitions() throws SQLException {
    Set<String> published = new HashSet<>();
    try (Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery(
                "SELECT policy_key FROM " + tables.name("watermarks") + " WHERE metric_key = ''")) {
      while (rows.next()) {
        for (Staging.Table<?> table : Staging.ALL) {
          published.add(Tables.partition(rows.getString(1), table.suffix()));
        }
      }
    }
    List<String> unpublished = new ArrayList<>();
    for (Staging.Table<?> table : Staging.ALL) {
      for (Partition partition : Partitions.of(connection, tables, table)) {
        if (table.isPerSet() && !published.contains(partition.name())) {
          unpublished.add(tables.name(partition.name()));
        }
      }
    }
    return unpublished;
  }

  private static String endWriters(List<String> partitions) {
    return "SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_locks WHERE relation IN ("
        + partitions.stream()
            .map(name -> "pg_catalog.to_regclass(" + Tables.literal(name) + ")")
            .collect(Collectors.joining(", "))
        + ") AND database = (SELECT oid FROM pg_catalog.pg_database WHERE datname ="
        + " pg_catalog.current_database()) AND mode = 'RowExclusiveLock' AND granted"
        + " AND pid <> pg_catalog.pg_backend_pid()";
  }

  private boolean hasPages(String partition) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                "SELECT pg_catalog.pg_relation_size(pg_catalog.to_regclass(%s)) > 0"
                    .formatted(Tables.literal(partition)))) {
      row.next();
      return row.getBoolean(1);
    }
  }

  /** Returns whether it could be done: others' locks, and their rights, may stand against it. */
  private boolean underLease(String runId, String sql) throws SQLException {
    connection.setAutoCommit(false);
    try (Statement statement = connection.createStatement()) {
      // Longer than it takes the server to send its own vacuum away.
      statement.execute("SET LOCAL lock_timeout = '2s'");
      statement.execute("SET LOCAL idle_in_transaction_session_timeout = '10s'");
      boolean holdsLease;
      try (ResultSet row =
          statement.executeQuery(
              "SELECT FROM %s WHERE run_id = %s AND status = 'running' FOR UPDATE"
                  .formatted(tables.name("runs"), Tables.literal(runId)))) {
        holdsLease = row.next();
      }
      if (holdsLease) {
        statement.execute(sql);
      }
      connection.commit();
      return holdsLease;
    } catch (SQLException e) {
      LOG.debug("what is staged in a partition stays for now", e);
      connection.rollback();
      return false;
    } finally {
      connection.setAutoCommit(true);
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
