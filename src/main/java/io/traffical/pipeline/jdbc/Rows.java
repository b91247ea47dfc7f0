package io.traffical.pipeline.jdbc;

import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/**
 * The answer to a question: rows of named columns.
 *
 * @param columns the columns' names
 * @param values one list per row, in the order of the columns; each value is null, a String, a
 *     Number, a Boolean, an Instant, a {@link Json}, or Rows that belong to the row
 */
public record Rows(List<String> columns, List<List<Object>> values) {

  /**
   * A value of a jsonb column.
   *
   * @param text the value as JSON
   */
  public record Json(String text) {}

  /** Starts an answer without rows. */
  public static Rows of(String... columns) {
    return new Rows(List.of(columns), new ArrayList<>());
  }

  /** Reads all rows of a query; its limit is the caller's business. */
  static Rows read(PreparedStatement select) throws SQLException {
    try (ResultSet rows = select.executeQuery()) {
      return read(rows);
    }
  }

  /** Reads all rows of a result; its limit is the caller's business. */
  static Rows read(ResultSet rows) throws SQLException {
    ResultSetMetaData metadata = rows.getMetaData();
    List<String> columns = new ArrayList<>();
    for (int i = 1; i <= metadata.getColumnCount(); i++) {
      columns.add(metadata.getColumnLabel(i));
    }
    Rows all = new Rows(columns, new ArrayList<>());
    while (rows.next()) {
      Object[] row = new Object[columns.size()];
      for (int i = 1; i <= row.length; i++) {
        row[i - 1] = value(rows, i, metadata.getColumnTypeName(i));
      }
      all.add(row);
    }
    return all;
  }

  private static Object value(ResultSet row, int column, String type) throws SQLException {
    return switch (type) {
      case "timestamptz" -> time(row.getObject(column, OffsetDateTime.class));
      case "jsonb" -> json(row.getString(column));
      case "int2", "int4", "int8", "float8", "numeric", "bool" -> row.getObject(column);
      case "float4" -> number(row.getString(column));
      default -> row.getString(column);
    };
  }

  /** The shortest text that stands for a float, not the double beside it. */
  private static Double number(String text) {
    return text == null ? null : Double.valueOf(text);
  }

  /** The driver has its own values for the infinities, which are no instants. */
  private static Object time(OffsetDateTime time) {
    if (time == null) {
      return null;
    }
    if (time.equals(OffsetDateTime.MAX) || time.equals(OffsetDateTime.MIN)) {
      return time.equals(OffsetDateTime.MAX) ? "infinity" : "-infinity";
    }
    return time.toInstant();
  }

  private static Json json(String text) {
    return text == null ? null : new Json(text);
  }

  /** Adds a row; there are as many values as columns. */
  public void add(Object... row) {
    if (row.length != columns.size()) {
      throw new IllegalArgumentException(
          "a row has %d values, found %d".formatted(columns.size(), row.length));
    }
    values.add(Collections.unmodifiableList(Arrays.asList(row)));
  }

  /** Returns whether there is no row. */
  public boolean isEmpty() {
    return values.isEmpty();
  }

  /** Returns the value of a column in a row, counted from 0. */
  public Object get(int row, String column) {
    return values.get(row).get(columns.indexOf(column));
  }

  /** Returns the same rows without a column. */
  public Rows without(String column) {
    int left = columns.indexOf(column);
    List<String> names = new ArrayList<>(columns);
    names.remove(left);
    Rows rest = new Rows(names, new ArrayList<>());
    for (List<Object> row : values) {
      List<Object> cells = new ArrayList<>(row);
      cells.remove(left);
      rest.add(cells.toArray());
    }
    return rest;
  }
}
