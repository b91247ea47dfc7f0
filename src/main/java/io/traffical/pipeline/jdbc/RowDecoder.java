package io.traffical.pipeline.jdbc;

import io.traffical.pipeline.definition.Definitions;
import io.traffical.pipeline.model.UnitBlockWriter;
import io.traffical.pipeline.model.UnitKey;
import io.traffical.pipeline.sql.Column;
import io.traffical.pipeline.window.DefinitionRef;
import io.traffical.pipeline.window.RunPlan;
import io.traffical.pipeline.window.RunPlan.PolicyPlan;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Packs copied rows as exposures or outcomes; unusable rows are counted and left out. */
abstract class RowDecoder {
  private static final int KEY = 0;
  private static final int TIME = 1;

  final SliceTally tally;
  final UnitBlockWriter blocks;
  private final UnitKey unit = new UnitKey();

  RowDecoder(SliceTally tally, UnitBlockWriter blocks) {
    this.tally = tally;
    this.blocks = blocks;
  }

  static RowDecoder of(
      RunPlan plan, Definitions definitions, int read, SliceTally tally, UnitBlockWriter blocks) {
    RunPlan.Read planned = plan.reads().get(read);
    return planned.definition().kind() == DefinitionRef.Kind.ASSIGNMENT
        ? new OfExposures(plan, definitions, planned.definition().name(), tally, blocks)
        : new OfOutcomes(read, planned.valueColumns(), tally, blocks);
  }

  /** Takes the columns as the server describes them, before the first row. */
  void columns(List<Column> columns) {}

  /** Packs the row, if it is usable and inside the slice. */
  final void decode(CopiedRow row) {
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
        row.key(KEY, unit);
        decode(row, unit, time);
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
    if (row.length(KEY) > UnitKey.LONGEST) {
      return "the unit's key has " + row.length(KEY) + " bytes, more than " + UnitKey.LONGEST;
    }
    return row.isAscii(KEY) || row.isUtf8(KEY) ? null : "the unit's key is not valid UTF-8";
  }

  abstract void decode(CopiedRow row, UnitKey unit, long time);

  private static final class OfExposures extends RowDecoder {
    private static final int POLICY = 2;
    private static final int ALLOCATION = 3;
    private static final int LEFT_OUT = -1;

    private final Map<String, Integer> places = new HashMap<>();
    private final Map<String, Definitions.Policy> declared = new HashMap<>();

    OfExposures(
        RunPlan plan,
        Definitions definitions,
        String name,
        SliceTally tally,
        UnitBlockWriter blocks) {
      super(tally, blocks);
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
    void decode(CopiedRow row, UnitKey unit, long time) {
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
        blocks.exposure(unit, place, allocation, time);
      }
    }

    private static String nameProblem(CopiedRow row) {
      for (int column : new int[] {POLICY, ALLOCATION}) {
        String name = column == POLICY ? "policy_key" : "allocation_key";
        if (row.isNull(column)) {
          return name + " is null";
        }
        if (row.length(column) > UnitKey.LONGEST) {
          return name + " has " + row.length(column) + " bytes, more than " + UnitKey.LONGEST;
        }
      }
      return null;
    }
  }

  private static final class OfOutcomes extends RowDecoder {
    private final int read;
    private final List<String> valueColumns;
    private final String[] types;
    private final double[] values;

    OfOutcomes(int read, List<String> valueColumns, SliceTally tally, UnitBlockWriter blocks) {
      super(tally, blocks);
      this.read = read;
      this.valueColumns = valueColumns;
      this.types = new String[valueColumns.size()];
      this.values = new double[types.length];
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
    void decode(CopiedRow row, UnitKey unit, long time) {
      tally.count(time, row.checksum());
      for (int i = 0; i < values.length; i++) {
        values[i] = row.isNull(TIME + 1 + i) ? Double.NaN : row.number(TIME + 1 + i, types[i]);
        if (!Double.isFinite(values[i])) {
          if (!row.isNull(TIME + 1 + i)) {
            tally.reject("column \"" + valueColumns.get(i) + "\" is NaN, infinite or too large");
          }
          values[i] = Double.NaN;
        }
      }
      blocks.outcome(unit, read, time, values);
    }
  }
}
