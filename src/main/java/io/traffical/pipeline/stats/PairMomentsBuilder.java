package io.traffical.pipeline.stats;

/**
 * Folds units into {@link PairMoments}, two values per unit. Mutable, allocates nothing per unit,
 * not thread-safe.
 *
 * <p>The means are held in two doubles each, as {@link MomentsBuilder} has them. Sources: Welford
 * (1962) and Chan, Golub and LeVeque (1983), whose updates hold for products as for squares.
 */
public final class PairMomentsBuilder {
  private final MomentsBuilder first = new MomentsBuilder();
  private final MomentsBuilder second = new MomentsBuilder();
  private double comoment;

  /** Adds one unit. NaN or an infinity, given or reached, makes the moments not finite for good. */
  public void add(double firstValue, double secondValue) {
    double before = first.deviation(firstValue);
    first.add(firstValue);
    second.add(secondValue);
    comoment += before * second.deviation(secondValue);
  }

  /**
   * Adds units whose values are both 0, in constant time.
   *
   * @throws IllegalArgumentException if {@code count} is negative
   */
  public void addZeros(long count) {
    double product = first.deviation(0) * second.deviation(0);
    double weight = weightOfMerged(count);
    first.addZeros(count);
    second.addZeros(count);
    comoment += product * weight;
  }

  /** Adds another, disjoint set of units. */
  public void merge(PairMoments other) {
    double product =
        first.deviation(other.first().mean()) * second.deviation(other.second().mean());
    comoment += other.comoment() + product * weightOfMerged(other.n());
    first.merge(other.first());
    second.merge(other.second());
  }

  /** Returns the moments of the units added so far; the builder may go on. */
  public PairMoments toMoments() {
    return new PairMoments(first.toMoments(), second.toMoments(), comoment);
  }

  /** Returns n m / (n + m), by which the distance of two sets' means counts; 0 if one is empty. */
  private double weightOfMerged(long count) {
    long n = first.n();
    return n == 0 || count == 0 ? 0 : n * (count / (double) (n + count));
  }
}
