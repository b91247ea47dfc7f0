package io.traffical.pipeline.stats;

/**
 * Moments of two values per unit and how they vary together: all that a ratio, a cluster-robust
 * mean or a covariate adjustment needs. Immutable; {@link #merge} is associative up to rounding.
 * Use {@link PairMomentsBuilder} to fold many units.
 *
 * @param first moments of the first value: a numerator, or an outcome
 * @param second moments of the second value of the same units: a denominator, or a covariate
 * @param comoment sum over units of the products of both values' deviations from their means
 */
public record PairMoments(Moments first, Moments second, double comoment) {

  /** The moments of no unit. */
  public static final PairMoments EMPTY = new PairMoments(Moments.EMPTY, Moments.EMPTY, 0);

  /** What cancels to this share of its terms, or less, is rounding. */
  private static final double ROUNDING = 1e-12;

  /**
   * Checks the counts; NaN and infinities pass, {@link #isFinite()} tells.
   *
   * @throws IllegalArgumentException if the two values are of different numbers of units, or no
   *     units vary together
   */
  public PairMoments {
    if (first.n() != second.n() || (first.n() == 0 && comoment != 0)) {
      throw new IllegalArgumentException(
          "pair moments: both values must be of the same units; found %s, %s and comoment %s"
              .formatted(first, second, comoment));
    }
  }

  /** Returns the moments of one unit. */
  public static PairMoments of(double first, double second) {
    return new PairMoments(Moments.of(first), Moments.of(second), 0);
  }

  /** Returns the number of units, at least 0. */
  public long n() {
    return first.n();
  }

  /** Returns these moments with the other, disjoint set of units added (Chan et al. 1983). */
  public PairMoments merge(PairMoments other) {
    PairMomentsBuilder both = new PairMomentsBuilder();
    both.merge(this);
    both.merge(other);
    return both.toMoments();
  }

  /** Returns whether nothing overflowed and no value was NaN or infinite. */
  public boolean isFinite() {
    return first.isFinite() && second.isFinite() && Double.isFinite(comoment);
  }

  /**
   * Returns the centred sum of squares of {@code first - slope * second}, at least 0. It is exactly
   * 0 where nothing but rounding is left of it: an error must not come from that.
   */
  double residualM2(double slope) {
    double explained = slope * slope * second.m2();
    double residual = first.m2() + explained - 2 * slope * comoment;
    double ulp = 2 * Math.max(Math.ulp(first.mean()), Math.abs(slope) * Math.ulp(second.mean()));
    double noise = ROUNDING * (first.m2() + explained) + n() * ulp * ulp;
    return residual > noise ? residual : 0;
  }

  /** Refuses what cannot be computed with. */
  void requireFinite() {
    if (!isFinite()) {
      throw new IllegalArgumentException(
          "moments: a value was not finite, or their sum or squares are too large for a double; found "
              + this);
    }
  }
}
