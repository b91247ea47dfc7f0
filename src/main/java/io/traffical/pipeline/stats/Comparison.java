package io.traffical.pipeline.stats;

import io.traffical.pipeline.stats.ArmEstimate.Kind;
import java.math.BigDecimal;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A treatment compared with the control, two-sided, at a fixed horizon. Grain: one (policy, metric,
 * treatment). What cannot be computed is null, and {@code reasons} says why.
 *
 * <p>There is one decision, on the absolute scale: {@code significant} means that the interval of
 * the lift excludes 0, which means that the p-value is below 1 - confidence. The relative interval,
 * where there is one, excludes 0 in the same cases.
 *
 * @param lift treatment minus control, as measured; null if an arm has no units
 * @param liftStandardError of the lift; with {@link Reason#PROPORTION_AT_BOUND} that of Agresti and
 *     Caffo's amended difference, whose interval and p-value stand beside it
 * @param liftLower lower end of the lift's interval
 * @param liftUpper upper end of the lift's interval
 * @param relativeLift lift / |control|, so that its sign is the lift's
 * @param relativeLiftLower lower end of Fieller's interval of the relative lift
 * @param relativeLiftUpper upper end of Fieller's interval of the relative lift
 * @param pValue two-sided, in (0, 1]; with {@link Reason#PROPORTION_AT_BOUND} the normal
 *     probability beyond amended difference / its standard error
 * @param significant false also when nothing could be tested
 * @param reasons in the order of {@link Reason}; empty if every number is there, in the usual way
 */
public record Comparison(
    Double lift,
    Double liftStandardError,
    Double liftLower,
    Double liftUpper,
    Double relativeLift,
    Double relativeLiftLower,
    Double relativeLiftUpper,
    Double pValue,
    boolean significant,
    Set<Reason> reasons) {

  /** Keeps its own copy of the reasons, in their order. */
  public Comparison {
    EnumSet<Reason> ordered = EnumSet.noneOf(Reason.class);
    ordered.addAll(reasons);
    reasons = Collections.unmodifiableSet(ordered);
  }

  /**
   * Compares two arms of the same metric.
   *
   * @param confidence share of intervals that cover the true lift, in (0, 1), such as 0.95
   * @throws IllegalArgumentException if the confidence is not in (0, 1) or the arms differ in kind
   */
  public static Comparison of(ArmEstimate control, ArmEstimate treatment, double confidence) {
    double alpha = alpha(confidence);
    if (control.kind() != treatment.kind()) {
      throw new IllegalArgumentException(
          "comparison: the arms differ in kind; found %s and %s"
              .formatted(control.kind(), treatment.kind()));
    }
    if (control.units() < 2 || treatment.units() < 2) {
      boolean hasLift = control.units() > 0 && treatment.units() > 0;
      return untested(
          hasLift ? Double.valueOf(treatment.value() - control.value()) : null,
          null,
          EnumSet.of(Reason.INSUFFICIENT_UNITS));
    }
    boolean isEitherConstant = control.isConstant() || treatment.isConstant();
    if (control.kind() == Kind.PROPORTION && isEitherConstant) {
      return atBound(control, treatment, alpha);
    }
    if (control.isConstant() && treatment.isConstant()) {
      EnumSet<Reason> reasons = EnumSet.of(Reason.ZERO_VARIANCE);
      return untested(
          treatment.value() - control.value(), relativeLift(control, treatment, reasons), reasons);
    }
    return welch(control, treatment, alpha);
  }

  /** Returns the reasons joined by commas, or null if there are none. */
  public String reason() {
    return reasons.isEmpty()
        ? null
        : reasons.stream().map(Reason::text).collect(Collectors.joining(","));
  }

  static double alpha(double confidence) {
    if (!(confidence > 0 && confidence < 1)) {
      throw new IllegalArgumentException(
          "confidence: must be between 0 and 1, such as 0.95; found " + confidence);
    }
    // In decimals: 1 - 0.95 as doubles is not the 0.05 that a reader compares the p-value with.
    return BigDecimal.ONE.subtract(BigDecimal.valueOf(confidence)).doubleValue();
  }

  private static Comparison welch(ArmEstimate control, ArmEstimate treatment, double alpha) {
    EnumSet<Reason> reasons = EnumSet.noneOf(Reason.class);
    if (control.isConstant() || treatment.isConstant()) {
      reasons.add(Reason.VARIANCE_FLOORED);
    }
    double controlError = errorOrBorrowed(control, treatment);
    double treatmentError = errorOrBorrowed(treatment, control);
    Difference difference =
        Difference.welch(
            treatment.value() - control.value(),
            controlError,
            control.units(),
            treatmentError,
            treatment.units(),
            alpha);
    Double relativeLift = relativeLift(control, treatment, reasons);
    Fieller relative = null;
    if (relativeLift != null) {
      relative =
          Fieller.of(control.value(), controlError, treatment.value(), treatmentError, difference);
      if (relative == null) {
        reasons.add(Reason.RELATIVE_UNBOUNDED);
      }
    }
    return tested(difference.estimate(), difference, relativeLift, relative, reasons);
  }

  private static Comparison atBound(ArmEstimate control, ArmEstimate treatment, double alpha) {
    EnumSet<Reason> reasons = EnumSet.of(Reason.PROPORTION_AT_BOUND);
    return tested(
        treatment.value() - control.value(),
        Difference.agrestiCaffo(control, treatment, alpha),
        relativeLift(control, treatment, reasons),
        null,
        reasons);
  }

  private static double errorOrBorrowed(ArmEstimate arm, ArmEstimate other) {
    return arm.isConstant()
        ? Math.sqrt(other.variance()) / Math.sqrt((double) arm.units())
        : arm.standardError().doubleValue();
  }

  private static Double relativeLift(
      ArmEstimate control, ArmEstimate treatment, EnumSet<Reason> reasons) {
    double relative = (treatment.value() - control.value()) / Math.abs(control.value());
    if (Double.isFinite(relative)) {
      return relative;
    }
    reasons.add(Reason.CONTROL_ZERO);
    return null;
  }

  private static Comparison untested(Double lift, Double relativeLift, Set<Reason> reasons) {
    return new Comparison(lift, null, null, null, relativeLift, null, null, null, false, reasons);
  }

  private static Comparison tested(
      double lift,
      Difference difference,
      Double relativeLift,
      Fieller relative,
      Set<Reason> reasons) {
    return new Comparison(
        lift,
        difference.standardError(),
        difference.lower(),
        difference.upper(),
        relativeLift,
        relative == null ? null : Double.valueOf(relative.lower()),
        relative == null ? null : Double.valueOf(relative.upper()),
        difference.pValue(),
        difference.excludesZero(),
        reasons);
  }
}
