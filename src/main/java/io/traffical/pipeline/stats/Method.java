package io.traffical.pipeline.stats;

import java.math.BigDecimal;

/**
 * How a lift is tested and its interval drawn: once, at a fixed horizon, or at any number of looks.
 *
 * <p>Sequential intervals are an asymptotic confidence sequence: all looks together cover with the
 * confidence. Source: Waudby-Smith et al., "Time-uniform central limit theory and asymptotic
 * confidence sequences" (arXiv 2103.06476), equation 9, tuned to be narrowest near the target.
 *
 * @param confidence share of intervals that cover the true lift, in (0, 1), such as 0.95
 * @param targetSampleSize expected final number of units of both arms, fixed before the first look
 *     whatever the number is at the look; 0 for a fixed horizon
 */
public record Method(double confidence, long targetSampleSize) {

  /** The target where nothing is known of the experiment's size, as GrowthBook has it. */
  public static final long DEFAULT_TARGET_SAMPLE_SIZE = 5000;

  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException if the confidence is not in (0, 1) or the target is negative
   */
  public Method {
    if (!(confidence > 0 && confidence < 1)) {
      throw new IllegalArgumentException(
          "confidence: must be between 0 and 1, such as 0.95; found " + confidence);
    }
    if (targetSampleSize < 0) {
      throw new IllegalArgumentException(
          "targetSampleSize: must be at least 1; found " + targetSampleSize);
    }
  }

  /** Returns the test of one look: Welch's t. */
  public static Method fixed(double confidence) {
    return new Method(confidence, 0);
  }

  /**
   * Returns the test that stays valid however often one looks.
   *
   * @throws IllegalArgumentException if the confidence is not in (0, 1) or the target is below 1
   */
  public static Method sequential(double confidence, long targetSampleSize) {
    return new Method(confidence, targetSampleSize == 0 ? -1 : targetSampleSize);
  }

  /** Returns whether the test stays valid at any number of looks. */
  public boolean isSequential() {
    return targetSampleSize > 0;
  }

  /** Returns the name that results show. */
  public String text() {
    return isSequential() ? "sequential" : "fixed";
  }

  /** Returns the share of intervals that miss, both sides together. */
  public double alpha() {
    // In decimals: 1 - 0.95 as doubles is not the 0.05 that a reader compares the p-value with.
    return BigDecimal.ONE.subtract(BigDecimal.valueOf(confidence)).doubleValue();
  }

  /**
   * Returns half the width of a sequential interval in standard errors.
   *
   * @param units number of units of both arms, at least 1
   */
  double multiplier(long units) {
    double k = -2 * Math.log(alpha());
    double scaled = units * ((k + Math.log1p(k)) / targetSampleSize);
    return Math.sqrt((scaled + 1) / scaled * (Math.log1p(scaled) + k));
  }

  /** Returns the difference of two independent estimates of n and m units. */
  Difference difference(
      double estimate, double controlError, long n, double treatmentError, long m) {
    return isSequential()
        ? Difference.anytime(estimate, Math.hypot(controlError, treatmentError), multiplier(n + m))
        : Difference.welch(estimate, controlError, n, treatmentError, m, alpha());
  }
}
