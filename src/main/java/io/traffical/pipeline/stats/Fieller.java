package io.traffical.pipeline.stats;

/**
 * Fieller's interval (1954) of the relative lift (B - A) / |A|, with independent estimates A of the
 * control and B of the treatment. It excludes 0 exactly when the interval of B - A does.
 *
 * @param lower lower end, a share of the control
 * @param upper upper end, a share of the control
 */
record Fieller(double lower, double upper) {

  /**
   * Returns the interval, or null if it is unbounded: when the control does not differ from 0 at
   * the same level, {@code A^2 <= c^2 V_A}.
   *
   * <p>Its ends are the roots of (D - L A)^2 = c^2 (V_B + V_A (1 + L)^2) in L. Divided by A^2 and
   * solved for L, not for B / A, nothing cancels: the discriminant becomes a sum of squares and the
   * product of the roots that of the ends of the absolute interval.
   */
  static Fieller of(double a, double errorOfA, double b, double errorOfB, Difference difference) {
    double relativeA = difference.critical() * errorOfA / Math.abs(a);
    double relativeB = difference.critical() * errorOfB / Math.abs(a);
    if (!(relativeA < 1)) {
      return null;
    }
    double g = relativeA * relativeA;
    double leading = (1 - relativeA) * (1 + relativeA);
    double middle = difference.estimate() / a + g;
    double root = Math.hypot(relativeA * (b / a), relativeB * Math.sqrt(leading));
    double larger = middle + Math.copySign(root, middle);
    double one = larger / leading;
    double other = (difference.lower() / a) * (difference.upper() / a) / larger;
    double sign = Math.signum(a);
    Fieller ends =
        new Fieller(Math.min(sign * one, sign * other), Math.max(sign * one, sign * other));
    return Double.isFinite(ends.lower) && Double.isFinite(ends.upper) ? ends : null;
  }
}
