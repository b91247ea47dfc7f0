package io.traffical.pipeline.stats;

/**
 * Count, mean, centred sum of squares and sum of one per-unit value over units: all that a mean or
 * a proportion and its variance need. Immutable; {@link #merge} is associative up to rounding. Use
 * {@link MomentsBuilder} to fold many units.
 *
 * @param n number of units, at least 0
 * @param mean per-unit mean, in the metric's unit; 0 when {@code n} is 0
 * @param m2 sum of squared deviations from the mean, at least 0, in the metric's unit squared
 * @param sum sum over units, in the metric's unit; 0 when {@code n} is 0
 */
public record Moments(long n, double mean, double m2, double sum) {

  /** The moments of no unit. */
  public static final Moments EMPTY = new Moments(0, 0, 0, 0);

  /**
   * Checks the ranges; NaN and infinities pass, {@link #isFinite()} tells.
   *
   * @throws IllegalArgumentException if {@code n} or {@code m2} is negative, or no unit has a value
   */
  public Moments {
    if (n < 0 || m2 < 0 || (n == 0 && (mean != 0 || m2 != 0 || sum != 0))) {
      throw new IllegalArgumentException(
          "moments: n and m2 must be at least 0, and no units have no value; found n=%d mean=%s m2=%s sum=%s"
              .formatted(n, mean, m2, sum));
    }
  }

  /** Returns the moments of one unit. */
  public static Moments of(double value) {
    return new Moments(1, value, 0, value);
  }

  /** Returns these moments with the other, disjoint set of units added (Chan et al. 1983). */
  public Moments merge(Moments other) {
    MomentsBuilder both = new MomentsBuilder();
    both.merge(this);
    both.merge(other);
    return both.toMoments();
  }

  /**
   * Returns the sample variance {@code m2 / (n - 1)}, or null for fewer than two units. Values that
   * differ by no more than the rounding of a double are constant: their variance is 0.
   */
  public Double sampleVariance() {
    if (n < 2) {
      return null;
    }
    double rounding = 2 * Math.ulp(mean);
    return m2 <= n * rounding * rounding ? 0 : m2 / (n - 1);
  }

  /** Returns whether nothing overflowed and no value was NaN or infinite. */
  public boolean isFinite() {
    return Double.isFinite(mean) && Double.isFinite(m2) && Double.isFinite(sum);
  }
}
