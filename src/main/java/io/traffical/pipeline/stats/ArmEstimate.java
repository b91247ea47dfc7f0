package io.traffical.pipeline.stats;

/**
 * The estimate of one metric in one arm, unadjusted. Grain: one (policy, allocation, metric).
 *
 * @param kind what the per-unit values are
 * @param units number of units, the denominator of the estimate; at least 0
 * @param numerator sum of the per-unit values; of a proportion, the number of converted units
 * @param value numerator / units; null without units
 * @param variance of a mean the sample variance, null for fewer than two units; of a proportion
 *     p(1-p), null without units
 * @param standardError of {@code value}, the root of variance / units; null where the variance is
 *     null, or 0 because every unit has the same value: that says nothing of the error, least of
 *     all that there is none
 */
public record ArmEstimate(
    Kind kind, long units, double numerator, Double value, Double variance, Double standardError) {

  /** What the per-unit values of a metric are. */
  public enum Kind {
    /** Any number: a sum of a measure, or a count of events. */
    MEAN,
    /** 1 for a unit that converted, 0 for one that did not. */
    PROPORTION
  }

  /**
   * Returns the estimate that these moments give. The value is the sum over the units, not the
   * updated mean: numerator, units and value agree, and values that cancel give exactly 0.
   *
   * @throws IllegalArgumentException if the moments are not finite, or those of a proportion are
   *     not of zeros and ones
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
      return new ArmEstimate(kind, 0, 0, null, null, null);
    }
    Double variance =
        kind == Kind.PROPORTION
            ? Double.valueOf((sum / units) * ((units - sum) / units))
            : moments.sampleVariance();
    return new ArmEstimate(
        kind, units, sum, sum / units, variance, standardErrorOfMean(variance, units));
  }

  /** Returns the number of units, by which the numerator is divided. */
  public long denominator() {
    return units;
  }

  /** Returns whether all units, of which there are at least two, have the same value. */
  boolean isConstant() {
    return units >= 2 && standardError == null;
  }

  private static Double standardErrorOfMean(Double variance, long units) {
    return variance == null || variance == 0
        ? null
        : Double.valueOf(Math.sqrt(variance) / Math.sqrt((double) units));
  }
}
