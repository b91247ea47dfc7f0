package io.traffical.pipeline.stats;

/**
 * Where a percentile and the ends of its distribution-free interval are read off the ordered
 * values: at q and at q - h and q + h, with {@code h = z sqrt(q (1 - q) / n)}.
 *
 * @param q the percentile's probability, in (0, 1), such as 0.95
 * @param values number of values, n, at least 0
 * @param z normal quantile at 1 - alpha / 2 of the confidence
 */
public record QuantileProbabilities(double q, long values, double z) {

  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException if q is not in (0, 1) or the number of values is negative
   */
  public QuantileProbabilities {
    if (!(q > 0 && q < 1)) {
      throw new IllegalArgumentException(
          "percentile: must be between 0 and 1, such as 0.95; found " + q);
    }
    if (values < 0) {
      throw new IllegalArgumentException("percentile: no set has " + values + " values");
    }
  }

  /**
   * Returns the probabilities for so many values.
   *
   * @throws IllegalArgumentException if q or the confidence is not in (0, 1) or the number of
   *     values is negative
   */
  public static QuantileProbabilities of(double q, long values, double confidence) {
    double alpha = Method.fixed(confidence).alpha();
    return new QuantileProbabilities(q, values, Reference.NORMAL.critical(alpha));
  }

  /** Returns q - h; below 0 when out of range. */
  public double lower() {
    return q - halfWidth();
  }

  /** Returns q + h; above 1 when out of range. */
  public double upper() {
    return q + halfWidth();
  }

  /** Returns whether both ends lie within the values; false without values. */
  public boolean isInRange() {
    return lower() > 0 && upper() < 1;
  }

  private double halfWidth() {
    return z * Math.sqrt(q * (1 - q) / values);
  }
}
