package io.traffical.pipeline.jdbc;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/** The partitions of a table, one per policy, as the catalog knows them. */
final class Partitions {
  private Partitions() {}

  /**
   * A partition.
   *
   * @param name its unqualified name
   * @param policyKey the policy whose rows it holds
   */
  record Partition(String name, String policyKey) {}

  /** Returns a table's partitions, in no order. */
  static List<Partition> of(Connection connection, Tables tables, Staging.Table<?> table)
      throws SQLException {
    // The server writes the one value as a literal, whose quotes are doubled.
    String sql =
        "SELECT name, pg_catalog.replace(pg_catalog.substring(value, '^FOR VALUES IN"
            + " \\(''(.*)''\\)$'), '''''', '''') FROM (SELECT c.relname AS name,"
            + " pg_catalog.pg_get_expr(c.relpartbound, c.oid) AS value"
            + " FROM pg_catalog.pg_inherits i JOIN pg_catalog.pg_class c ON c.oid = i.inhrelid"
            + " WHERE i.inhparent = pg_catalog.to_regclass(?)) bounds WHERE value LIKE 'FOR VALUES"
            + " IN (''%'')'";
    List<Partition> partitions = new ArrayList<>();
    try (PreparedStatement select = connection.prepareStatement(sql)) {
      select.setString(1, tables.name(table.name()));
      try (ResultSet rows = select.executeQuery()) {
        while (rows.next()) {
          partitions.add(new Partition(rows.getString(1), rows.getString(2)));
        }
      }
    }
    return partitions;
  }
}
