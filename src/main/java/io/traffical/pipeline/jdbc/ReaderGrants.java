package io.traffical.pipeline.jdbc;

import io.traffical.pipeline.jdbc.Schema.UnusableException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/**
 * Lets the roles of {@code pipeline.readers} read what is published: the documented tables and
 * views, and the partitions of the assignments. Grants only what a role does not have yet, and
 * takes nothing away: what a role may read can also be an administrator's decision.
 */
public final class ReaderGrants {
  private static final List<String> DOCUMENTED =
      List.of(
          "assignments",
          "metric_results",
          "latest_results",
          "policy_health",
          "policy_health_events",
          "watermarks",
          "window_reads",
          "runs",
          "run_definitions",
          "freshness");

  private final Connection connection;
  private final Tables tables;

  /** Grants in one schema. */
  public ReaderGrants(Connection connection, Tables tables) {
    this.connection = connection;
    this.tables = tables;
  }

  /**
   * Checks that the readers exist. The schema need not exist yet.
   *
   * @throws UnusableException if roles do not exist
   */
  public void checkRoles(List<String> readers) throws SQLException {
    List<String> unknown =
        column(
            "SELECT reader FROM pg_catalog.unnest(?) reader WHERE NOT EXISTS (SELECT FROM"
                + " pg_catalog.pg_roles WHERE rolname = reader)",
            readers);
    if (!unknown.isEmpty()) {
      throw new UnusableException(
          new Trouble(
              SqlFailure.CONFIG,
              null,
              "pipeline.readers names what is no role: \"" + String.join("\", \"", unknown) + "\"",
              "CREATE ROLE, or remove it from the list"));
    }
  }

  /**
   * Checks that the readers can be let in.
   *
   * @throws UnusableException if the schema belongs to somebody else, who has not let them in
   */
  public void checkSchema(List<String> readers) throws SQLException {
    List<String> shutOut = withoutUsage(readers);
    if (!shutOut.isEmpty() && !mayGrantUsage()) {
      String schema = Tables.identifier(tables.schema());
      String roles = String.join(", ", shutOut.stream().map(Tables::identifier).toList());
      throw new UnusableException(
          new Trouble(
              SqlFailure.PERMISSION,
              null,
              "pipeline.readers: the schema belongs to another role, who has to let them in",
              "GRANT USAGE ON SCHEMA " + schema + " TO " + roles));
    }
  }

  /** Grants what is missing, as a part of the current transaction. */
  public void grant(List<String> readers) throws SQLException {
    for (String reader : withoutUsage(readers)) {
      execute(
          "GRANT USAGE ON SCHEMA %s TO %s"
              .formatted(Tables.identifier(tables.schema()), Tables.identifier(reader)));
    }
    String sql =
        "SELECT reader, c.relname FROM pg_catalog.unnest(?) reader, pg_catalog.pg_class c"
            + " WHERE c.relnamespace = (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = "
            + Tables.literal(tables.schema())
            + ") AND (c.relname = ANY (?) OR c.oid IN (SELECT inhrelid FROM pg_catalog.pg_inherits"
            + " WHERE inhparent = "
            + Tables.literal(tables.name("assignments"))
            + "::pg_catalog.regclass)) AND c.relkind IN ('r', 'p', 'v')"
            + " AND NOT pg_catalog.has_table_privilege(reader, c.oid, 'SELECT') ORDER BY 1, 2";
    List<String> grants = new ArrayList<>();
    try (PreparedStatement select = connection.prepareStatement(sql)) {
      select.setArray(1, texts(readers));
      select.setArray(2, texts(DOCUMENTED));
      try (ResultSet rows = select.executeQuery()) {
        while (rows.next()) {
          grants.add(
              "GRANT SELECT ON %s TO %s"
                  .formatted(tables.name(rows.getString(2)), Tables.identifier(rows.getString(1))));
        }
      }
    }
    for (String grant : grants) {
      execute(grant);
    }
  }

  private List<String> withoutUsage(List<String> readers) throws SQLException {
    return column(
        "SELECT reader FROM pg_catalog.unnest(?) reader WHERE NOT"
            + " pg_catalog.has_schema_privilege(reader, "
            + Tables.literal(tables.schema())
            + ", 'USAGE')",
        readers);
  }

  private boolean mayGrantUsage() throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                "SELECT pg_catalog.has_schema_privilege("
                    + Tables.literal(tables.schema())
                    + ", 'USAGE WITH GRANT OPTION')")) {
      row.next();
      return row.getBoolean(1);
    }
  }

  private List<String> column(String sql, List<String> readers) throws SQLException {
    List<String> values = new ArrayList<>();
    try (PreparedStatement select = connection.prepareStatement(sql)) {
      select.setArray(1, texts(readers));
      try (ResultSet rows = select.executeQuery()) {
        while (rows.next()) {
          values.add(rows.getString(1));
        }
      }
    }
    return values;
  }

  private java.sql.Array texts(List<String> values) throws SQLException {
    return connection.createArrayOf("text", values.toArray());
  }

  private void execute(String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }
}
