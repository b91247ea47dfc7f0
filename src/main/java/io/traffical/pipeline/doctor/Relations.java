package io.traffical.pipeline.doctor;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What the catalog knows of the tables in a plan. A partition is told with its whole. */
final class Relations {
  private static final String TABLES =
      "SELECT scanned.schema_name, scanned.table_name, c.reltuples::float8, whole.oid,"
          + " pg_catalog.format('%I.%I', n.nspname, whole.relname), whole.relkind = 'p',"
          + " (SELECT count(*) FROM pg_catalog.pg_partition_tree(whole.oid) WHERE isleaf)"
          + " FROM ROWS FROM (pg_catalog.unnest(?::text[]), pg_catalog.unnest(?::text[]))"
          + " AS scanned (schema_name, table_name)"
          + " JOIN pg_catalog.pg_namespace own ON own.nspname = scanned.schema_name"
          + " JOIN pg_catalog.pg_class c ON c.relnamespace = own.oid"
          + " AND c.relname = scanned.table_name"
          + " JOIN pg_catalog.pg_class whole ON whole.oid ="
          + " coalesce(pg_catalog.pg_partition_root(c.oid)::oid, c.oid)"
          + " JOIN pg_catalog.pg_namespace n ON n.oid = whole.relnamespace";
  private static final String INDEX =
      "SELECT EXISTS (SELECT FROM pg_catalog.pg_index i JOIN pg_catalog.pg_attribute a"
          + " ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]"
          + " WHERE i.indrelid = ? AND i.indisvalid AND i.indpred IS NULL"
          + " AND pg_catalog.quote_ident(a.attname) = ?)";

  private Relations() {}

  /**
   * A table, or a partitioned table with those of its partitions that the plan scans.
   *
   * @param name qualified and quoted where needed
   * @param partitions how many partitions with rows of their own it has; 1 if not partitioned
   * @param scans the steps of the plan that scan it
   * @param tuples how many rows what is scanned has, as of its last ANALYZE
   * @param isAnalyzed whether all that is scanned has been analyzed
   */
  record Table(
      long oid,
      String name,
      boolean isPartitioned,
      long partitions,
      List<PlanNode> scans,
      double tuples,
      boolean isAnalyzed) {}

  /** Returns the tables that the steps scan. */
  static List<Table> of(Connection connection, List<PlanNode> nodes) throws SQLException {
    List<PlanNode> scans = nodes.stream().filter(PlanNode::isScan).toList();
    Map<Long, Table> tables = new LinkedHashMap<>();
    try (PreparedStatement select = connection.prepareStatement(TABLES)) {
      Object[] schemas = scans.stream().map(PlanNode::schema).toArray();
      Object[] names = scans.stream().map(PlanNode::relation).toArray();
      select.setArray(1, connection.createArrayOf("text", schemas));
      select.setArray(2, connection.createArrayOf("text", names));
      try (ResultSet row = select.executeQuery()) {
        while (row.next()) {
          add(tables, row, scans);
        }
      }
    }
    return List.copyOf(tables.values());
  }

  private static void add(Map<Long, Table> tables, ResultSet row, List<PlanNode> scans)
      throws SQLException {
    String schema = row.getString(1);
    String name = row.getString(2);
    double tuples = row.getDouble(3);
    Table known = tables.get(row.getLong(4));
    List<PlanNode> own = new ArrayList<>(known == null ? List.of() : known.scans());
    List<PlanNode> more =
        scans.stream()
            .filter(s -> s.schema().equals(schema) && s.relation().equals(name))
            .filter(s -> !own.contains(s))
            .toList();
    if (more.isEmpty()) {
      return; // scanned twice in the same way: counted once
    }
    own.addAll(more);
    tables.put(
        row.getLong(4),
        new Table(
            row.getLong(4),
            row.getString(5),
            row.getBoolean(6),
            row.getLong(7),
            own,
            (known == null ? 0 : known.tuples()) + Math.max(0, tuples),
            (known == null || known.isAnalyzed()) && tuples >= 0));
  }

  /**
   * Returns whether an index begins with the column.
   *
   * @param column quoted where needed
   */
  static boolean hasIndex(Connection connection, Table table, String column) throws SQLException {
    try (PreparedStatement select = connection.prepareStatement(INDEX)) {
      select.setLong(1, table.oid());
      select.setString(2, column);
      try (ResultSet row = select.executeQuery()) {
        row.next();
        return row.getBoolean(1);
      }
    }
  }
}
