package io.traffical.pipeline.jdbc;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/** Makes sure that a database can be written to, before any work is done for it. */
public final class WritableTarget {
  private WritableTarget() {}

  /**
   * Checks.
   *
   * @throws ReadOnlyException if it is a replica
   */
  public static void check(Connection connection) throws SQLException {
    String sql = "SELECT pg_catalog.pg_is_in_recovery()";
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      row.next();
      if (row.getBoolean(1)) {
        throw new ReadOnlyException(
            "target is read-only (in recovery) | hint: connection has to be the primary; a replica"
                + " can be read as source");
      }
    }
  }

  /** The database that is to be written to is read-only. */
  public static final class ReadOnlyException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    ReadOnlyException(String message) {
      super(message);
    }
  }
}
