package io.traffical.pipeline.stats;

/**
 * Folds units into {@link Moments}, one value per unit. Mutable, allocates nothing per unit, not
 * thread-safe.
 *
 * <p>The mean is held in two doubles, so that a large common offset does not cost the variance its
 * digits. Sources: Welford (1962) for one value, Chan, Golub and LeVeque (1983) for a set.
 */
public final class MomentsBuilder {
  private final ExactSum sum = new ExactSum();
  private long n;
  private double mean;
  private double meanLow;
  private double m2;

  /** Adds one unit. NaN or an infinity, given or reached, makes the moments not finite for good. */
  public void add(double value) {
    n++;
    double before = deviation(value);
    shiftMean(before / n);
    m2 += before * deviation(value);
    sum.add(value);
  }

  /**
   * Adds units whose value is 0, in constant time.
   *
   * @throws IllegalArgumentException if {@code count} is negative
   */
  public void addZeros(long count) {
    if (count < 0) {
      throw new IllegalArgumentException("moments: cannot add " + count + " units");
    }
    merge(count, 0, 0);
  }

  /** Adds another, disjoint set of units. */
  public void merge(Moments other) {
    merge(other.n(), other.mean(), other.m2());
    sum.add(other.sum());
  }

  /** Returns the moments of the units added so far; the builder may go on. */
  public Moments toMoments() {
    return new Moments(n, mean + meanLow, m2, sum.value());
  }

  /** Returns the number of units added so far. */
  long n() {
    return n;
  }

  /** Returns how far the value is from the mean of the units added so far, or from 0. */
  double deviation(double value) {
    return (value - mean) - meanLow;
  }

  private void merge(long otherN, double otherMean, double otherM2) {
    if (otherN == 0) {
      return;
    }
    long total = n + otherN;
    double delta = deviation(otherMean);
    double share = otherN / (double) total;
    m2 += otherM2 + delta * delta * (n * share);
    shiftMean(n == 0 ? delta : delta * share);
    n = total;
  }

  private void shiftMean(double step) {
    double lowStep = meanLow + step;
    double shifted = mean + lowStep;
    meanLow = ExactSum.twoSumError(mean, lowStep, shifted);
    mean = shifted;
  }
}
