package io.traffical.pipeline.run;

import io.traffical.pipeline.jdbc.Tables;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;

/** Reads how runs ended. */
final class RunReports {
  private RunReports() {}

  static RunReport read(Connection connection, Tables tables, String runId) throws SQLException {
    String sql =
        "SELECT status, range_start, range_end, rows_read, late_rows,"
            + " (extract(epoch FROM finished_at - started_at) * 1000)::bigint, error FROM "
            + tables.name("runs")
            + " WHERE run_id = ?::text";
    try (PreparedStatement select = connection.prepareStatement(sql)) {
      select.setString(1, runId);
      try (ResultSet row = select.executeQuery()) {
        if (!row.next()) {
          throw new SQLException("run " + runId + " is not in " + tables.name("runs"), "02000");
        }
        return new RunReport(
            runId,
            row.getString(1),
            instant(row, 2),
            instant(row, 3),
            row.getLong(4),
            row.getLong(5),
            Duration.ofMillis(row.getLong(6)),
            row.getString(7));
      }
    }
  }

  private static Instant instant(ResultSet row, int column) throws SQLException {
    OffsetDateTime time = row.getObject(column, OffsetDateTime.class);
    return time == null ? null : time.toInstant();
  }
}
