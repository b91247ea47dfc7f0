package io.traffical.pipeline.jdbc;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;

/** Reads how far definitions are published. Grain: one row per definition that a policy uses. */
public final class Freshness {
  private final Connection connection;
  private final Tables tables;

  /** Reads the view of one schema, which exists. */
  public Freshness(Connection connection, Tables tables) {
    this.connection = connection;
    this.tables = tables;
  }

  /** Returns kind, name, last_success_at, window_end, lag and status of every definition. */
  public Rows rows() throws SQLException {
    String sql =
        "SELECT kind, name, last_success_at, window_end, pg_catalog.date_trunc('second', lag) AS"
            + " lag, status FROM "
            + tables.name("freshness")
            + " ORDER BY kind, name";
    try (PreparedStatement select = connection.prepareStatement(sql)) {
      return Rows.read(select);
    }
  }

  /** Returns whether every row says healthy. */
  public static boolean isHealthy(Rows rows) {
    for (int row = 0; row < rows.values().size(); row++) {
      if (!rows.get(row, "status").equals("healthy")) {
        return false;
      }
    }
    return true;
  }

  /**
   * Returns how far the source was behind when the last run began, such as {@code 00:00:32}; null
   * if it was not a replica.
   */
  public String sourceLag() throws SQLException {
    String sql =
        "SELECT pg_catalog.date_trunc('second', source_lag) FROM "
            + tables.name("runs")
            + " WHERE command <> 'drop' ORDER BY started_at DESC LIMIT 1";
    try (PreparedStatement select = connection.prepareStatement(sql);
        ResultSet row = select.executeQuery()) {
      return row.next() ? row.getString(1) : null;
    }
  }
}
