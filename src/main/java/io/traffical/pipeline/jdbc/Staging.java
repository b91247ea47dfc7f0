package io.traffical.pipeline.jdbc;

import io.traffical.pipeline.model.AssignmentChange;
import io.traffical.pipeline.model.DayOutcome;
import io.traffical.pipeline.model.TotalChange;
import io.traffical.pipeline.model.UnitRow;
import java.io.Serializable;
import java.util.List;

/**
 * A run's staging tables: what parallel writers fill before the publisher makes it visible. Every
 * row names its writer and the writer's attempt; policies and metrics are numbered as in the plan.
 * Unlogged: a crash empties them, which the publisher notices by the counts.
 */
final class Staging {
  static final String PREFIX = "_s_";
  static final int LEADING_COLUMNS = 2;

  private Staging() {}

  /** Puts a row's own columns into the buffer, behind writer and attempt. */
  interface RowWriter<T> extends Serializable {
    void write(T row, BinaryCopyBuffer buffer);
  }

  /**
   * One staging table.
   *
   * @param name what it stages
   * @param columns its columns behind writer and attempt
   */
  record Table<T>(String name, List<String> columns, RowWriter<T> writer) implements Serializable {
    String createStatement(Tables tables, String runId) {
      return "CREATE UNLOGGED TABLE "
          + tables.name(tableName(runId))
          + " (writer int NOT NULL, attempt int NOT NULL, "
          + String.join(", ", columns)
          + ")";
    }

    /** Returns the table's name in the given run. */
    String tableName(String runId) {
      return PREFIX + runId.replace("-", "") + "_" + name;
    }

    int columnCount() {
      return LEADING_COLUMNS + columns.size();
    }
  }

  static final Table<AssignmentChange> ASSIGNMENTS =
      new Table<>(
          "assignments",
          List.of(
              "policy int NOT NULL",
              "unit_key text COLLATE \"C\" NOT NULL",
              "allocation_key text",
              "first_assigned_at timestamptz",
              "crossed_over_at timestamptz"),
          Staging::write);

  static final Table<TotalChange> TOTALS =
      new Table<>(
          "totals",
          List.of(
              "policy int NOT NULL",
              "metric int NOT NULL",
              "unit_key text COLLATE \"C\" NOT NULL",
              "facts bigint NOT NULL",
              "sum_high double precision NOT NULL",
              "sum_low double precision NOT NULL"),
          Staging::write);

  static final Table<DayOutcome> OUTCOMES =
      new Table<>(
          "outcomes",
          List.of(
              "policy int NOT NULL",
              "metric int NOT NULL",
              "unit_key text COLLATE \"C\" NOT NULL",
              "day date NOT NULL",
              "facts bigint NOT NULL",
              "sum_high double precision NOT NULL",
              "sum_low double precision NOT NULL"),
          Staging::write);

  static final List<Table<?>> ALL = List.of(ASSIGNMENTS, TOTALS, OUTCOMES);

  private static void write(AssignmentChange row, BinaryCopyBuffer buffer) {
    buffer.int4(row.policy()).text(row.unit()).text(row.allocation());
    if (row.allocation() == null) {
      buffer.nothing().nothing();
    } else {
      buffer.timestamptz(row.firstAssignedAt());
      if (row.crossedOverAt() == UnitRow.NEVER) {
        buffer.nothing();
      } else {
        buffer.timestamptz(row.crossedOverAt());
      }
    }
  }

  private static void write(TotalChange row, BinaryCopyBuffer buffer) {
    buffer
        .int4(row.policy())
        .int4(row.metric())
        .text(row.unit())
        .int8(row.count())
        .float8(row.high())
        .float8(row.low());
  }

  private static void write(DayOutcome row, BinaryCopyBuffer buffer) {
    buffer
        .int4(row.policy())
        .int4(row.metric())
        .text(row.unit())
        .date(row.day())
        .int8(row.count())
        .float8(row.high())
        .float8(row.low());
  }
}
