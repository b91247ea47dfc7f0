package io.traffical.pipeline.stats;

import io.traffical.pipeline.stats.ArmEstimate.Kind;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A treatment compared with the control, two-sided. Grain: one (policy, metric, treatment). What
 * cannot be computed is null, and {@code reasons} says why.
 *
 * <p>There is one decision, on the absolute scale: {@code significant} means that the interval of
 * the lift excludes 0, which at a fixed horizon means that the p-value is below 1 - confidence. The
 * relative interval, where there is one, excludes 0 in the same cases.
 *
 * @param lift treatment minus control, as measured; null if an arm has no value
 * @param liftStandardError of the lift; with {@link Reason#PROPORTION_AT_BOUND} that of Agresti and
 *     Caffo's amended difference, whose interval and p-value stand beside it
 * @param liftLower lower end of the lift's interval
 * @param liftUpper upper end of the lift's interval
 * @param relativeLift lift / |control|, so that its sign is the lift's
 * @param relativeLiftLower lower end of Fieller's interval of the relative lift
 * @param relativeLiftUpper upper end of Fieller's interval of the relative lift
 * @param pValue two-sided, in (0, 1]; with {@link Reason#PROPORTION_AT_BOUND} the normal
 *     probability beyond amended difference / its standard error; null when sequential
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
   * Compares two arms of the same metric at a fixed horizon.
   *
   * @param confidence share of intervals that cover the true lift, in (0, 1), such as 0.95
   * @throws IllegalArgumentException if the confidence is not in (0, 1) or the arms differ in kind
   */
  public static Comparison of(ArmEstimate control, ArmEstimate treatment, double confidence) {
    return of(control, treatment, Method.fixed(confidence));
  }

  /**
   * Compares two arms of the same metric.
   *
   * @throws IllegalArgumentException if the arms differ in kind
   */
  public static Comparison of(ArmEstimate control, ArmEstimate treatment, Method method) {
    if (control.kind() != treatment.kind()) {
      throw new IllegalArgumentException(
          "comparison: the arms differ in kind; found %s and %s"
              .formatted(control.kind(), treatment.kind()));
    }
    EnumSet<Reason> reasons = whyUntestable(control, treatment);
    if (reasons.isEmpty() && (control.isConstant() || treatment.isConstant())) {
      if (control.kind() == Kind.PROPORTION && !method.isSequential()) {
        return atBound(control, treatment, method);
      }
      if (method.isSequential() || (control.isConstant() && treatment.isConstant())) {
        reasons.add(Reason.ZERO_VARIANCE);
      }
    }
    return reasons.isEmpty()
        ? ofErrors(control, treatment, method)
        : untested(control, treatment, reasons);
  }

  /** Returns this comparison with another reason beside its own. */
  public Comparison with(Reason reason) {
    EnumSet<Reason> all = EnumSet.of(reason);
    all.addAll(reasons);
    return new Comparison(
        lift,
        liftStandardError,
        liftLower,
        liftUpper,
        relativeLift,
        relativeLiftLower,
        relativeLiftUpper,
        pValue,
        significant,
        all);
  }

  /** Returns the reasons joined by commas, or null if there are none. */
  public String reason() {
    return reasons.isEmpty()
        ? null
        : reasons.stream().map(Reason::text).collect(Collectors.joining(","));
  }

  /**
   * Returns what a difference and its relation to the control's value say.
   *
   * @param slope of the difference on the control's value, as {@link Fieller} has it
   * @param errorOfRest of what of the difference does not vary with the control's value
   */
  static Comparison tested(
      Difference difference,
      double control,
      double controlError,
      double slope,
      double errorOfRest,
      EnumSet<Reason> reasons) {
    Double relativeLift = relativeLift(control, difference.estimate(), reasons);
    Fieller relative = null;
    if (relativeLift != null) {
      relative = Fieller.of(control, controlError, slope, errorOfRest, difference);
      if (relative == null) {
        reasons.add(Reason.RELATIVE_UNBOUNDED);
      }
    }
    return decided(difference.estimate(), difference, relativeLift, relative, reasons);
  }

  private static Comparison ofErrors(ArmEstimate control, ArmEstimate treatment, Method method) {
    EnumSet<Reason> reasons = EnumSet.noneOf(Reason.class);
    if (control.isConstant() || treatment.isConstant()) {
      reasons.add(Reason.VARIANCE_FLOORED);
    }
    double controlError = errorOrBorrowed(control, treatment);
    double treatmentError = errorOrBorrowed(treatment, control);
    Difference difference =
        method.difference(
            treatment.value() - control.value(),
            controlError,
            control.units(),
            treatmentError,
            treatment.units());
    return tested(
        difference,
        control.value(),
        controlError,
        Fieller.INDEPENDENT_ARMS,
        treatmentError,
        reasons);
  }

  private static Comparison atBound(ArmEstimate control, ArmEstimate treatment, Method method) {
    EnumSet<Reason> reasons = EnumSet.of(Reason.PROPORTION_AT_BOUND);
    double lift = treatment.value() - control.value();
    return decided(
        lift,
        Difference.agrestiCaffo(control, treatment, method.alpha()),
        relativeLift(control.value(), lift, reasons),
        null,
        reasons);
  }

  /** A lift that does not exist needs no word about its error. */
  private static EnumSet<Reason> whyUntestable(ArmEstimate control, ArmEstimate treatment) {
    boolean hasLift = control.value() != null && treatment.value() != null;
    EnumSet<Reason> reasons = EnumSet.noneOf(Reason.class);
    for (ArmEstimate arm : new ArmEstimate[] {control, treatment}) {
      if (arm.reason() != null && (hasLift || arm.value() == null)) {
        reasons.add(arm.reason());
      }
    }
    return reasons;
  }

  /** The other arm's variance per unit stands in for that of an arm in which nothing varies. */
  private static double errorOrBorrowed(ArmEstimate arm, ArmEstimate other) {
    return arm.isConstant()
        ? other.standardError() * Math.sqrt(other.units() / (double) arm.units())
        : arm.standardError().doubleValue();
  }

  private static Double relativeLift(double control, double lift, EnumSet<Reason> reasons) {
    double relative = lift / Math.abs(control);
    if (Double.isFinite(relative)) {
      return relative;
    }
    reasons.add(Reason.CONTROL_ZERO);
    return null;
  }

  private static Comparison untested(
      ArmEstimate control, ArmEstimate treatment, EnumSet<Reason> reasons) {
    if (control.value() == null || treatment.value() == null) {
      return liftAlone(null, null, reasons);
    }
    double lift = treatment.value() - control.value();
    return reasons.contains(Reason.INSUFFICIENT_UNITS)
        ? liftAlone(lift, null, reasons)
        : liftAlone(lift, relativeLift(control.value(), lift, reasons), reasons);
  }

  private static Comparison liftAlone(Double lift, Double relativeLift, Set<Reason> reasons) {
    return new Comparison(lift, null, null, null, relativeLift, null, null, null, false, reasons);
  }

  private static Comparison decided(
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
