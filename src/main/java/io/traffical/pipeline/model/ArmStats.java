package io.traffical.pipeline.model;

import io.traffical.pipeline.stats.Moments;
import io.traffical.pipeline.stats.PairMoments;

/**
 * What is known of a metric's values over some units of one arm. Which parts are there depends on
 * the metric; all but the percentile's add up over disjoint sets of units.
 *
 * @param units number of units
 * @param moments of one value per unit; null for a metric of two
 * @param pair moments of two values per unit: numerator and denominator of a ratio, or outcome and
 *     covariate; null for a metric of one
 * @param marked how many units have a denominator other than 0, or a history
 * @param steps of a funnel, how many units have taken each step; else null
 * @param quantile of a percentile; else null
 * @param isUncapped whether a cap was asked for that would not be positive
 */
public record ArmStats(
    long units,
    Moments moments,
    PairMoments pair,
    long marked,
    long[] steps,
    QuantileStats quantile,
    boolean isUncapped) {

  /**
   * A percentile of the values of an arm.
   *
   * @param values number of values
   * @param value the percentile; null without values
   * @param lower the percentile below it that bounds its interval; null if it is out of range
   * @param upper the percentile above it that bounds its interval; null if it is out of range
   * @param shares over the units that have values, how many of them are at or below the percentile,
   *     and how many there are; null when every unit has exactly one value
   */
  public record QuantileStats(
      long values, Double value, Double lower, Double upper, PairMoments shares) {}
}
