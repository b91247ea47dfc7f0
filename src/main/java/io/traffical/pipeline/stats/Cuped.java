package io.traffical.pipeline.stats;

import io.traffical.pipeline.stats.ArmEstimate.Kind;
import java.util.EnumSet;

/**
 * A comparison whose lift was adjusted by what the units did before the experiment (CUPED). Grain:
 * one (policy, metric, treatment).
 *
 * <p>{@code y' = y - theta (x - xbar)}, with theta = Cov(y, x) / Var(x) and xbar over the two
 * compared arms together. Source: Deng, Xu, Kohavi and Walker (2013). The relative lift is a share
 * of the unadjusted control, as GrowthBook has it, with which the adjusted lift still varies.
 *
 * @param comparison the adjusted one if that is narrower, else the unadjusted one
 * @param adjusted whether the comparison is the adjusted one
 * @param varianceReduction share of the lift's variance that the adjustment removed, in (0, 1);
 *     null if not adjusted
 */
public record Cuped(Comparison comparison, boolean adjusted, Double varianceReduction) {
  private static final int LEAST_UNITS_WITH_HISTORY = 3;

  /**
   * Compares two arms by outcome and covariate.
   *
   * @param control each unit's outcome and its covariate, 0 for a unit without history
   * @param treatment as the control
   * @param kind a mean or a proportion
   * @param unitsWithHistory units of both arms that have rows in the covariate's period
   * @throws IllegalArgumentException if the moments are not finite or not of the kind
   */
  public static Cuped compare(
      PairMoments control, PairMoments treatment, Kind kind, long unitsWithHistory, Method method) {
    control.requireFinite();
    treatment.requireFinite();
    ArmEstimate controlArm = ArmEstimate.of(kind, control.first());
    ArmEstimate treatmentArm = ArmEstimate.of(kind, treatment.first());
    Comparison unadjusted = Comparison.of(controlArm, treatmentArm, method);
    if (controlArm.standardError() == null || treatmentArm.standardError() == null) {
      return unadjusted(unadjusted);
    }
    PairMoments pooled = control.merge(treatment);
    if (pooled.second().sampleVariance() == 0) {
      return unadjusted(unadjusted.with(Reason.COVARIATE_CONSTANT));
    }
    double theta = pooled.comoment() / pooled.second().m2();
    double controlError = adjustedError(control, kind, theta);
    double treatmentError = adjustedError(treatment, kind, theta);
    double error = Math.hypot(controlError, treatmentError);
    double before = unadjusted.liftStandardError();
    if (unitsWithHistory < LEAST_UNITS_WITH_HISTORY
        || controlError == 0
        || treatmentError == 0
        || !(error < before)) {
      return unadjusted(unadjusted);
    }
    double shift = treatment.second().mean() - control.second().mean();
    Difference difference =
        method.difference(
            unadjusted.lift() - theta * shift,
            controlError,
            control.n(),
            treatmentError,
            treatment.n());
    double share = error / before;
    return new Cuped(
        relativeToUnadjusted(difference, controlArm, control, treatmentError, kind, theta),
        true,
        (1 - share) * (1 + share));
  }

  /** What of the adjusted lift does not vary with the control's mean: the rest of x, and B. */
  private static Comparison relativeToUnadjusted(
      Difference difference,
      ArmEstimate controlArm,
      PairMoments control,
      double treatmentError,
      Kind kind,
      double theta) {
    double slopeOfCovariate = control.comoment() / control.first().m2();
    double slope = theta * slopeOfCovariate - 1;
    PairMoments covariateFirst =
        new PairMoments(
            /* first= */ control.second(), /* second= */ control.first(), control.comoment());
    double restOfCovariate =
        errorOfMean(covariateFirst.residualM2(slopeOfCovariate), control.n(), kind);
    return Comparison.tested(
        difference,
        controlArm.value(),
        controlArm.standardError(),
        slope,
        Math.hypot(treatmentError, theta * restOfCovariate),
        EnumSet.noneOf(Reason.class));
  }

  private static double adjustedError(PairMoments arm, Kind kind, double theta) {
    return errorOfMean(arm.residualM2(theta), arm.n(), kind);
  }

  /** Binary values have their variance with divisor n, so that it is p(1-p) without adjustment. */
  private static double errorOfMean(double m2, long units, Kind kind) {
    double n = units;
    return Math.sqrt(m2 / (kind == Kind.PROPORTION ? n : n - 1) / n);
  }

  private static Cuped unadjusted(Comparison comparison) {
    return new Cuped(comparison, false, null);
  }
}
