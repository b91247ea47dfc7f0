package io.traffical.pipeline.outcome;

import io.traffical.pipeline.definition.Metric.Aggregation;
import io.traffical.pipeline.window.RunPlan.MetricPlan;
import io.traffical.pipeline.window.RunPlan.PolicyPlan;
import java.util.List;

/**
 * Where the values of a policy's metrics are in those of a unit. A metric has one value; but two of
 * a ratio (numerator, denominator) or of a metric per user (sum, users), and three with a covariate
 * (value, covariate, and 1 for a unit that has a history, else 0). Of a funnel it is the number of
 * steps taken, of a percentile of events the number of events.
 */
public final class ValueLayout {
  /** In place of a metric's first value: the unit is left out of it. */
  public static final double LEFT_OUT = Double.NaN;

  private final List<MetricPlan> metrics;
  private final int[] first;
  private final boolean hasEvents;
  private final boolean hasShares;

  /** Lays out the values of a policy. */
  public ValueLayout(PolicyPlan policy) {
    this.metrics = policy.metrics();
    this.first = new int[metrics.size() + 1];
    for (int m = 0; m < metrics.size(); m++) {
      first[m + 1] = first[m] + values(metrics.get(m));
    }
    this.hasEvents = metrics.stream().anyMatch(MetricPlan::isPercentileOfEvents);
    this.hasShares = metrics.stream().anyMatch(metric -> !metric.factDimensions().isEmpty());
  }

  private static int values(MetricPlan metric) {
    if (metric.aggregation() == Aggregation.RATIO || metric.isPerUser()) {
      return 2;
    }
    return metric.covariateSlot() >= 0 ? 3 : 1;
  }

  /** Returns the number of metrics. */
  public int metrics() {
    return metrics.size();
  }

  /** Returns the number of values of all metrics. */
  public int width() {
    return first[first.length - 1];
  }

  /** Returns the place of a metric's first value. */
  public int first(int metric) {
    return first[metric];
  }

  /** Returns whether any metric's results are broken down by dimensions of its facts. */
  boolean hasShares() {
    return hasShares;
  }

  /** Returns whether any metric needs the values of all facts. */
  public boolean hasEvents() {
    return hasEvents;
  }

  /**
   * Returns the values that a metric would have if these were all facts of the unit; nothing is
   * known of the covariate.
   *
   * @param tallies one per measure
   */
  double[] ofMeasures(int m, double[] tallies) {
    double[] values = new double[first[m + 1] - first[m]];
    for (int measure = 0; measure < metrics.get(m).definition().measures().size(); measure++) {
      values[measure] = value(metrics.get(m), measure, tallies, measure);
    }
    return values;
  }

  /** Writes the values of a metric that keeps tallies. */
  void write(int m, double[] tallies, int[] slots, double[] values) {
    MetricPlan metric = metrics.get(m);
    int at = first[m];
    for (int measure = 0; measure < metric.definition().measures().size(); measure++) {
      values[at++] = value(metric, measure, tallies, slots[measure]);
    }
    if (metric.covariateSlot() >= 0) {
      int place = slots[metric.covariateSlot()];
      values[at++] = value(metric, 0, tallies, place);
      values[at] = SetLedger.facts(tallies, place) > 0 ? 1 : 0;
    }
  }

  private static double value(MetricPlan metric, int measure, double[] tallies, int place) {
    if (metric.aggregation() == Aggregation.CONVERSION_RATE) {
      return SetLedger.facts(tallies, place) > 0 ? 1 : 0;
    }
    return metric.definition().measures().get(measure).valueColumn() == null
        ? SetLedger.facts(tallies, place)
        : SetLedger.sum(tallies, place);
  }
}
