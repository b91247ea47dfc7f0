package io.traffical.pipeline.oracle;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** Plain SQL on the schedule's database. */
final class Sql implements AutoCloseable {
  private final Connection connection;

  Sql(Connection connection) {
    this.connection = connection;
  }

  /** Quotes a value. */
  static String text(String value) {
    return value == null ? "NULL" : "'" + value.replace("'", "''") + "'";
  }

  /** Quotes values as an array. */
  static String array(List<String> values) {
    return values.stream().map(Sql::text).collect(Collectors.joining(", ", "ARRAY[", "]::text[]"));
  }

  /** Quotes a time; null and the ends of time are infinite. */
  static String time(Instant time) {
    if (time == null || time.equals(Instant.MAX)) {
      return "'infinity'::timestamptz";
    }
    return time.equals(Instant.MIN) ? "'-infinity'::timestamptz" : "'" + time + "'::timestamptz";
  }

  void execute(String sql) {
    try (Statement statement = connection.createStatement()) {
      statement.setEscapeProcessing(false);
      statement.execute(sql);
    } catch (SQLException e) {
      throw new IllegalStateException(sql, e);
    }
  }

  /** Returns the rows, each a list of texts or nulls. */
  List<List<String>> rows(String sql) {
    try (Statement statement = connection.createStatement()) {
      statement.setEscapeProcessing(false);
      try (ResultSet rows = statement.executeQuery(sql)) {
        List<List<String>> all = new ArrayList<>();
        int columns = rows.getMetaData().getColumnCount();
        while (rows.next()) {
          List<String> row = new ArrayList<>();
          for (int i = 1; i <= columns; i++) {
            row.add(rows.getString(i));
          }
          all.add(row);
        }
        return all;
      }
    } catch (SQLException e) {
      throw new IllegalStateException(sql, e);
    }
  }

  /** Returns the rows, each as one text. */
  List<String> texts(String sql) {
    return rows(sql).stream()
        .map(row -> row.stream().map(String::valueOf).collect(Collectors.joining(" | ")))
        .toList();
  }

  /** Returns the only value of the only row. */
  String value(String sql) {
    return rows(sql).get(0).get(0);
  }

  @Override
  public void close() {
    try {
      connection.close();
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }
}
