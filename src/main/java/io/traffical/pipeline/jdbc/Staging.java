package io.traffical.pipeline.jdbc;

import io.traffical.pipeline.model.AssignmentChange;
import io.traffical.pipeline.model.DayOutcome;
import io.traffical.pipeline.model.PolicyRow;
import io.traffical.pipeline.model.TotalChange;
import io.traffical.pipeline.window.RunPlan;
import java.io.Serializable;
import java.util.List;

/**
 * Where parallel writers put a run's rows before the publisher makes them visible.
 *
 * <p>Those of policies that something is stored of share staging tables, which have the columns of
 * the tables that they are merged into. A policy that nothing is stored of needs no merging. Its
 * totals and outcomes go straight into its partitions: nobody sees them while {@code metric_sets}
 * does not name their sets. Its assignments have a staging table of their own, for whatever is in
 * their partition can be seen. A crash of the server empties staging tables, which are unlogged;
 * the publisher notices by the counts.
 */
final class Staging {
  static final String PREFIX = "_s_";

  private Staging() {}

  /** Puts a row's columns into the buffer. */
  interface RowWriter<T> extends Serializable {
    void write(T row, PolicyKeys keys, BinaryCopyBuffer buffer);
  }

  /**
   * What is staged for one table.
   *
   * @param name the table
   * @param suffix the end of its partitions' names
   * @param isUnique whether a partition has a unique index on the key
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

    /** Returns whether its rows belong to sets of metrics, not to policies as a whole. */
    boolean isPerSet() {
      return key.contains("set_id");
    }

    /** Returns the name of the staging table that the policies with stored rows share. */
    String shared(String runId) {
      return PREFIX + runId.replace("-", "") + "_" + suffix;
    }

    /** Returns the name of the staging table of a policy that nothing is stored of. */
    String own(String runId, int policy) {
      return PREFIX + runId.replace("-", "") + "_" + policy + "_" + suffix;
    }

    /** Returns the name of the table that a policy's rows are staged in. */
    String of(String runId, RunPlan plan, int policy) {
      RunPlan.PolicyPlan planned = plan.policies().get(policy);
      if (!planned.isNew()) {
        return shared(runId);
      }
      return isPerSet() ? Tables.partition(planned.policyKey(), suffix) : own(runId, policy);
    }

    /** Returns the table's own columns, as they are staged. */
    String columns() {
      return String.join(", ", key) + ", " + String.join(", ", values);
    }

    /** Returns the number of columns staged. */
    int columnCount() {
      return key.size() + values.size();
    }
  }

  static final Table<AssignmentChange> ASSIGNMENTS =
      new Table<>(
          "assignments",
          "assignments",
          true,
          List.of("unit_key", "policy_key"),
          List.of("allocation_key", "first_assigned_at", "crossed_over_at", "dimensions"),
          Staging::write);

  static final Table<TotalChange> TOTALS =
      new Table<>(
          "unit_total_sets",
          "totals",
          true,
          List.of("unit_key", "set_id", "policy_key"),
          List.of("tallies", "entries"),
          Staging::write);

  static final Table<DayOutcome> OUTCOMES =
      new Table<>(
          "unit_outcome_sets",
          "outcomes",
          false,
          List.of("policy_key", "set_id", "day"),
          List.of("unit_key", "tallies", "entries"),
          Staging::write);

  static final List<Table<?>> ALL = List.of(ASSIGNMENTS, TOTALS, OUTCOMES);

  private static void write(AssignmentChange row, PolicyKeys keys, BinaryCopyBuffer buffer) {
    buffer.text(row.unit()).bytea(keys.key(row.policy())).text(row.allocation());
    if (row.allocation() == null) {
      buffer.nothing().nothing().jsonb("{}");
    } else {
      buffer.timestamptz(row.firstAssignedAt());
      if (row.crossedOverAt() == AssignmentChange.NEVER) {
        buffer.nothing();
      } else {
        buffer.timestamptz(row.crossedOverAt());
      }
      String[] names = keys.dimensions(row.policy());
      buffer.jsonb(
          names.length == 0 ? "{}" : JsonText.object(names, row.dimensions().split("\0", -1)));
    }
  }

  private static void write(TotalChange row, PolicyKeys keys, BinaryCopyBuffer buffer) {
    buffer
        .text(row.unit())
        .int4(keys.set(row.policy(), row.set()))
        .bytea(keys.key(row.policy()))
        .float8Array(row.tallies())
        .bytea(row.entries());
  }

  private static void write(DayOutcome row, PolicyKeys keys, BinaryCopyBuffer buffer) {
    buffer
        .bytea(keys.key(row.policy()))
        .int4(keys.set(row.policy(), row.set()))
        .date(row.day())
        .text(row.unit())
        .float8Array(row.tallies())
        .bytea(row.entries());
  }
}
