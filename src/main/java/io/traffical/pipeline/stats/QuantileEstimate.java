package io.traffical.pipeline.stats;

import io.traffical.pipeline.stats.ArmEstimate.Kind;

/**
 * A percentile and its error: the width of its distribution-free interval in normal quantiles,
 * {@code (u - l) / (2 z)}, widened by how much more the share of values at or below it varies over
 * units than it would over independent values (Deng, Knoblich and Lu 2018).
 */
final class QuantileEstimate {
  private QuantileEstimate() {}

  static ArmEstimate ofEvents(
      QuantileProbabilities at, Double value, Double lower, Double upper, PairMoments shares) {
    shares.requireFinite();
    if (shares.second().sum() != at.values()) {
      throw new IllegalArgumentException(
          "percentile: of %d values, but its units have %s"
              .formatted(at.values(), shares.second().sum()));
    }
    Reason reason = reason(at, shares.n(), lower, upper);
    boolean isClustered = at.values() > shares.n();
    if (reason == null && isClustered && RatioEstimate.isUneven(shares.second())) {
      reason = Reason.SPARSE_DENOMINATOR;
    }
    double inflation =
        reason == null && isClustered
            ? RatioEstimate.standardError(shares) / Math.sqrt(at.q() * (1 - at.q()) / at.values())
            : 1;
    return of(at, shares.n(), value, lower, upper, inflation, reason);
  }

  static ArmEstimate ofUnits(QuantileProbabilities at, Double value, Double lower, Double upper) {
    Reason reason = reason(at, at.values(), lower, upper);
    return of(at, at.values(), value, lower, upper, 1, reason);
  }

  private static ArmEstimate of(
      QuantileProbabilities at,
      long units,
      Double value,
      Double lower,
      Double upper,
      double inflation,
      Reason reason) {
    if (units == 0) {
      return ArmEstimate.empty(Kind.QUANTILE);
    }
    Double error =
        reason == null && inflation > 0
            ? Double.valueOf((upper - lower) / (2 * at.z()) * inflation)
            : null;
    Reason why = reason == null && error == null ? Reason.ZERO_VARIANCE : reason;
    return new ArmEstimate(Kind.QUANTILE, units, null, null, value, null, error, why);
  }

  private static Reason reason(QuantileProbabilities at, long units, Double lower, Double upper) {
    if (units < 2) {
      return Reason.INSUFFICIENT_UNITS;
    }
    if (!at.isInRange()) {
      return Reason.QUANTILE_OUT_OF_RANGE;
    }
    return upper > lower ? null : Reason.ATOM_AT_QUANTILE;
  }
}
