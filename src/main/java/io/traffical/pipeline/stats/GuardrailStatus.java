package io.traffical.pipeline.stats;

import java.util.Locale;

/**
 * Whether a metric that a policy must not harm is still safe. Grain: one (policy, metric,
 * treatment). It says what the relative interval rules out, not where the lift happens to be.
 */
public enum GuardrailStatus {
  /** Harm as large as the threshold is ruled out. */
  PASSING,
  /** Nothing but harm larger than the threshold is left. */
  FAILING,
  /** Neither, or there is no relative interval. */
  INSUFFICIENT_DATA;

  /**
   * Returns the status of a metric that must not decrease.
   *
   * @param threshold tolerated relative decrease, at least 0: 0.01 is one per cent of the control
   * @throws IllegalArgumentException if the threshold is negative or not finite
   */
  public static GuardrailStatus mustNotDecrease(Comparison comparison, double threshold) {
    requireShare(threshold);
    Double lower = comparison.relativeLiftLower();
    Double upper = comparison.relativeLiftUpper();
    return lower == null || upper == null
        ? INSUFFICIENT_DATA
        : of(lower > -threshold, upper < -threshold);
  }

  /**
   * Returns the status of a metric that must not increase.
   *
   * @param threshold tolerated relative increase, at least 0: 0.01 is one per cent of the control
   * @throws IllegalArgumentException if the threshold is negative or not finite
   */
  public static GuardrailStatus mustNotIncrease(Comparison comparison, double threshold) {
    requireShare(threshold);
    Double lower = comparison.relativeLiftLower();
    Double upper = comparison.relativeLiftUpper();
    return lower == null || upper == null
        ? INSUFFICIENT_DATA
        : of(upper < threshold, lower > threshold);
  }

  /** Returns the name that results show, in lower case. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }

  private static GuardrailStatus of(boolean isSafe, boolean isHarmful) {
    if (isSafe) {
      return PASSING;
    }
    return isHarmful ? FAILING : INSUFFICIENT_DATA;
  }

  private static void requireShare(double threshold) {
    if (!(threshold >= 0 && Double.isFinite(threshold))) {
      throw new IllegalArgumentException(
          "threshold: must be at least 0, such as 0.01; found " + threshold);
    }
  }
}
