package io.traffical.pipeline.jdbc;

import io.traffical.pipeline.definition.Definitions;
import io.traffical.pipeline.sql.SqlStatement;
import io.traffical.pipeline.sql.SqlTemplate;
import io.traffical.pipeline.window.DefinitionRef;
import io.traffical.pipeline.window.Micros;
import io.traffical.pipeline.window.RunPlan;
import io.traffical.pipeline.window.RunPlan.Base;
import io.traffical.pipeline.window.RunPlan.MetricPlan;
import io.traffical.pipeline.window.RunPlan.PolicyPlan;
import java.util.ArrayList;
import java.util.List;

/** Cuts a run's reads into slices, each with its own rendered SQL. */
final class Slices {
  private final RunPlan plan;
  private final Definitions definitions;
  private final Tables tables;
  private final int readers;

  Slices(RunPlan plan, Definitions definitions, int readers) {
    this.plan = plan;
    this.definitions = definitions;
    this.tables = new Tables(definitions.schema());
    this.readers = readers;
  }

  /** Returns every slice of the run, stored rows first. */
  List<Slice> all() {
    List<Slice> slices = new ArrayList<>();
    for (int p = 0; p < plan.policies().size(); p++) {
      PolicyPlan policy = plan.policies().get(p);
      slices.add(
          stored(
              Slice.Kind.STORED_ASSIGNMENTS, p, -1, tables.selectAssignments(policy.policyKey())));
      for (int m = 0; m < policy.metrics().size(); m++) {
        MetricPlan metric = policy.metrics().get(m);
        if (metric.base() == Base.TOTALS) {
          String sql = tables.selectTotals(policy.policyKey(), metric.metricKey());
          slices.add(stored(Slice.Kind.STORED_TOTALS, p, m, sql));
        } else if (metric.base() == Base.DAYS) {
          long before = Micros.floor(metric.start(), Micros.DAY);
          String sql = tables.selectDays(policy.policyKey(), metric.metricKey(), before);
          slices.add(stored(Slice.Kind.STORED_TOTALS, p, m, sql));
        }
      }
    }
    for (int r = 0; r < plan.reads().size(); r++) {
      addRead(r, slices);
    }
    return slices;
  }

  private static Slice stored(Slice.Kind kind, int policy, int metric, String sql) {
    return new Slice(kind + "-" + policy + "-" + metric, kind, policy, metric, 0, 0, sql);
  }

  private void addRead(int r, List<Slice> slices) {
    RunPlan.Read read = plan.reads().get(r);
    SqlTemplate template = template(definitions, read.definition());
    long width = width(read);
    for (long start = read.range().start(); start < read.range().end(); ) {
      long end = Math.min(read.range().end(), Micros.floor(start, width) + width);
      String sql = template.render(Micros.toInstant(start), Micros.toInstant(end));
      slices.add(
          new Slice(
              read.definition() + " " + Micros.toInstant(start),
              Slice.Kind.DEFINITION,
              r,
              -1,
              start,
              end,
              sql));
      start = end;
    }
  }

  /** A scan, or less where a short range would leave readers idle; always whole windows. */
  private long width(RunPlan.Read read) {
    long scan = Micros.of(definitions.pipeline().scan());
    long share = (read.range().end() - read.range().start()) / readers;
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
