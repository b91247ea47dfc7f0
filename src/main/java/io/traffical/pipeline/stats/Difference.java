package io.traffical.pipeline.stats;

/**
 * An estimated difference between two arms, its interval and its p-value, which agree: the interval
 * excludes 0 exactly when {@code pValue < alpha}.
 *
 * @param estimate centre of the interval before clipping
 * @param standardError of the estimate, positive
 * @param critical half the width of the unclipped interval in standard errors
 * @param lower lower end of the interval
 * @param upper upper end of the interval
 * @param pValue two-sided, in (0, 1]; null when the interval is one of a sequence
 */
record Difference(
    double estimate,
    double standardError,
    double critical,
    double lower,
    double upper,
    Double pValue) {

  /** Returns the difference at the level alpha with critical value and p from the reference. */
  static Difference of(double estimate, double standardError, Reference reference, double alpha) {
    Difference interval = anytime(estimate, standardError, reference.critical(alpha));
    double p = reference.pValue(estimate / standardError);
    // At the very edge, rounding may part what is one decision; the interval has it.
    double agreed =
        interval.excludesZero() ? Math.min(p, Math.nextDown(alpha)) : Math.max(p, alpha);
    return new Difference(
        estimate, standardError, interval.critical, interval.lower, interval.upper, agreed);
  }

  /** Returns the difference whose interval is so many standard errors wide on each side. */
  static Difference anytime(double estimate, double standardError, double critical) {
    double margin = critical * standardError;
    return new Difference(
        estimate, standardError, critical, estimate - margin, estimate + margin, null);
  }

  /**
   * Returns the difference of two means with unequal variances, by Student's t with the degrees of
   * freedom of Welch (1947) and Satterthwaite (1946). Proportions use it too, with p(1-p) as the
   * variance.
   */
  static Difference welch(
      double estimate, double controlError, long n, double treatmentError, long m, double alpha) {
    double error = Math.hypot(controlError, treatmentError);
    double share = controlError / error * (controlError / error);
    double otherShare = treatmentError / error * (treatmentError / error);
    double degrees = 1 / (share * share / (n - 1) + otherShare * otherShare / (m - 1));
    return of(estimate, error, Reference.studentT(degrees), alpha);
  }

  /**
   * Returns the difference of two proportions by Agresti and Caffo (2000): one success and one
   * failure are added to each arm, the normal distribution decides, and the ends are clipped to
   * [-1, 1]. Estimate, error, interval and p-value are all those of the amended proportions, hence
   * agree.
   */
  static Difference agrestiCaffo(ArmEstimate control, ArmEstimate treatment, double alpha) {
    double a = (control.numerator() + 1) / (control.units() + 2);
    double b = (treatment.numerator() + 1) / (treatment.units() + 2);
    double error =
        Math.sqrt(a * (1 - a) / (control.units() + 2) + b * (1 - b) / (treatment.units() + 2));
    Difference d = of(b - a, error, Reference.NORMAL, alpha);
    return new Difference(
        d.estimate, error, d.critical, Math.max(d.lower, -1), Math.min(d.upper, 1), d.pValue);
  }

  boolean excludesZero() {
    return lower > 0 || upper < 0;
  }
}
