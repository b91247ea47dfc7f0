package io.traffical.pipeline.outcome;

import io.traffical.pipeline.definition.Definitions.Aggregation;
import io.traffical.pipeline.window.Micros;
import io.traffical.pipeline.window.RunPlan.MetricPlan;
import java.util.Map;
import java.util.TreeMap;

/**
 * One unit's facts for one metric, kept three ways: up to the end of the data (the results), up to
 * the metric's new totals (what the next run starts from), and per day of what was read (what a
 * backfill starts from). Nothing of the overlap is stored.
 */
final class MetricLedger {
  private final MetricPlan plan;
  private final Tally upToEnd = new Tally();
  private final Tally upToTotals = new Tally();
  private Map<Integer, Tally> days;

  MetricLedger(MetricPlan plan) {
    this.plan = plan;
  }

  /** Adds a part of the unit's stored past. */
  void addBase(long count, double high, double low) {
    upToEnd.add(count, high, low);
    upToTotals.add(count, high, low);
  }

  /** Adds a fact that counts; a sum without a value has nothing to add. */
  void addFact(long time, double value) {
    boolean isSum = plan.aggregation() == Aggregation.SUM;
    if (isSum && Double.isNaN(value)) {
      return;
    }
    double addend = isSum ? value : 0;
    upToEnd.add(addend);
    if (time < plan.totalsTo()) {
      upToTotals.add(addend);
      if (days == null) {
        days = new TreeMap<>();
      }
      int day = (int) Math.floorDiv(time, Micros.DAY);
      days.computeIfAbsent(day, ignored -> new Tally()).add(addend);
    }
  }

  /** Returns the unit's value at the end of the data. */
  double value() {
    return upToEnd.value(plan.aggregation());
  }

  /** Returns what to store as the unit's total. */
  Tally total() {
    return upToTotals;
  }

  /** Returns what was read per day (days since 1970), behind the overlap. */
  Map<Integer, Tally> days() {
    return days == null ? Map.of() : days;
  }

  /** Returns whether the stored total has to be written. */
  boolean hasTotalToWrite() {
    return plan.rewrites() ? !upToTotals.isEmpty() : days != null;
  }
}
