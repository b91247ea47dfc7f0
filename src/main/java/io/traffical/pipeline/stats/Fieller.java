package io.traffical.pipeline.stats;

/**
 * Fieller's interval (1954) of the relative lift D / |A|, with estimates A of the control and D of
 * the difference from it, which vary together. It excludes 0 exactly when the interval of D does.
 *
 * @param lower lower end, a share of the control
 * @param upper upper end, a share of the control
 */
record Fieller(double lower, double upper) {

  /** Slope of D on A when the arms are independent and D is B - A. */
  static final double INDEPENDENT_ARMS = -1;

  /**
   * Returns the interval, or null if it is unbounded: when the control does not differ from 0 at
   * the same level, {@code A^2 <= c^2 V_A}.
   *
   * <p>Its ends are the roots of (D - L A)^2 = c^2 (W + V_A (L - k)^2) in L, where k = Cov(D, A) /
   * V_A and W = Var(D) - k^2 V_A is what of D does not vary with A. Divided by A^2 and solved for
   * L, nothing cancels: the discriminant becomes a sum of squares and the product of the roots that
   * of the ends of the absolute interval.
   *
   * @param slope k above
   * @param errorOfRest the root of W; of independent arms, the error of the treatment
   */
  static Fieller of(
      double a, double errorOfA, double slope, double errorOfRest, Difference difference) {
    double relativeA = difference.critical() * errorOfA / Math.abs(a);
    double relativeRest = difference.critical() * errorOfRest / Math.abs(a);
    if (!(relativeA < 1)) {
      return null;
    }
    double g = relativeA * relativeA;
    double leading = (1 - relativeA) * (1 + relativeA);
    double lift = difference.estimate() / a;
    double middle = lift - g * slope;
    double root = Math.hypot(relativeA * (lift - slope), relativeRest * Math.sqrt(leading));
    double larger = middle + Math.copySign(root, middle);
    double one = larger / leading;
    double other = (difference.lower() / a) * (difference.upper() / a) / larger;
    double sign = Math.signum(a);
    Fieller ends =
        new Fieller(Math.min(sign * one, sign * other), Math.max(sign * one, sign * other));
    return Double.isFinite(ends.lower) && Double.isFinite(ends.upper) ? ends : null;
  }
}
