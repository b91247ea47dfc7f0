package io.traffical.pipeline.jdbc;

import io.traffical.pipeline.definition.Definitions;
import io.traffical.pipeline.sql.SqlStatement;
import io.traffical.pipeline.sql.SqlTemplate;
import io.traffical.pipeline.window.DefinitionRef;
import io.traffical.pipeline.window.MetricSet.Place;
import io.traffical.pipeline.window.MetricSets;
import io.traffical.pipeline.window.MetricSets.StoredSet;
import io.traffical.pipeline.window.Micros;
import io.traffical.pipeline.window.RunPlan;
import java.util.ArrayList;
import java.util.List;

/** Cuts a run's reads into slices, each with its own rendered SQL. */
final class Slices {
  private final RunPlan plan;
  private final MetricSets sets;
  private final Definitions definitions;
  private final Tables tables;
  private final int readers;

  Slices(RunPlan plan, MetricSets sets, Definitions definitions, int readers) {
    this.plan = plan;
    this.sets = sets;
    this.definitions = definitions;
    this.tables = new Tables(definitions.schema());
    this.readers = readers;
  }

  /** Returns every slice of the run, stored rows first. */
  List<Slice> all() {
    List<Slice> slices = new ArrayList<>();
    for (int p = 0; p < plan.policies().size(); p++) {
      addStored(p, slices);
    }
    for (int r = 0; r < plan.reads().size(); r++) {
      addRead(r, slices);
    }
    return slices;
  }

  private void addStored(int p, List<Slice> slices) {
    String policyKey = plan.policies().get(p).policyKey();
    slices.add(
        stored(
            "assignments",
            Slice.Kind.STORED_ASSIGNMENTS,
            p,
            List.of(),
            tables.selectAssignments(policyKey, plan.policies().get(p).dimensions())));
    for (StoredSet set : sets.totalsToRead(p)) {
      slices.add(
          stored(
              "totals " + set.set(),
              Slice.Kind.STORED_TALLIES,
              p,
              set.places(),
              tables.selectTotals(policyKey, set.set())));
    }
    for (StoredSet set : sets.daysToRead(p)) {
      slices.add(
          stored(
              "days " + set.set() + " before " + set.daysBefore(),
              Slice.Kind.STORED_TALLIES,
              p,
              set.places(),
              tables.selectDays(policyKey, set.set(), set.daysBefore())));
    }
  }

  private static Slice stored(
      String what, Slice.Kind kind, int policy, List<Place> places, String sql) {
    return new Slice("stored " + policy + " " + what, kind, policy, places, 0, 0, sql);
  }

  private void addRead(int r, List<Slice> slices) {
    RunPlan.Read read = plan.reads().get(r);
    add(r, Slice.Kind.HISTORY, read.historyFrom(), read.range().start(), slices);
    add(r, Slice.Kind.DEFINITION, read.range().start(), read.range().end(), slices);
  }

  private void add(int r, Slice.Kind kind, long from, long to, List<Slice> slices) {
    RunPlan.Read read = plan.reads().get(r);
    SqlTemplate template = template(definitions, read.definition());
    long width = width(to - from);
    for (long start = from; start < to; ) {
      long end = Math.min(to, Micros.floor(start, width) + width);
      String what = kind == Slice.Kind.HISTORY ? " history " : " ";
      slices.add(
          new Slice(
              read.definition() + what + Micros.toInstant(start),
              kind,
              r,
              List.of(),
              start,
              end,
              template.render(Micros.toInstant(start), Micros.toInstant(end))));
      start = end;
    }
  }

  /** A scan, or less where a short range would leave readers idle; always whole windows. */
  private long width(long range) {
    long scan = Micros.of(definitions.pipeline().scan());
    long share = range / readers;
    return Math.max(plan.window(), Math.min(scan, Micros.floor(share, plan.window())));
  }

  /** Returns the definition's single statement as a template. */
  static SqlTemplate template(Definitions definitions, DefinitionRef definition) {
    String sql =
        definition.kind() == DefinitionRef.Kind.ASSIGNMENT
            ? definitions.assignments().get(definition.name()).sql()
            : definitions.facts().get(definition.name()).sql();
    return SqlTemplate.parse(SqlStatement.parse(sql).text());
  }
}
