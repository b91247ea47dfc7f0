package io.traffical.pipeline.jdbc;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;

/**
 * Creates the program's schema and tables when they are missing. CREATE SCHEMA is sent only when
 * the schema does not exist, since a role without CREATE on the database may not even send it.
 */
public final class Schema {
  /** The version of the tables that this program makes and reads. */
  public static final int VERSION = 4;

  private static final long LOCK = 0x7472_6166_6669_6361L;

  private final Tables tables;

  /** Works on the schema of these tables. */
  public Schema(Tables tables) {
    this.tables = tables;
  }

  /** Returns whether this program's tables exist. */
  public boolean exists(Connection connection) throws SQLException {
    return version(connection) > 0;
  }

  /**
   * Checks that the tables, which are there, are those of this program's version.
   *
   * @throws OtherSchemaException if they are not
   */
  public void requireVersion(Connection connection) throws SQLException {
    int version = version(connection);
    if (version != VERSION) {
      throw new OtherSchemaException(tables.schema(), version);
    }
  }

  /**
   * Creates what is missing, in one transaction; several programs may do so at once.
   *
   * @throws UnusableException if the role may not, the target is read-only, or what is there is
   *     somebody else's
   * @throws OtherSchemaException if another version of the program has made the tables
   */
  public void create(Connection connection) throws SQLException {
    TargetCheck check = TargetCheck.of(connection, tables);
    refuse(check.troubles());
    int version = version(connection);
    if (version == VERSION) {
      refuse(check.misfits(connection));
      return;
    }
    if (version > 0) {
      throw new OtherSchemaException(tables.schema(), version);
    }
    connection.setAutoCommit(false);
    try (Statement statement = connection.createStatement()) {
      // What views and constraints call is looked up once, when they are made.
      statement.execute("SET LOCAL search_path = pg_catalog");
      statement.execute("SELECT pg_catalog.pg_advisory_xact_lock(" + LOCK + ")");
      if (version(connection) == 0) {
        if (!isTrue(
            statement,
            "SELECT true FROM pg_catalog.pg_namespace WHERE nspname = "
                + Tables.literal(tables.schema()))) {
          statement.execute("CREATE SCHEMA " + Tables.identifier(tables.schema()));
        }
        statement.execute(SchemaScript.read().of(tables.schema()));
      }
      connection.commit();
    } catch (SQLException e) {
      connection.rollback();
      throw e;
    } finally {
      connection.setAutoCommit(true);
    }
  }

  private static void refuse(List<Trouble> troubles) {
    if (!troubles.isEmpty()) {
      throw new UnusableException(troubles.get(0));
    }
  }

  /**
   * Returns the version of the tables that are there; 0 when there are none. Asks the catalog's
   * tables: to_regclass may answer from before another program's commit.
   */
  public int version(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      String table = tables.name("schema_version");
      if (!isTrue(
          statement,
          "SELECT true FROM pg_catalog.pg_class WHERE relname = 'schema_version' AND relnamespace ="
              + " (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = "
              + Tables.literal(tables.schema())
              + ")")) {
        return 0;
      }
      try (ResultSet rows = statement.executeQuery("SELECT max(version) FROM " + table)) {
        rows.next();
        return rows.getInt(1);
      }
    }
  }

  private static boolean isTrue(Statement statement, String sql) throws SQLException {
    try (ResultSet rows = statement.executeQuery(sql)) {
      return rows.next() && rows.getBoolean(1);
    }
  }

  /** The tables belong to another version of the program. */
  public static final class OtherSchemaException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    OtherSchemaException(String schema, int version) {
      super(
          "schema %s has version %d, but this program knows version %d only; %s"
              .formatted(
                  schema,
                  version,
                  VERSION,
                  version > VERSION
                      ? "use the newer program that upgraded it"
                      : "an early snapshot made it: DROP SCHEMA %s CASCADE, and run again to compute everything anew"
                          .formatted(Tables.identifier(schema))));
    }
  }

  /** The target cannot be used as it is; nothing has been changed in it. */
  public static final class UnusableException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final Trouble trouble;

    UnusableException(Trouble trouble) {
      super(trouble.message());
      this.trouble = trouble;
    }

    /** Returns what is in the way, and what to do. */
    public Trouble trouble() {
      return trouble;
    }
  }
}
