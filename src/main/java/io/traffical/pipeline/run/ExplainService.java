package io.traffical.pipeline.run;

import io.traffical.pipeline.definition.Definitions;
import io.traffical.pipeline.jdbc.PostgresConnections;
import io.traffical.pipeline.jdbc.RunStore;
import io.traffical.pipeline.jdbc.Schema;
import io.traffical.pipeline.jdbc.SourceProbe;
import io.traffical.pipeline.jdbc.StoredUnit;
import io.traffical.pipeline.jdbc.Tables;
import io.traffical.pipeline.jdbc.UnitSource;
import io.traffical.pipeline.outcome.Reasons;
import io.traffical.pipeline.outcome.UnitExplanation;
import io.traffical.pipeline.outcome.UnitTotals;
import io.traffical.pipeline.run.Explanation.Assigned;
import io.traffical.pipeline.run.Explanation.Stored;
import io.traffical.pipeline.run.Explanation.Total;
import io.traffical.pipeline.window.Micros;
import io.traffical.pipeline.window.RunPlan;
import io.traffical.pipeline.window.RunPlan.MetricPlan;
import io.traffical.pipeline.window.TimeWindow;
import io.traffical.pipeline.window.Watermark;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Objects;

/** Explains what a unit's rows amount to: reads them from the source as a run would. */
public final class ExplainService {
  private final Definitions definitions;
  private final String policy;
  private final String metric;

  /**
   * Explains one metric of one policy.
   *
   * @param policy a policy of the definitions
   * @param metric one of its metrics
   */
  public ExplainService(Definitions definitions, String policy, String metric) {
    this.definitions = definitions;
    this.policy = policy;
    this.metric = metric;
  }

  /**
   * Explains a unit, up to the end of what is materialized; before the first run, up to where that
   * would read.
   *
   * @param unit the unit's key, as the source has it
   * @param limit how many exposures and how many facts to return; totals are over all
   * @throws RunFailure if a database cannot be asked, or the unit cannot exist
   */
  public Explanation explain(String unit, int limit) {
    return Questions.ask(definitions, target -> explain(target, unit, limit));
  }

  private Explanation explain(Connection target, String unit, int limit) throws SQLException {
    Watermark watermark = watermark(target);
    long clock = clock();
    long due =
        Micros.floor(
            clock - Micros.of(definitions.pipeline().delay()),
            Micros.of(definitions.pipeline().window()));
    long end = watermark == null ? due : watermark.windowEnd();
    long totalsTo = watermark == null ? end : watermark.totalsTo();
    RunPlan plan = ExplainPlan.of(definitions, policy, metric, end, end, clock);
    RunPlan storedPlan = ExplainPlan.of(definitions, policy, metric, end, totalsTo, clock);
    ExplainedRows rows = new ExplainedRows(plan, storedPlan, limit);
    String key = read(plan, unit, rows);
    rows.settle(key);
    UnitExplanation explanation = rows.explanation();
    Reasons reasons = new Reasons(plan, explanation);
    TimeWindow range = plan.reads().get(0).range();
    return new Explanation(
        key,
        Micros.toInstant(plan.policies().get(0).until()),
        Micros.toInstant(range.start()),
        Micros.toInstant(range.end()),
        assigned(explanation),
        reasons.leftOut(),
        rows.rows(reasons),
        rows.hiddenExposures(),
        rows.hiddenFacts(),
        totals(explanation.totals()),
        watermark == null ? null : stored(target, key, watermark, storedPlan, rows));
  }

  private Watermark watermark(Connection target) throws SQLException {
    Tables tables = new Tables(definitions.schema());
    if (!new Schema(tables).exists(target)) {
      return null;
    }
    return new RunStore(target, tables)
        .watermarks().stream()
            .filter(w -> w.policyKey().equals(policy) && w.metricKey().equals(metric))
            .findFirst()
            .orElse(null);
  }

  private long clock() {
    try (SourceProbe probe = new SourceProbe(definitions)) {
      return probe.clock().micros();
    } catch (SQLException e) {
      throw Failures.ofSource(definitions, e);
    }
  }

  private String read(RunPlan plan, String unit, ExplainedRows rows) {
    try (Connection connection =
        PostgresConnections.open(definitions.source(), definitions.pipeline().statementTimeout())) {
      UnitSource source = new UnitSource(plan, definitions, connection);
      String key = source.key(unit);
      source.read(key, rows);
      return key;
    } catch (UnitSource.KeyException e) {
      throw new RunFailure(
          RunFailure.Kind.CONFIG,
          "CONFIG " + e.getMessage() + " | hint: give the unit's key as the source has it",
          e);
    } catch (UnitSource.RefusedException e) {
      throw new RunFailure(RunFailure.Kind.FAILED, e.getMessage(), e);
    } catch (SQLException e) {
      throw Failures.ofSource(definitions, e);
    } catch (IOException e) {
      throw new UncheckedIOException("reading the rows of a unit", e);
    }
  }

  private Stored stored(
      Connection target, String key, Watermark watermark, RunPlan plan, ExplainedRows rows)
      throws SQLException {
    StoredUnit tables = new StoredUnit(target, new Tables(definitions.schema()));
    MetricPlan planned = plan.policies().get(0).metrics().get(0);
    Assigned assigned =
        assigned(tables.assignment(policy, key), Micros.toInstant(plan.policies().get(0).until()));
    boolean isSameAssigned = Objects.equals(assigned, assigned(rows.explanation()));
    Instant totalsTo = Micros.toInstant(watermark.totalsTo());
    if (!watermark.fingerprint().equals(planned.fingerprint())) {
      return new Stored(totalsTo, List.of(), List.of(), false, assigned, isSameAssigned, true);
    }
    StoredUnit.Totals found = tables.totals(policy, planned, key);
    UnitTotals totals = UnitTotals.of(planned, found.tallies(), found.entries());
    UnitTotals recomputed = rows.behindOverlap().totals();
    return new Stored(
        totalsTo,
        totals(totals),
        totals(recomputed),
        totals.isSameAs(recomputed),
        assigned,
        isSameAssigned,
        false);
  }

  /** What happened at or after {@code asOf} was not known then. */
  private static Assigned assigned(StoredUnit.Assignment row, Instant asOf) {
    if (row == null || !row.firstAssignedAt().isBefore(asOf)) {
      return null;
    }
    boolean hasCrossed = row.crossedOverAt() != null && row.crossedOverAt().isBefore(asOf);
    return new Assigned(
        row.allocation(), row.firstAssignedAt(), hasCrossed ? row.crossedOverAt() : null);
  }

  private static Assigned assigned(UnitExplanation explanation) {
    if (!explanation.isAssigned()) {
      return null;
    }
    Long crossedOverAt = explanation.crossedOverAt();
    return new Assigned(
        explanation.allocation(),
        Micros.toInstant(explanation.firstAssignedAt()),
        crossedOverAt == null ? null : Micros.toInstant(crossedOverAt));
  }

  private static List<Total> totals(UnitTotals totals) {
    return totals.parts().stream()
        .map(part -> new Total(part.name(), part.count(), part.sum()))
        .toList();
  }
}
