package io.traffical.pipeline.outcome;

import io.traffical.pipeline.definition.Definitions.Aggregation;
import io.traffical.pipeline.model.FactValues;
import io.traffical.pipeline.window.RunPlan.MetricPlan;

/**
 * One unit's facts for a metric whose value does not add up from tallies: what is stored of its
 * past, and what was read. Entries are bytes whose meaning is the metric's; those of different days
 * and runs are put together by joining the bytes.
 */
abstract class EntryLedger {

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

  /** Enters a part of the unit's stored past. */
  abstract void addBase(byte[] entries);

  /**
   * Enters a fact that counts.
   *
   * @param measures a bit per measure of the metric that the fact meets, at least one
   * @param value where in the row's numbers that of the measure is
   * @param digest where in the row's digests that of the measure is
   */
  abstract void add(long time, int measures, FactValues values, int value, int digest);

  /** Takes what was entered behind the overlap, a day at a time, days in order. */
  interface Days {
    void add(int day, byte[] entries);
  }

  /**
   * Settles what was entered, and hands out what is new behind the overlap.
   *
   * @param totalsTo where the overlap begins
   */
  abstract void settle(long totalsTo, Days days);

  /** Returns everything behind the overlap, once settled; null if that is not stored as a whole. */
  abstract byte[] totals();

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
