package io.traffical.pipeline.jdbc;

import io.traffical.pipeline.definition.Definitions;
import io.traffical.pipeline.sql.Column;
import io.traffical.pipeline.sql.RequiredColumns;
import io.traffical.pipeline.window.DefinitionRef;
import io.traffical.pipeline.window.Micros;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** A definition's SQL for one stretch of time, to look at: its columns, some rows, its plan. */
public final class DefinitionQuery {
  private static final String SOME_UUID = "00000000-0000-0000-0000-000000000000";

  private final Definitions definitions;
  private final Connection connection;
  private final RequiredColumns required;
  private final String sql;

  /**
   * Renders the SQL.
   *
   * @param start first microsecond
   * @param end first microsecond after it
   */
  public DefinitionQuery(
      Definitions definitions,
      DefinitionRef definition,
      Connection connection,
      long start,
      long end) {
    this.definitions = definitions;
    this.connection = connection;
    this.required = ReadColumns.of(definitions, definition);
    this.sql =
        Slices.template(definitions, definition)
            .render(Micros.toInstant(start), Micros.toInstant(end));
  }

  /** Returns the rendered SQL. */
  public String sql() {
    return sql;
  }

  /** Returns the columns that the SQL returns; no row is read. */
  public List<Column> columns() throws SQLException {
    try (GuardedReads reads = begin()) {
      return reads.describe(sql);
    }
  }

  /** Returns the first rows that the server gives, in no particular order. */
  public Rows rows(int limit) throws SQLException {
    try (GuardedReads reads = begin()) {
      return reads.first(sql, limit);
    }
  }

  /** Returns those of the columns that no run reads. */
  public List<String> unused(List<Column> columns) {
    Set<String> used = new LinkedHashSet<>(required.keys());
    used.add(required.time());
    used.addAll(required.texts());
    used.addAll(required.numbers());
    required.derived().forEach(derived -> used.add(derived.column()));
    return columns.stream().map(Column::name).filter(name -> !used.contains(name)).toList();
  }

  /** Returns the server's plan, as JSON, for what a run sends; columns must fit. */
  public String plan(List<Column> columns) throws SQLException {
    return plan(columns, KeyCondition.NONE);
  }

  /**
   * Returns the server's plan, as JSON, for the rows of one unit.
   *
   * @param keyColumn one of the definition's keys
   */
  public String planOfUnit(List<Column> columns, String keyColumn) throws SQLException {
    String type =
        columns.stream()
            .filter(column -> column.name().equals(keyColumn))
            .findFirst()
            .orElseThrow()
            .type();
    String key = type.startsWith("int") ? "0" : type.equals("uuid") ? SOME_UUID : "some unit";
    return plan(columns, new KeyCondition(keyColumn, List.of(key)));
  }

  private String plan(List<Column> columns, KeyCondition keys) throws SQLException {
    try (GuardedReads reads = begin()) {
      return reads.explain(
          GuardedReads.wrapped(required.selectList(columns), sql) + keys.condition(columns));
    }
  }

  private GuardedReads begin() throws SQLException {
    return new GuardedReads(connection, definitions.pipeline().statementTimeout());
  }
}
