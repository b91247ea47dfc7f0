package io.traffical.pipeline.jdbc;

import io.traffical.pipeline.jdbc.SchemaScript.TableColumn;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * What a role finds in the target and may do there, before anything is created or read. Asks the
 * catalog only, which needs no privilege and changes nothing.
 */
public final class TargetCheck {
  private static final String STATE =
      "SELECT pg_catalog.pg_is_in_recovery(),"
          + " pg_catalog.current_setting('transaction_read_only')::bool,"
          + " pg_catalog.quote_ident(pg_catalog.current_database()),"
          + " pg_catalog.quote_ident(current_user),"
          + " pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE'),"
          + " pg_catalog.quote_ident(wanted.name), pg_catalog.pg_get_userbyid(n.nspowner),"
          + " pg_catalog.has_schema_privilege(n.oid, 'USAGE'),"
          + " pg_catalog.has_schema_privilege(n.oid, 'CREATE'), c.relname,"
          + " pg_catalog.pg_get_userbyid(c.relowner), pg_catalog.pg_has_role(c.relowner, 'USAGE'),"
          + " pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname),"
          + " pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(c.relowner))"
          + " FROM (SELECT ?::text AS name) wanted"
          + " LEFT JOIN pg_catalog.pg_namespace n ON n.nspname = wanted.name"
          + " LEFT JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid"
          + " AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') ORDER BY c.relname";
  private static final String MISFITS =
      "SELECT wanted.relation, wanted.name, wanted.type, pg_catalog.format_type(a.atttypid,"
          + " a.atttypmod), pg_catalog.format('%I.%I', n.nspname, wanted.relation),"
          + " pg_catalog.pg_get_userbyid(c.relowner), c.oid IS NOT NULL"
          + " FROM ROWS FROM (pg_catalog.unnest(?::text[]), pg_catalog.unnest(?::text[]),"
          + " pg_catalog.unnest(?::text[])) AS wanted (relation, name, type)"
          + " JOIN pg_catalog.pg_namespace n ON n.nspname = ?"
          + " LEFT JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid"
          + " AND c.relname = wanted.relation"
          + " LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0"
          + " AND a.attname = wanted.name AND NOT a.attisdropped"
          + " WHERE a.atttypid IS DISTINCT FROM wanted.type::regtype";

  private final List<Trouble> troubles = new ArrayList<>();
  private final Set<String> names = Set.copyOf(SchemaScript.read().relations());
  private final String schemaName;
  private String schema;
  private String schemaOwner;
  private String role;
  private String database;
  private boolean hasTables;

  private TargetCheck(String schemaName) {
    this.schemaName = schemaName;
  }

  /** Asks the catalog about the schema of these tables. */
  public static TargetCheck of(Connection connection, Tables tables) throws SQLException {
    TargetCheck check = new TargetCheck(tables.schema());
    check.readState(connection);
    return check;
  }

  /** Returns what keeps a run from starting, the gravest first; empty when nothing does. */
  public List<Trouble> troubles() {
    return troubles;
  }

  /** Returns the owner of the schema; null when there is no such schema yet. */
  public String schemaOwner() {
    return schemaOwner;
  }

  /** Returns whether the program's tables are there. */
  public boolean hasTables() {
    return hasTables;
  }

  /** One statement, so that what another program is creating is seen whole or not at all. */
  private void readState(Connection connection) throws SQLException {
    try (PreparedStatement select = connection.prepareStatement(STATE)) {
      select.setString(1, schemaName);
      try (ResultSet row = select.executeQuery()) {
        List<String> taken = new ArrayList<>();
        for (boolean isFirst = true; row.next(); isFirst = false) {
          if (isFirst) {
            database = row.getString(3);
            role = row.getString(4);
            schema = row.getString(6);
            schemaOwner = row.getString(7);
            checkWritable(row.getBoolean(1), row.getBoolean(2));
            checkRights(row);
          }
          String relation = row.getString(10);
          if (relation == null || !isOurs(relation)) {
            continue;
          }
          if (!row.getBoolean(12)) {
            addForeign(row.getString(13), row.getString(11), row.getString(14));
          } else if (relation.equals("schema_version")) {
            hasTables = true;
          } else if (names.contains(relation)) {
            taken.add(row.getString(13) + " (owner " + row.getString(11) + ")");
          }
        }
        if (!hasTables && troubles.isEmpty() && !taken.isEmpty()) {
          addTaken(taken);
        }
      }
    }
  }

