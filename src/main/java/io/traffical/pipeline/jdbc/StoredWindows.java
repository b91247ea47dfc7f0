package io.traffical.pipeline.jdbc;

import io.traffical.pipeline.model.SliceReport;
import io.traffical.pipeline.window.RunPlan;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What {@code window_reads} remembers of the windows that a run has read again. */
final class StoredWindows {
  /** Stands for the SQL of a window of which a part was read again: what it held is not known. */
  static final String NO_SQL = "";

  private final Connection connection;
  private final String table;

  /**
   * A window and what it held. Times are microseconds since 1970.
   *
   * @param checksum null when not every user has seen what it held
   * @param sqlHash hash of the SQL that it was read with
   */
  record Window(long start, long end, long rows, Long checksum, String sqlHash) {}

  StoredWindows(Connection connection, Tables tables) {
    this.connection = connection;
    this.table = tables.name("window_reads");
  }

  /** Returns the windows that a run's slices cover, in any order. */
  static List<Window> read(List<SliceReport> reports, long width, String sqlHash) {
    List<Window> windows = new ArrayList<>();
    for (SliceReport report : reports) {
      for (int i = 0; i < report.windowRows().length; i++) {
        long start = report.start() + i * width;
        windows.add(
            new Window(
                start,
                start + width,
                report.windowRows()[i],
                report.windowChecksums()[i],
                sqlHash));
      }
    }
    return windows;
  }

  /** Returns the stored windows of a definition that overlap what is read of it, by start. */
  Map<Long, Window> known(RunPlan.Read read) throws SQLException {
    Map<Long, Window> known = new HashMap<>();
    String sql =
        "SELECT (extract(epoch FROM window_start) * 1000000.0)::bigint,"
            + " (extract(epoch FROM window_end) * 1000000.0)::bigint, rows, checksum, sql_hash FROM "
            + table
            + " WHERE kind = ? AND name = ? AND window_start < ? AND window_end > ?";
    try (PreparedStatement select = connection.prepareStatement(sql)) {
      bindRange(select, read);
      try (ResultSet rows = select.executeQuery()) {
        while (rows.next()) {
          long checksum = rows.getLong(4);
          Long nullable = rows.wasNull() ? null : Long.valueOf(checksum);
          known.put(
              rows.getLong(1),
              new Window(
                  rows.getLong(1), rows.getLong(2), rows.getLong(3), nullable, rows.getString(5)));
        }
      }
    }
    return known;
  }

  /** Binds kind, name, and the end and the start of what is read, as the first parameters. */
  static void bindRange(PreparedStatement statement, RunPlan.Read read) throws SQLException {
    statement.setString(1, read.definition().kind().word());
    statement.setString(2, read.definition().name());
    statement.setObject(3, Times.of(read.range().end()));
    statement.setObject(4, Times.of(read.range().start()));
  }
}
