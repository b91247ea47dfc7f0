package io.traffical.pipeline.stats;

/**
 * How many units an experiment needs to find an effect, and which effect it can find with so many.
 * For two-sided tests at a fixed horizon, by the normal approximation, with the same variance per
 * unit in both arms; the effect in the wrong direction is not counted as found.
 *
 * @param controlShare share of all units that the control gets, in (0, 1)
 * @param treatmentShare share of all units that the treatment gets, in (0, 1)
 * @param confidence of the test, in (0, 1), such as 0.95
 * @param power chance to find the effect, in [0.5, 1), such as 0.8
 */
public record Power(double controlShare, double treatmentShare, double confidence, double power) {

  /** The usual chance to find an effect that is there. */
  public static final double USUAL = 0.8;

  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException if a share is not in (0, 1), both exceed 1 together, or
   *     confidence or power are out of range
   */
  public Power {
    boolean isSplit =
        controlShare > 0 && treatmentShare > 0 && controlShare + treatmentShare <= 1 + 1e-6;
    if (!isSplit) {
      throw new IllegalArgumentException(
          "shares: must be positive and add up to 1 at most; found %s and %s"
              .formatted(controlShare, treatmentShare));
    }
    if (!(power >= 0.5 && power < 1)) {
      throw new IllegalArgumentException(
          "power: must be at least 0.5 and below 1, such as 0.8; found " + power);
    }
    Method.fixed(confidence);
  }

  /** Returns the plan with the usual power of 0.8. */
  public static Power of(double controlShare, double treatmentShare, double confidence) {
    return new Power(controlShare, treatmentShare, confidence, USUAL);
  }

  /**
   * Returns the number of units of all allocations of the policy, rounded up, that the effect
   * needs; null if the baseline is 0, to which nothing is relative.
   *
   * @param baseline the control's value
   * @param unitVariance variance that a unit contributes, {@link ArmEstimate#unitVariance()}; with
   *     CUPED times 1 - its variance reduction
   * @param relativeEffect smallest |lift| / |baseline| to be found, positive
   * @throws IllegalArgumentException if the variance or the effect is not positive
   */
  public Long requiredUnits(double baseline, double unitVariance, double relativeEffect) {
    requirePositive("variance", unitVariance);
    requirePositive("effect", relativeEffect);
    double effect = relativeEffect * Math.abs(baseline);
    double units = quantiles() * quantiles() * (unitVariance / effect) / effect * inverseShares();
    return Double.isFinite(units) ? Long.valueOf((long) Math.ceil(units)) : null;
  }

  /**
   * Returns the smallest |lift| / |baseline| that so many units find with the power; null if the
   * baseline is 0.
   *
   * @param units of all allocations of the policy, at least 1
   * @throws IllegalArgumentException if the variance is not positive or there are no units
   */
  public Double detectableEffect(double baseline, double unitVariance, long units) {
    requirePositive("variance", unitVariance);
    requirePositive("units", (double) units);
    double effect =
        quantiles() * Math.sqrt(unitVariance * inverseShares() / units) / Math.abs(baseline);
    return Double.isFinite(effect) ? Double.valueOf(effect) : null;
  }

  /** Returns the distance of the effect from 0, in standard errors of the lift. */
  private double quantiles() {
    return Reference.NORMAL.critical(Method.fixed(confidence).alpha())
        + Reference.NORMAL.critical(2 * (1 - power));
  }

  private double inverseShares() {
    return 1 / controlShare + 1 / treatmentShare;
  }

  private static void requirePositive(String what, double number) {
    if (!(number > 0 && Double.isFinite(number))) {
      throw new IllegalArgumentException(
          "power: %s must be positive; found %s".formatted(what, number));
    }
  }
}
