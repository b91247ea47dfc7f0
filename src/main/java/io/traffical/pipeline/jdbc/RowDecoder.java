package io.traffical.pipeline.jdbc;

import io.traffical.pipeline.definition.Definitions;
import io.traffical.pipeline.model.ReadRow;
import io.traffical.pipeline.model.UnitRow.Exposure;
import io.traffical.pipeline.model.UnitRow.Outcome;
import io.traffical.pipeline.sql.Column;
import io.traffical.pipeline.window.DefinitionRef;
import io.traffical.pipeline.window.RunPlan;
import io.traffical.pipeline.window.RunPlan.PolicyPlan;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Turns copied rows into exposures or outcomes; unusable rows are counted and left out. */
abstract class RowDecoder {
  /** A B-tree entry holds at most about 2,700 bytes; longer keys could not be stored. */
  private static final int LONGEST_KEY = 1024;

  private static final int KEY = 0;
  private static final int TIME = 1;

  final SliceTally tally;

  RowDecoder(SliceTally tally) {
    this.tally = tally;
  }

  static RowDecoder of(RunPlan plan, Definitions definitions, int read, SliceTally tally) {
    RunPlan.Read planned = plan.reads().get(read);
    return planned.definition().kind() == DefinitionRef.Kind.ASSIGNMENT
        ? new OfExposures(plan, definitions, planned.definition().name(), tally)
        : new OfOutcomes(read, planned.valueColumns(), tally);
  }

  /** Takes the columns as the server describes them, before the first row. */
  void columns(List<Column> columns) {}

  /** Adds the row, if it is usable and inside the slice. */
  final void decode(CopiedRow row, List<ReadRow> rows) {
    if (row.isNull(TIME)) {
      tally.reject("the time is null");
      return;
    }
    long time = row.micros(TIME);
    if (time == Long.MAX_VALUE || time == Long.MIN_VALUE) {
      tally.reject("the time is infinite");
    } else if (tally.isInside(time)) {
      String problem = keyProblem(row);
      if (problem == null) {
        decode(row, time, rows);
      } else {
        tally.reject(problem);
      }
    }
  }

  private static String keyProblem(CopiedRow row) {
    if (row.isNull(KEY)) {
      return "the unit's key is null";
    }
    if (row.length(KEY) == 0) {
      return "the unit's key is empty";
    }
    return row.length(KEY) > LONGEST_KEY
        ? "the unit's key has " + row.length(KEY) + " bytes, more than " + LONGEST_KEY
        : null;
  }

  abstract void decode(CopiedRow row, long time, List<ReadRow> rows);

  private static final class OfExposures extends RowDecoder {
    private static final int POLICY = 2;
    private static final int ALLOCATION = 3;
    private static final int LEFT_OUT = -1;

    private final Map<String, Integer> places = new HashMap<>();
    private final Map<String, Definitions.Policy> declared = new HashMap<>();

    OfExposures(RunPlan plan, Definitions definitions, String name, SliceTally tally) {
      super(tally);
      String entity = definitions.assignments().get(name).entity();
      for (Definitions.Policy policy : definitions.policies().values()) {
        if (policy.entity().equals(entity)) {
          declared.put(policy.key(), policy);
          places.put(policy.key(), LEFT_OUT);
        }
      }
      for (int p = 0; p < plan.policies().size(); p++) {
        PolicyPlan policy = plan.policies().get(p);
        if (policy.entity().equals(entity) && policy.readsAssignments()) {
          places.put(policy.policyKey(), p);
        }
      }
    }

    @Override
    void decode(CopiedRow row, long time, List<ReadRow> rows) {
      String problem = nameProblem(row);
      if (problem != null) {
        tally.reject(problem);
        return;
      }
      tally.count(time, row.checksum());
      String policy = row.text(POLICY);
      Integer place = places.get(policy);
      if (place == null) {
        tally.undeclared(policy);
        return;
      }
      String allocation = row.text(ALLOCATION);
      if (!declared.get(policy).allocations().containsKey(allocation)) {
        tally.undeclared(policy + "/" + allocation);
      }
      if (place != LEFT_OUT) {
        rows.add(new Exposure(row.text(KEY), place, allocation, time));
      }
    }

    private static String nameProblem(CopiedRow row) {
      for (int column : new int[] {POLICY, ALLOCATION}) {
        String name = column == POLICY ? "policy_key" : "allocation_key";
        if (row.isNull(column)) {
          return name + " is null";
        }
        if (row.length(column) > LONGEST_KEY) {
          return name + " has " + row.length(column) + " bytes, more than " + LONGEST_KEY;
        }
      }
      return null;
    }
  }

  private static final class OfOutcomes extends RowDecoder {
    private final int read;
    private final List<String> valueColumns;
    private final String[] types;

    OfOutcomes(int read, List<String> valueColumns, SliceTally tally) {
      super(tally);
      this.read = read;
      this.valueColumns = valueColumns;
      this.types = new String[valueColumns.size()];
    }

    @Override
    void columns(List<Column> columns) {
      for (int i = 0; i < types.length; i++) {
        String name = valueColumns.get(i);
        types[i] =
            columns.stream().filter(c -> c.name().equals(name)).findFirst().orElseThrow().type();
      }
    }

    @Override
    void decode(CopiedRow row, long time, List<ReadRow> rows) {
      tally.count(time, row.checksum());
      double[] values = new double[types.length];
      for (int i = 0; i < values.length; i++) {
        values[i] = row.isNull(TIME + 1 + i) ? Double.NaN : row.number(TIME + 1 + i, types[i]);
        if (!Double.isFinite(values[i])) {
          if (!row.isNull(TIME + 1 + i)) {
            tally.reject("column \"" + valueColumns.get(i) + "\" is NaN, infinite or too large");
          }
          values[i] = Double.NaN;
        }
      }
      rows.add(new Outcome(row.text(KEY), read, time, values));
    }
  }
}
