package io.traffical.pipeline.jdbc;

import io.traffical.pipeline.sql.TableName;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Says which statements would let the role read what a refused SQL names. The server's message has
 * no schema and may be in any language; the catalog knows both, and everybody may read it.
 */
final class MissingGrants {
  private static final String RELATIONS =
      "SELECT pg_catalog.format('GRANT USAGE ON SCHEMA %I TO %I', n.nspname, current_user),"
          + " pg_catalog.has_schema_privilege(n.oid, 'USAGE'),"
          + " pg_catalog.format('GRANT SELECT ON %I.%I TO %I', n.nspname, c.relname, current_user),"
          + " pg_catalog.has_table_privilege(c.oid, 'SELECT'), c.relrowsecurity,"
          + " pg_catalog.format('%I.%I', n.nspname, c.relname),"
          + " pg_catalog.quote_ident(current_user), pg_catalog.pg_get_userbyid(c.relowner)"
          + " FROM ROWS FROM (pg_catalog.unnest(?::text[]), pg_catalog.unnest(?::text[]))"
          + " WITH ORDINALITY AS wanted (schema_name, table_name, place)"
          + " JOIN pg_catalog.pg_class c ON c.relname = table_name"
          + " AND c.relkind IN ('r', 'p', 'v', 'm', 'f')"
          + " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace AND (n.nspname = schema_name"
          + " OR schema_name IS NULL AND pg_catalog.pg_table_is_visible(c.oid))"
          + " ORDER BY place";

  private MissingGrants() {}

  /**
   * Returns the statements to run as a privileged user, or what else to do.
   *
   * @param connection not in a transaction
   * @param sql what the server has refused with 42501
   */
  static String remedy(Connection connection, String sql) throws SQLException {
    List<TableName> names = TableName.in(sql);
    Array schemas =
        connection.createArrayOf("text", names.stream().map(TableName::schema).toArray());
    Array tables = connection.createArrayOf("text", names.stream().map(TableName::name).toArray());
    Set<String> grants = new LinkedHashSet<>();
    List<String> secured = new ArrayList<>();
    try (PreparedStatement select = connection.prepareStatement(RELATIONS)) {
      select.setArray(1, schemas);
      select.setArray(2, tables);
      try (ResultSet row = select.executeQuery()) {
        while (row.next()) {
          if (!row.getBoolean(2)) {
            grants.add(row.getString(1));
          }
          if (!row.getBoolean(4)) {
            grants.add(row.getString(3));
          }
          if (row.getBoolean(5)) {
            secured.add(
                "ALTER ROLE %s BYPASSRLS, or read a view of %s that its owner %s has made"
                    .formatted(row.getString(7), row.getString(6), row.getString(8)));
          }
        }
      }
    }
    if (!grants.isEmpty()) {
      return String.join("; ", grants);
    }
    return secured.isEmpty()
        ? "take what the message names out of the sql, or let its owner grant it"
        : secured.get(0) + "; rows that a policy hides would be missing in every number";
  }
}
