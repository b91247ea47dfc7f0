package io.traffical.pipeline.outcome;

import io.traffical.pipeline.definition.Metric.Aggregation;
import io.traffical.pipeline.model.FactValues;
import io.traffical.pipeline.window.RunPlan.MetricPlan;

/** One unit's facts for a metric whose value does not add up from tallies. */
abstract class EntryLedger implements KeptEntries {

  /** Opens the ledger of a metric. */
  static EntryLedger of(MetricPlan metric) {
    if (metric.isPerUser()) {
      return new ClusterLedger(metric.aggregation(), metric.totalsTo());
    }
    Aggregation aggregation = metric.aggregation();
    return switch (aggregation) {
      case FUNNEL -> new FunnelLedger(metric.definition().measures().size());
      case COUNT_DISTINCT -> new DistinctLedger();
      case PERCENTILE -> new EventsLedger();
      default -> throw new IllegalArgumentException(aggregation + " keeps tallies");
    };
  }

  /**
   * Enters a fact that counts.
   *
   * @param measures a bit per measure of the metric that the fact meets, at least one
   * @param value where in the row's numbers that of the measure is
   * @param digest where in the row's digests that of the measure is
   */
  abstract void add(long time, int measures, FactValues values, int value, int digest);

  /** Returns the unit's value, once settled. */
  abstract double value();

  /** Returns what the value is a share of, once settled; 1 if that is the unit itself. */
  double denominator() {
    return 1;
  }

  /** Returns the values of all facts, once settled; null if they are not kept. */
  double[] events() {
    return null;
  }
}
