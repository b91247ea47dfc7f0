package io.traffical.pipeline.stats;

/**
 * The estimate of one metric in one arm, unadjusted. Grain: one (policy, allocation, metric).
 *
 * @param kind what is estimated
 * @param units number of randomised units that the error comes from, at least 0: of a ratio also
 *     those without a denominator, of a percentile of events only those with an event
 * @param numerator sum of the per-unit values; of a proportion, the number of converted units; null
 *     of a percentile
 * @param denominator what the numerator is divided by: the units, or the sum of the denominators;
 *     null of a percentile
 * @param value numerator / denominator, or the percentile; null without units or denominator
 * @param variance of a mean the sample variance, null for fewer than two units; of a proportion
 *     p(1-p), null without units; null of a ratio and a percentile, which are not means over units
 * @param standardError of {@code value}; null where it cannot be estimated, or would be 0 because
 *     every unit has the same value: that says nothing of the error, least of all that there is
 *     none
 * @param reason why nothing of this arm can be tested, whatever the other arm is; null if it can
 */
public record ArmEstimate(
    Kind kind,
    long units,
    Double numerator,
    Double denominator,
    Double value,
    Double variance,
    Double standardError,
    Reason reason) {

  /** What is estimated. */
  public enum Kind {
    /** The mean per unit of any number: a sum of a measure, or a count of events. */
    MEAN,
    /** The mean of 1 for a unit that converted, 0 for one that did not. */
    PROPORTION,
    /** A sum over units divided by another sum over the same units. */
    RATIO,
    /** A percentile of values, of which a unit may have several. */
    QUANTILE
  }

  /**
   * Returns the estimate of a mean or a proportion. The value is the sum over the units, not the
   * updated mean: numerator, units and value agree, and values that cancel give exactly 0.
   *
   * @throws IllegalArgumentException if the moments are not finite, or those of a proportion are
   *     not of zeros and ones, or the kind is another one
   */
  public static ArmEstimate of(Kind kind, Moments moments) {
    if (!moments.isFinite()) {
      throw new IllegalArgumentException(
          "moments: a value was not finite, or their sum or squares are too large for a double; found "
              + moments);
    }
    long units = moments.n();
    double sum = moments.sum();
    if (kind == Kind.PROPORTION && (sum < 0 || sum > units || sum != Math.rint(sum))) {
      throw new IllegalArgumentException(
          "moments: a proportion needs one 0 or 1 per unit; found " + moments);
    }
    if (units == 0) {
      return empty(kind);
    }
    Double variance =
        switch (kind) {
          case MEAN -> moments.sampleVariance();
          case PROPORTION -> (sum / units) * ((units - sum) / units);
          case RATIO, QUANTILE ->
              throw new IllegalArgumentException("moments: one value per unit gives no " + kind);
        };
    Double error =
        variance == null || variance == 0
            ? null
            : Double.valueOf(Math.sqrt(variance) / Math.sqrt((double) units));
    Reason reason = units < 2 ? Reason.INSUFFICIENT_UNITS : null;
    return new ArmEstimate(kind, units, sum, (double) units, sum / units, variance, error, reason);
  }

  /**
   * Returns the estimate of a ratio of two sums over units, with the error of the delta formula.
   *
   * @param pairs each unit's numerator and denominator; units without either count, with 0
   * @param unitsWithDenominator how many units have a denominator other than 0
   * @throws IllegalArgumentException if the moments are not finite, or have fewer units than those
   */
  public static ArmEstimate ofRatio(PairMoments pairs, long unitsWithDenominator) {
    return RatioEstimate.of(pairs, unitsWithDenominator);
  }

  /**
   * Returns the estimate of a mean over users where clusters of them were randomised: a ratio whose
   * units are the clusters. Two clusters suffice; with fewer than twenty, be wary.
   *
   * @param clusters each cluster's sum of the outcome, and its number of users
   * @throws IllegalArgumentException if the moments are not finite
   */
  public static ArmEstimate ofClusters(PairMoments clusters) {
    return RatioEstimate.ofClusters(clusters);
  }

  /**
   * Returns the estimate of a percentile of values of which a unit may have several.
   *
   * @param at the probabilities that the three values were taken at, of as many values
   * @param value the percentile; null without values, as the next two
   * @param lower the percentile at the lower probability; ignored if that is out of range
   * @param upper the percentile at the upper probability; ignored if that is out of range
   * @param shares over the units that have a value, each unit's number of values at or below the
   *     percentile, and its number of values
   * @throws IllegalArgumentException if the shares are not of so many values
   */
  public static ArmEstimate ofQuantile(
      QuantileProbabilities at, Double value, Double lower, Double upper, PairMoments shares) {
    return QuantileEstimate.ofEvents(at, value, lower, upper, shares);
  }

  /** Returns the estimate of a percentile of per-unit values: as of events, one for each unit. */
  public static ArmEstimate ofQuantile(
      QuantileProbabilities at, Double value, Double lower, Double upper) {
    return QuantileEstimate.ofUnits(at, value, lower, upper);
  }

  /**
   * Returns the variance that one unit contributes, {@code standardError^2 * units}, of whatever
   * kind the estimate is; null without a standard error.
   */
  public Double unitVariance() {
    return standardError == null
        ? null
        : Double.valueOf(standardError * standardError * (double) units);
  }

  /** Returns the estimate of no units. */
  static ArmEstimate empty(Kind kind) {
    Double none = kind == Kind.QUANTILE ? null : Double.valueOf(0);
    return new ArmEstimate(kind, 0, none, none, null, null, null, Reason.INSUFFICIENT_UNITS);
  }

  /** Returns whether all units, of which there are at least two, have the same value. */
  boolean isConstant() {
    return reason == null && standardError == null;
  }
}
