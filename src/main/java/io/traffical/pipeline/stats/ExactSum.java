package io.traffical.pipeline.stats;

/**
 * A running sum held in two doubles, {@code high + low}, so that it carries about 106 bits: the
 * order of the values and the cancelling of large ones do not show in {@link #value()}. Mutable,
 * allocates nothing, not thread-safe.
 *
 * <p>Source: Knuth's TwoSum and Dekker's renormalisation, as in Ogita, Rump and Oishi, "Accurate
 * sum and dot product" (2005).
 */
public final class ExactSum {
  private double high;
  private double low;

  /** Creates a sum of nothing, 0. */
  public ExactSum() {}

  /** Creates the sum that {@link #high()} and {@link #low()} of another one described. */
  public ExactSum(double high, double low) {
    add(high, low);
  }

  /** Adds a value. NaN or an infinity, given or reached, makes the sum not finite for good. */
  public void add(double value) {
    add(value, 0);
  }

  /** Adds a sum given by its two parts. */
  public void add(double otherHigh, double otherLow) {
    double sum = high + otherHigh;
    double rest = twoSumError(high, otherHigh, sum) + (low + otherLow);
    high = sum + rest;
    low = rest - (high - sum);
  }

  /**
   * Adds to a sum that is kept in an array: its high part at the given place, its low part after
   * it. For the many small sums that cannot each afford an object.
   */
  public static void add(double[] sums, int at, double otherHigh, double otherLow) {
    double high = sums[at];
    double sum = high + otherHigh;
    double rest = twoSumError(high, otherHigh, sum) + (sums[at + 1] + otherLow);
    sums[at] = sum + rest;
    sums[at + 1] = rest - (sums[at] - sum);
  }

  /** Makes this the sum of nothing again. */
  public void clear() {
    high = 0;
    low = 0;
  }

  /** Returns the sum, rounded once. */
  public double value() {
    return high + low;
  }

  /** Returns the leading part, which is the rounded sum. */
  public double high() {
    return high;
  }

  /** Returns what rounding left out of {@link #high()}, at most half a unit in its last place. */
  public double low() {
    return low;
  }

  /** Returns whether the sum has neither overflowed nor met a NaN or an infinity. */
  public boolean isFinite() {
    return Double.isFinite(high) && Double.isFinite(low);
  }

  /** Returns what rounding took from {@code a + b} when it gave {@code sum} (Knuth's TwoSum). */
  static double twoSumError(double a, double b, double sum) {
    double bPart = sum - a;
    return (a - (sum - bPart)) + (b - bPart);
  }
}