  private boolean isOurs(String relation) {
    return names.contains(relation)
        || relation.startsWith(Staging.PREFIX)
        || relation.startsWith("_p_");
  }

  private void checkWritable(boolean isInRecovery, boolean isReadOnly) {
    if (isInRecovery) {
      troubles.add(
          new Trouble(
              SqlFailure.CONFIG,
              "25006",
              "target is read-only (in recovery): it is a standby",
              "let connection name the primary; a standby can be the source"));
    } else if (isReadOnly) {
      troubles.add(
          new Trouble(
              SqlFailure.CONFIG,
              "25006",
              "target is read-only (default_transaction_read_only is on)",
              "let connection name the primary; if it is, ALTER DATABASE %s RESET"
                      .formatted(database)
                  + " default_transaction_read_only, or ALTER ROLE %s SET".formatted(role)
                  + " default_transaction_read_only = off"));
    }
  }

  private void checkRights(ResultSet row) throws SQLException {
    String grant = "GRANT USAGE, CREATE ON SCHEMA %s TO %s".formatted(schema, role);
    if (schemaOwner == null) {
      if (!row.getBoolean(5)) {
        addPermission(
            "schema %s does not exist, and role %s may not create it in database %s"
                .formatted(schema, role, database),
            "as a privileged user run GRANT CREATE ON DATABASE %s TO %s; or create it yourself:"
                    .formatted(database, role)
                + " CREATE SCHEMA %s; %s".formatted(schema, grant));
      }
      return;
    }
    List<String> missing = new ArrayList<>();
    if (!row.getBoolean(8)) {
      missing.add("USAGE");
    }
    if (!row.getBoolean(9)) {
      missing.add("CREATE");
    }
    if (!missing.isEmpty()) {
      addPermission(
          "role %s lacks %s on schema %s, whose owner is %s"
              .formatted(role, String.join(" and ", missing), schema, schemaOwner),
          "as its owner run " + grant);
    }
  }

  private void addForeign(String relation, String owner, String quotedOwner) {
    addPermission(
        "%s belongs to role %s, not to %s; it is left as it is".formatted(relation, owner, role),
        "if an earlier role of this program made it: ALTER TABLE %s OWNER TO %s"
                .formatted(relation, role)
            + ", and the same for what else %s owns there".formatted(quotedOwner)
            + "; else rename it, or name another schema with schema: in the file");
  }

  private void addTaken(List<String> taken) {
    troubles.add(
        new Trouble(
            SqlFailure.CONFIG,
            null,
            "schema %s already has %s, but not all of this program's tables; it is left as it is"
                .formatted(schema, taken.stream().limit(5).collect(Collectors.joining(", "))),
            "rename or drop what is there, or name another schema with schema: in the file"));
  }

  private void addPermission(String message, String remedy) {
    troubles.add(new Trouble(SqlFailure.PERMISSION, "42501", message, remedy));
  }

  /**
   * Returns which of the program's tables are not as this version makes them; empty when all are.
   * Only worth asking when they are of this version.
   */
  public List<Trouble> misfits(Connection connection) throws SQLException {
    List<TableColumn> columns = SchemaScript.read().columns();
    Set<Trouble> misfits = new LinkedHashSet<>();
    try (PreparedStatement select = connection.prepareStatement(MISFITS)) {
      select.setArray(1, texts(connection, columns, TableColumn::table));
      select.setArray(2, texts(connection, columns, TableColumn::name));
      select.setArray(3, texts(connection, columns, TableColumn::type));
      select.setString(4, schemaName);
      try (ResultSet row = select.executeQuery()) {
        while (row.next()) {
          misfits.add(misfit(row));
        }
      }
    }
    return List.copyOf(misfits);
  }

  private static Array texts(
      Connection connection, List<TableColumn> columns, Function<TableColumn, String> part)
      throws SQLException {
    return connection.createArrayOf("text", columns.stream().map(part).toArray());
  }

  private Trouble misfit(ResultSet row) throws SQLException {
    String found = row.getString(4);
    String message =
        row.getBoolean(7)
            ? "%s (owner %s) is not this program's: column %s of type %s %s"
                .formatted(
                    row.getString(5),
                    row.getString(6),
                    row.getString(2),
                    row.getString(3),
                    found == null ? "is missing" : "is of type " + found)
            : row.getString(5) + " is missing";
    return new Trouble(
        SqlFailure.CONFIG,
        null,
        message,
        "mend it, or DROP SCHEMA %s CASCADE and run again to compute everything anew"
            .formatted(schema));
  }
}
