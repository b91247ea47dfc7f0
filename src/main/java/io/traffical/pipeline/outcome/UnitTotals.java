package io.traffical.pipeline.outcome;

import io.traffical.pipeline.definition.Metric.Aggregation;
import io.traffical.pipeline.definition.Metric.Measure;
import io.traffical.pipeline.window.RunPlan.MetricPlan;
import java.util.ArrayList;
import java.util.List;

/**
 * What one unit's facts amount to for one metric up to some time.
 *
 * @param parts one, but two of a ratio; with a covariate that comes last. Of a unit that is a
 *     cluster of users, those who were exposed come first
 */
public record UnitTotals(List<Part> parts) {
  /**
   * A part of the totals.
   *
   * @param name {@code numerator}, {@code denominator} or {@code covariate}; {@code users} and
   *     {@code converted} of a cluster; empty for the only one
   * @param count how many facts counted; steps taken of a funnel, different values, users
   * @param sum the sum of their values; null where they are only counted
   */
  public record Part(String name, long count, Double sum) {
    private static final double TOLERANCE = 1e-9;

    boolean isSameAs(Part other) {
      boolean isSameSum =
          sum == null
              || other.sum == null
              || Math.abs(sum - other.sum)
                  <= TOLERANCE * Math.max(1, Math.max(Math.abs(sum), Math.abs(other.sum)));
      return count == other.count && isSameSum;
    }
  }

  /** Returns whether these are the same totals, up to rounding. */
  public boolean isSameAs(UnitTotals other) {
    boolean isSame = parts.size() == other.parts.size();
    for (int i = 0; isSame && i < parts.size(); i++) {
      isSame = parts.get(i).isSameAs(other.parts.get(i));
    }
    return isSame;
  }

  /**
   * Reads totals as they are stored.
   *
   * @param tallies three numbers per slot of the metric: count, sum, and what rounding left out
   * @param entries in parts that add up; none if the metric keeps tallies
   */
  public static UnitTotals of(MetricPlan metric, double[] tallies, List<byte[]> entries) {
    if (metric.keepsEntries()) {
      EntryLedger ledger = EntryLedger.of(metric);
      entries.forEach(ledger::addBase);
      if (ledger instanceof ClusterLedger cluster) {
        return ofCluster(metric.aggregation(), cluster);
      }
      double[] events = ledger.events();
      Double sum = events == null ? null : java.util.Arrays.stream(events).sum();
      return new UnitTotals(List.of(new Part("", (long) ledger.value(), sum)));
    }
    List<Part> parts = new ArrayList<>();
    for (int slot = 0; slot < metric.slots(); slot++) {
      boolean isCovariate = slot == metric.covariateSlot();
      Measure measure = metric.definition().measures().get(isCovariate ? 0 : slot);
      boolean hasSum =
          measure.valueColumn() != null && metric.aggregation() != Aggregation.CONVERSION_RATE;
      parts.add(
          new Part(
              name(metric, slot),
              (long) SetLedger.facts(tallies, slot),
              hasSum ? SetLedger.sum(tallies, slot) : null));
    }
    return new UnitTotals(List.copyOf(parts));
  }

  private static UnitTotals ofCluster(Aggregation aggregation, ClusterLedger cluster) {
    Part users = new Part("users", (long) cluster.denominator(), null);
    Double sum = aggregation == Aggregation.SUM ? cluster.value() : null;
    Part facts = new Part("", cluster.facts(), sum);
    return aggregation == Aggregation.CONVERSION_RATE
        ? new UnitTotals(List.of(users, new Part("converted", (long) cluster.value(), null)))
        : new UnitTotals(List.of(users, facts));
  }

  /** Returns what a slot of a metric is called; empty for the only one. */
  static String name(MetricPlan metric, int slot) {
    if (slot == metric.covariateSlot()) {
      return "covariate";
    }
    if (metric.aggregation() == Aggregation.RATIO) {
      return slot == 0 ? "numerator" : "denominator";
    }
    return "";
  }
}
