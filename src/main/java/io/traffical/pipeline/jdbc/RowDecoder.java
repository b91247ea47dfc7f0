package io.traffical.pipeline.jdbc;

import io.traffical.pipeline.definition.Definitions;
import io.traffical.pipeline.model.FactValues;
import io.traffical.pipeline.model.UnitBlockWriter;
import io.traffical.pipeline.model.UnitKey;
import io.traffical.pipeline.sql.Column;
import io.traffical.pipeline.window.DefinitionRef;
import io.traffical.pipeline.window.RunPlan;
import io.traffical.pipeline.window.RunPlan.PolicyPlan;
import io.traffical.pipeline.window.SelectedColumns;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Packs copied rows as exposures or outcomes; unusable rows are counted and left out. */
abstract class RowDecoder {
  /** The rows are wanted for the units of all entities. */
  static final int ALL_ENTITIES = -1;

  final SliceTally tally;
  final UnitBlockWriter blocks;

  /** What an unknown value of a dimension is called. */
  private static final String NONE = "(none)";

  /** The place of the time, which comes behind the keys. */
  final int timeColumn;

  RowDecoder(int keys, SliceTally tally, UnitBlockWriter blocks) {
    this.timeColumn = keys;
    this.tally = tally;
    this.blocks = blocks;
  }

  static RowDecoder of(
      RunPlan plan,
      Definitions definitions,
      int read,
      int entity,
      SliceTally tally,
      UnitBlockWriter blocks) {
    RunPlan.Read planned = plan.reads().get(read);
    return planned.definition().kind() == DefinitionRef.Kind.ASSIGNMENT
        ? new OfExposures(plan, definitions, read, tally, blocks)
        : new OfOutcomes(plan, read, entity, tally, blocks);
  }

  /** Takes the columns as the server describes them, before the first row. */
  void columns(List<Column> columns) {}

  /** Packs the row, if it is usable and inside the slice. */
  final void decode(CopiedRow row) {
    if (row.isNull(timeColumn)) {
      tally.reject("the time is null");
      return;
    }
    long time = row.micros(timeColumn);
    if (time == Long.MAX_VALUE || time == Long.MIN_VALUE) {
      tally.reject("the time is infinite");
    } else if (tally.isInside(time)) {
      decode(row, time);
    }
  }

  /** Returns why a key cannot be used, or null. */
  static String keyProblem(CopiedRow row, int key) {
    if (row.isNull(key)) {
      return "the unit's key is null";
    }
    if (row.length(key) == 0) {
      return "the unit's key is empty";
    }
    if (row.length(key) > UnitKey.LONGEST) {
      return "the unit's key has " + row.length(key) + " bytes, more than " + UnitKey.LONGEST;
    }
    return row.isAscii(key) || row.isUtf8(key) ? null : "the unit's key is not valid UTF-8";
  }

  private static String label(CopiedRow row, int column) {
    return row.isNull(column) ? NONE : row.text(column);
  }

  /** Packs the row, whose time is inside the slice, if the rest of it is usable. */
  abstract void decode(CopiedRow row, long time);

  private static final class OfExposures extends RowDecoder {
    private static final int KEY = 0;
    private static final int POLICY = 2;
    private static final int ALLOCATION = 3;
    private static final int FIRST_DERIVED = 4;
    private static final int LEFT_OUT = -1;

    private final UnitKey unit = new UnitKey();
    private final Map<String, Integer> places = new HashMap<>();
    private final Map<String, Definitions.Policy> declared = new HashMap<>();

    /** Where in the row each dimension of the policies is; -1 where this SQL does not have it. */
    private final int[] dimensionColumns;

    private final StringBuilder dimensions = new StringBuilder();

    /** Policies with metrics per user, for which exposures are facts, too. */
    private final Map<String, Integer> perUser = new HashMap<>();

    private final int read;
    private final FactValues users;
    private final Digests digests = new Digests();

    OfExposures(
        RunPlan plan, Definitions definitions, int read, SliceTally tally, UnitBlockWriter blocks) {
      super(1, tally, blocks);
      this.read = read;
      SelectedColumns columns = plan.reads().get(read).columns();
      this.users = new FactValues(1, 2 * columns.distinct().size(), false, 0);
      String name = plan.reads().get(read).definition().name();
      String entity = definitions.assignments().get(name).entity();
      List<String> selected = columns.dimensions();
      int firstDimension = FIRST_DERIVED + columns.distinct().size();
      dimensionColumns =
          definitions.unitDimensions(entity).stream()
              .mapToInt(selected::indexOf)
              .map(place -> place < 0 ? place : firstDimension + place)
              .toArray();
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
        if (policy.entity().equals(entity) && !policy.userKeys().isEmpty()) {
          perUser.put(policy.policyKey(), p);
        }
      }
    }

