package io.traffical.pipeline.jdbc;

import io.traffical.pipeline.model.AssignmentChange;
import io.traffical.pipeline.model.DayOutcome;
import io.traffical.pipeline.model.PolicyRow;
import io.traffical.pipeline.model.TotalChange;
import io.traffical.pipeline.model.UnitRow;
import io.traffical.pipeline.window.RunPlan;
import io.traffical.pipeline.window.RunPlan.MetricPlan;
import io.traffical.pipeline.window.RunPlan.PolicyPlan;
import java.io.Serializable;
import java.util.List;

/**
 * A run's staging tables: what parallel writers fill before the publisher makes it visible. They
 * have the columns of the table that they are for, and each row names its writer and the writer's
 * attempt.
 *
 * <p>The rows of a policy that nothing is stored of go into tables of the policy's own, which
 * become its partitions. All others share an unlogged table and are merged; a crash empties it,
 * which the publisher notices by the counts.
 */
final class Staging {
  static final String PREFIX = "_s_";

  private Staging() {}

  /** Puts a row's columns into the buffer. */
  interface RowWriter<T> extends Serializable {
    void write(T row, PolicyPlan policy, BinaryCopyBuffer buffer);
  }

  /**
   * What is staged for one table.
   *
   * @param name the table
   * @param suffix the end of its partitions' names
   * @param isUnique whether the key is a primary key, or only what rows are sorted by
   * @param key its leading columns
   * @param values its other columns
   */
  record Table<T extends PolicyRow>(
      String name,
      String suffix,
      boolean isUnique,
      List<String> key,
      List<String> values,
      RowWriter<T> writer)
      implements Serializable {

    /** Returns whether its rows belong to metrics, not to policies as a whole. */
    boolean isPerMetric() {
      return key.contains("metric_key");
    }

    /** Returns the name of the staging table that the policies with stored rows share. */
    String shared(String runId) {
      return PREFIX + runId.replace("-", "") + "_" + suffix;
    }

    /** Returns the name of the staging table of a policy that nothing is stored of. */
    String own(String runId, int policy) {
      return PREFIX + runId.replace("-", "") + "_" + policy + "_" + suffix;
    }

    /** Returns the name of the staging table that a policy's rows go into. */
    String of(String runId, RunPlan plan, int policy) {
      return plan.policies().get(policy).isNew() ? own(runId, policy) : shared(runId);
    }

    /** Returns the table's own columns, as they are staged. */
    String columns() {
      return String.join(", ", key) + ", " + String.join(", ", values);
    }

    /** Returns the number of columns staged, with writer and attempt. */
    int columnCount() {
      return key.size() + values.size() + 2;
    }
  }

  static final Table<AssignmentChange> ASSIGNMENTS =
      new Table<>(
          "assignments",
          "assignments",
          true,
          List.of("policy_key", "unit_key"),
          List.of("allocation_key", "first_assigned_at", "crossed_over_at"),
          Staging::write);

  static final Table<TotalChange> TOTALS =
      new Table<>(
          "unit_totals",
          "totals",
          true,
          List.of("policy_key", "metric_key", "unit_key"),
          List.of("facts", "sum_high", "sum_low"),
          Staging::write);

  static final Table<DayOutcome> OUTCOMES =
      new Table<>(
          "unit_outcomes",
          "outcomes",
          false,
          List.of("policy_key", "metric_key", "day", "seg"),
          List.of("unit_key", "facts", "sum_high", "sum_low"),
          Staging::write);

  static final List<Table<?>> ALL = List.of(ASSIGNMENTS, TOTALS, OUTCOMES);

  private static void write(AssignmentChange row, PolicyPlan policy, BinaryCopyBuffer buffer) {
    buffer.text(policy.policyKey()).text(row.unit()).text(row.allocation());
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

  private static void write(TotalChange row, PolicyPlan policy, BinaryCopyBuffer buffer) {
    buffer
        .text(policy.policyKey())
        .text(policy.metrics().get(row.metric()).metricKey())
        .text(row.unit())
        .int8(row.count())
        .float8(row.high())
        .float8(row.low());
  }

  private static void write(DayOutcome row, PolicyPlan policy, BinaryCopyBuffer buffer) {
    MetricPlan metric = policy.metrics().get(row.metric());
    buffer
        .text(policy.policyKey())
        .text(metric.metricKey())
        .date(row.day())
        .timestamptz(metric.start())
        .text(row.unit())
        .int8(row.count())
        .float8(row.high())
        .float8(row.low());
  }
}
