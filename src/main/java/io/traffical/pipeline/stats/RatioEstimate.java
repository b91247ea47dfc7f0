package io.traffical.pipeline.stats;

import io.traffical.pipeline.stats.ArmEstimate.Kind;

/**
 * The ratio R of two sums over units and its error by the delta method: {@code V = (s2_n - 2 R s_nd
 * + R^2 s2_d) / (n dbar^2)}, the variance of {@code num - R den} over units (Deng, Knoblich and Lu
 * 2018). With clusters as units it is the cluster-robust variance CR0 times K / (K - 1).
 */
final class RatioEstimate {
  private static final int LEAST_UNITS_WITH_DENOMINATOR = 5;
  private static final double LARGEST_ERROR_OF_DENOMINATOR = 1.0 / 3;

  private RatioEstimate() {}

  static ArmEstimate of(PairMoments pairs, long unitsWithDenominator) {
    if (unitsWithDenominator < 0 || unitsWithDenominator > pairs.n()) {
      throw new IllegalArgumentException(
          "ratio: %d of %d units cannot have a denominator"
              .formatted(unitsWithDenominator, pairs.n()));
    }
    return of(pairs, unitsWithDenominator < LEAST_UNITS_WITH_DENOMINATOR);
  }

  static ArmEstimate ofClusters(PairMoments clusters) {
    return of(clusters, false);
  }

  /** Returns the standard error of the ratio of the sums, 0 if every unit has the same ratio. */
  static double standardError(PairMoments pairs) {
    double n = pairs.n();
    double ratio = pairs.first().sum() / pairs.second().sum();
    return Math.sqrt(pairs.residualM2(ratio) / (n - 1) * n) / Math.abs(pairs.second().sum());
  }

  /**
   * Returns whether the denominators are so uneven that the delta formula cannot be trusted: their
   * mean is known no better than to a third. Few large units then make up the ratio, and their
   * residuals, from a ratio that is theirs, are small: the error would be, too.
   */
  static boolean isUneven(Moments denominators) {
    double relativeError =
        Math.sqrt(denominators.m2() / (denominators.n() - 1) * denominators.n())
            / Math.abs(denominators.sum());
    return !(relativeError <= LARGEST_ERROR_OF_DENOMINATOR);
  }

  private static ArmEstimate of(PairMoments pairs, boolean isSparse) {
    pairs.requireFinite();
    if (pairs.n() == 0) {
      return ArmEstimate.empty(Kind.RATIO);
    }
    double numerator = pairs.first().sum();
    double denominator = pairs.second().sum();
    Reason reason = reason(pairs, isSparse);
    Double value = denominator == 0 ? null : Double.valueOf(numerator / denominator);
    double error = reason == null ? standardError(pairs) : 0;
    return new ArmEstimate(
        Kind.RATIO,
        pairs.n(),
        numerator,
        denominator,
        value,
        null,
        error == 0 ? null : Double.valueOf(error),
        reason);
  }

  private static Reason reason(PairMoments pairs, boolean isSparse) {
    if (pairs.second().sum() == 0) {
      return Reason.ZERO_DENOMINATOR;
    }
    if (pairs.n() < 2) {
      return Reason.INSUFFICIENT_UNITS;
    }
    return isSparse || isUneven(pairs.second()) ? Reason.SPARSE_DENOMINATOR : null;
  }
}