    @Override
    void decode(CopiedRow row, long time) {
      String problem = keyProblem(row, KEY);
      problem = problem == null ? nameProblem(row) : problem;
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
      row.key(KEY, unit);
      if (place != LEFT_OUT) {
        blocks.exposure(unit, place, allocation, dimensions(row), time);
      }
      if (perUser.containsKey(policy)) {
        users.numbers()[0] = perUser.get(policy);
        for (int i = 0; i < users.digests().length / 2; i++) {
          digests.write(row, FIRST_DERIVED + i, users.digests(), 2 * i);
        }
        blocks.outcome(unit, read, 0, time, users);
      }
    }

    private String dimensions(CopiedRow row) {
      if (dimensionColumns.length == 0) {
        return "";
      }
      dimensions.setLength(0);
      for (int i = 0; i < dimensionColumns.length; i++) {
        int column = dimensionColumns[i];
        dimensions.append(i == 0 ? "" : "\0").append(column < 0 ? NONE : label(row, column));
      }
      return dimensions.toString();
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
    /** The squares of sums of such values are still numbers. */
    private static final double LARGEST = 1e100;

    private final int read;
    private final SelectedColumns selected;
    private final String[] types;
    private final UnitKey[] units;
    private final boolean[] isUsed;
    private final FactValues values;
    private final Digests digests = new Digests();

    OfOutcomes(RunPlan plan, int read, int onlyEntity, SliceTally tally, UnitBlockWriter blocks) {
      super(plan.reads().get(read).entities().size(), tally, blocks);
      this.read = read;
      this.selected = plan.reads().get(read).columns();
      this.types = new String[selected.numbers().size()];
      this.values =
          new FactValues(
              types.length,
              2 * selected.distinct().size(),
              !selected.filters().isEmpty(),
              selected.dimensions().size());
      List<String> entities = plan.reads().get(read).entities();
      this.units = new UnitKey[entities.size()];
      this.isUsed = new boolean[units.length];
      for (int e = 0; e < units.length; e++) {
        String entity = entities.get(e);
        units[e] = new UnitKey();
        isUsed[e] =
            (onlyEntity == ALL_ENTITIES || onlyEntity == e)
                && plan.policies().stream().anyMatch(policy -> policy.entity().equals(entity));
      }
    }

    @Override
    void columns(List<Column> columns) {
      for (int i = 0; i < types.length; i++) {
        String name = selected.numbers().get(i);
        types[i] =
            columns.stream().filter(c -> c.name().equals(name)).findFirst().orElseThrow().type();
      }
    }

    /** A row may lack the keys of some kinds of units, but not of all. */
    @Override
    void decode(CopiedRow row, long time) {
      String problem = null;
      int usable = 0;
      for (int e = 0; e < units.length; e++) {
        String ofKey = keyProblem(row, e);
        if (ofKey == null) {
          usable++;
        } else if (units.length == 1 || !row.isNull(e)) {
          problem = ofKey;
        }
      }
      if (usable == 0 || problem != null) {
        tally.reject(problem == null ? "every unit's key is null" : problem);
        return;
      }
      tally.count(time, row.checksum());
      readValues(row);
      for (int e = 0; e < units.length; e++) {
        if (isUsed[e] && !row.isNull(e)) {
          row.key(e, units[e]);
          blocks.outcome(units[e], read, e, time, values);
        }
      }
    }

    private void readValues(CopiedRow row) {
      int column = timeColumn + 1;
      double[] numbers = values.numbers();
      for (int i = 0; i < numbers.length; i++, column++) {
        numbers[i] = row.isNull(column) ? Double.NaN : row.number(column, types[i]);
        if (!(Math.abs(numbers[i]) <= LARGEST)) {
          if (!row.isNull(column)) {
            tally.reject(
                "column \"" + selected.numbers().get(i) + "\" is NaN, infinite or too large");
          }
          numbers[i] = Double.NaN;
        }
      }
      long met = 0;
      for (int i = 0; i < selected.filters().size(); i++, column++) {
        met |= row.bool(column) ? 1L << i : 0;
      }
      values.filters(met);
      for (int i = 0; i < selected.distinct().size(); i++, column++) {
        digests.write(row, column, values.digests(), 2 * i);
      }
      for (int i = 0; i < selected.dimensions().size(); i++, column++) {
        values.labels()[i] = label(row, column);
      }
    }
  }
}
