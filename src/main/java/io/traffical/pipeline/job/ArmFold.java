package io.traffical.pipeline.job;

import io.traffical.pipeline.definition.Metric.Aggregation;
import io.traffical.pipeline.model.ArmStats;
import io.traffical.pipeline.model.ArmStats.QuantileStats;
import io.traffical.pipeline.stats.MomentsBuilder;
import io.traffical.pipeline.stats.PairMomentsBuilder;
import io.traffical.pipeline.window.RunPlan.MetricPlan;

/** Folds the values of units of one arm for one metric. Allocates nothing per unit. */
final class ArmFold {
  private final boolean isRatio;
  private final int steps;
  private final MomentsBuilder moments;
  private final PairMomentsBuilder pair;
  private final long[] taken;
  private long units;
  private long marked;
  private QuantileStats quantile;
  private boolean isUncapped;

  ArmFold(MetricPlan metric) {
    isRatio = metric.aggregation() == Aggregation.RATIO || metric.isPerUser();
    boolean isFunnel = metric.aggregation() == Aggregation.FUNNEL;
    steps = isFunnel ? metric.definition().measures().size() : 0;
    taken = isFunnel ? new long[steps] : null;
    boolean isPair = isRatio || metric.covariateSlot() >= 0;
    pair = isPair ? new PairMomentsBuilder() : null;
    moments = isPair ? null : new MomentsBuilder();
  }

  /**
   * Adds a unit.
   *
   * @param at where in the values the metric's begin
   * @param cap what its value, or the numerator of a ratio, is cut down to
   */
  void add(double[] values, int at, double cap) {
    units++;
    double value = Math.min(values[at], cap);
    if (isRatio) {
      pair.add(value, values[at + 1]);
      marked += values[at + 1] != 0 ? 1 : 0;
    } else if (pair != null) {
      pair.add(value, Math.min(values[at + 1], cap));
      marked += values[at + 2] != 0 ? 1 : 0;
    } else if (taken != null) {
      moments.add(value == steps ? 1 : 0);
      for (int step = 0; step < value; step++) {
        taken[step]++;
      }
    } else {
      moments.add(value);
    }
  }

  /** Adds units whose values are all 0. */
  void addZeros(long count) {
    units += count;
    if (pair != null) {
      pair.addZeros(count);
    } else {
      moments.addZeros(count);
    }
  }

  /** Returns the number of units added so far. */
  long units() {
    return units;
  }

  /** Says that the cap that was asked for would not be positive, so that there was none. */
  void notCapped() {
    isUncapped = true;
  }

  /** Adds what another fold of the same metric and arm has come to, over other units. */
  void merge(ArmStats other) {
    units += other.units();
    marked += other.marked();
    isUncapped |= other.isUncapped();
    if (other.quantile() != null) {
      quantile = other.quantile();
    } else if (pair != null) {
      pair.merge(other.pair());
    } else {
      moments.merge(other.moments());
    }
    if (taken != null) {
      for (int step = 0; step < steps; step++) {
        taken[step] += other.steps()[step];
      }
    }
  }

  ArmStats toStats() {
    return new ArmStats(
        units,
        moments == null ? null : moments.toMoments(),
        pair == null ? null : pair.toMoments(),
        marked,
        taken,
        quantile,
        isUncapped);
  }
}
