package io.traffical.pipeline.run;

import io.traffical.pipeline.definition.Metric.Measure;
import io.traffical.pipeline.jdbc.UnitSource;
import io.traffical.pipeline.model.FactValues;
import io.traffical.pipeline.outcome.Judgement;
import io.traffical.pipeline.outcome.Reasons;
import io.traffical.pipeline.outcome.UnitExplanation;
import io.traffical.pipeline.run.Explanation.Row;
import io.traffical.pipeline.window.DefinitionRef;
import io.traffical.pipeline.window.DefinitionRef.Kind;
import io.traffical.pipeline.window.Micros;
import io.traffical.pipeline.window.RunPlan;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Enters a unit's rows into its ledgers and remembers some of them, to say what became of them: of
 * each definition the oldest exposures, since the first ones decide, and the newest facts.
 */
final class ExplainedRows implements UnitSource.Visitor {
  private static final Comparator<Seen> BY_TIME =
      Comparator.comparing(Seen::time, Comparator.nullsLast(Comparator.naturalOrder()));

  private final RunPlan plan;
  private final int limit;
  private final UnitExplanation explanation;
  private final UnitExplanation behindOverlap;
  private final Map<Integer, Deque<Seen>> byRead = new TreeMap<>();
  private long exposures;
  private long facts;

  /** A row before its reason is known. */
  private record Seen(
      int read,
      Long time,
      String allocation,
      Judgement judgement,
      Map<String, Object> columns,
      String rejection) {}

  /**
   * Opens the ledgers.
   *
   * @param plan with totals up to the end of the data
   * @param storedPlan the same with the totals that are stored
   * @param limit how many exposures, and how many facts, to remember
   */
  ExplainedRows(RunPlan plan, RunPlan storedPlan, int limit) {
    this.plan = plan;
    this.limit = limit;
    this.explanation = new UnitExplanation(plan);
    this.behindOverlap = new UnitExplanation(storedPlan);
  }

  @Override
  public void exposure(int read, long time, String allocation, String dimensions) {
    explanation.exposure(allocation, dimensions, time);
    behindOverlap.exposure(allocation, dimensions, time);
    remember(new Seen(read, time, allocation, null, Map.of(), null));
  }

  @Override
  public void fact(
      int read, int entity, long time, FactValues values, Map<String, Object> columns) {
    behindOverlap.fact(read, entity, time, values);
    Judgement judgement = explanation.fact(read, entity, time, values);
    remember(new Seen(read, time, null, judgement, columns, null));
  }

  @Override
  public void userExposure(int read, long time, FactValues values) {
    explanation.userExposure(read, time, values);
    behindOverlap.userExposure(read, time, values);
  }

  @Override
  public void rejected(int read, Long time, String reason) {
    remember(new Seen(read, time, null, null, Map.of(), reason));
  }

  private void remember(Seen row) {
    Deque<Seen> rows = byRead.computeIfAbsent(row.read(), read -> new ArrayDeque<>());
    if (isExposure(row)) {
      exposures++;
      if (rows.size() < limit) {
        rows.add(row);
      }
    } else {
      facts++;
      rows.add(row);
      if (rows.size() > limit) {
        rows.remove();
      }
    }
  }

  private boolean isExposure(Seen row) {
    return definition(row).kind() == Kind.ASSIGNMENT;
  }

  private DefinitionRef definition(Seen row) {
    return plan.reads().get(row.read()).definition();
  }

  /** Closes the ledgers. */
  void settle(String unit) {
    explanation.settle(unit);
    behindOverlap.settle(unit);
  }

  /** Returns the ledger up to the end of the data. */
  UnitExplanation explanation() {
    return explanation;
  }

  /** Returns the ledger of what is stored. */
  UnitExplanation behindOverlap() {
    return behindOverlap;
  }

  /** Returns how many exposures there are that {@link #rows} leaves out. */
  long hiddenExposures() {
    return exposures - shown(true).size();
  }

  /** Returns how many facts there are that {@link #rows} leaves out. */
  long hiddenFacts() {
    return facts - shown(false).size();
  }

  private List<Seen> shown(boolean isExposures) {
    List<Seen> all =
        byRead.values().stream()
            .flatMap(Deque::stream)
            .filter(row -> isExposure(row) == isExposures)
            .sorted(BY_TIME)
            .toList();
    int most = Math.min(limit, all.size());
    return isExposures ? all.subList(0, most) : all.subList(all.size() - most, all.size());
  }

  /** Returns the rows in the order of their times, once the ledgers are settled. */
  List<Row> rows(Reasons reasons) {
    List<Row> rows = new ArrayList<>();
    boolean isFirstSeen = false;
    for (Seen row : Stream.concat(shown(true).stream(), shown(false).stream()).toList()) {
      if (row.rejection() != null) {
        String kind = isExposure(row) ? "exposure" : "fact";
        rows.add(row(row, kind, null, false, "rejected: " + row.rejection()));
      } else if (isExposure(row)) {
        Reasons.Answer answer = reasons.exposure(row.allocation(), row.time(), isFirstSeen);
        isFirstSeen |= answer.isCounted();
        rows.add(row(row, "exposure", null, answer.isCounted(), answer.text()));
      } else {
        Reasons.Answer answer = reasons.fact(row.judgement(), row.columns());
        String kind = answer.isOfCovariate() ? "covariate" : "fact";
        rows.add(row(row, kind, value(row), answer.isCounted(), answer.text()));
      }
    }
    rows.sort(
        Comparator.comparing(Row::time, Comparator.nullsLast(Comparator.naturalOrder()))); // stable
    return rows;
  }

  private Row row(Seen row, String kind, Object value, boolean isCounted, String reason) {
    Instant time = row.time() == null ? null : Micros.toInstant(row.time());
    return new Row(kind, definition(row).name(), time, value, row.allocation(), isCounted, reason);
  }

  /** Returns the value of the metric's first measure of the fact that has one. */
  private Object value(Seen row) {
    for (Measure measure : plan.policies().get(0).metrics().get(0).definition().measures()) {
      boolean isOfFact = definition(row).equals(DefinitionRef.fact(measure.fact()));
      if (isOfFact && measure.valueColumn() != null) {
        Object value = row.columns().get(measure.valueColumn());
        return value instanceof Double number && number.isNaN() ? null : value;
      }
    }
    return null;
  }
}
