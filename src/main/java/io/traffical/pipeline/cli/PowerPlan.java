package io.traffical.pipeline.cli;

import io.traffical.pipeline.definition.Definitions.Policy;
import io.traffical.pipeline.stats.Power;
import java.util.List;

/**
 * How many units one comparison of a metric needs, from what it has shown so far. Grain: one
 * (policy, metric, treatment).
 *
 * @param treatment the treatment's row
 * @param baseline the control's value; null without one
 * @param unitVariance variance that a unit contributes to the lift, what CUPED took off left out;
 *     null where it is not known, or 0
 * @param units of all allocations so far
 * @param unitsPerDay new ones per day, lately
 * @param reason why sizes are missing; null when they are there
 */
record PowerPlan(
    ResultRow treatment,
    Policy policy,
    Double baseline,
    Double unitVariance,
    long units,
    double unitsPerDay,
    String reason) {

  /** How many units a change of a certain size needs; numbers are null where they are unknown. */
  record Size(
      double effect,
      Long units,
      Long controlUnits,
      Long treatmentUnits,
      Long toGo,
      Long daysToGo) {}

  /**
   * Returns the plan. The variance is the one that gives the lift's standard error with the units
   * that the two arms have: it covers all types of metrics, and adjustments.
   *
   * @param standardError of the lift; null where there is none
   * @param units of all allocations so far
   */
  static PowerPlan of(
      ResultRow control,
      ResultRow treatment,
      Double standardError,
      Policy policy,
      long units,
      double unitsPerDay) {
    Double variance = null;
    if (standardError != null && control.units() > 0 && treatment.units() > 0) {
      double arms = 1.0 / control.units() + 1.0 / treatment.units();
      variance = standardError * standardError / arms;
    }
    Double baseline = control.value();
    return new PowerPlan(
        treatment,
        policy,
        baseline,
        variance,
        units,
        unitsPerDay,
        reason(treatment, variance, baseline));
  }

  private static String reason(ResultRow treatment, Double variance, Double baseline) {
    if (variance == null || !(variance > 0)) {
      return treatment.reasons().isEmpty()
          ? "insufficient_units"
          : String.join(",", treatment.reasons());
    }
    return baseline == null || baseline == 0 ? "control_zero" : null;
  }

  private Power power() {
    return Power.of(share(policy.control()), share(treatment.allocation()), policy.confidence());
  }

  private double share(String allocation) {
    return policy.allocations().getOrDefault(allocation, 0.0);
  }

  /** Returns the smallest relative change that the units so far find; null where it is unknown. */
  Double detectableEffect() {
    return reason == null ? power().detectableEffect(baseline, unitVariance, units) : null;
  }

  /**
   * Returns the units that a relative change needs.
   *
   * @param effect positive
   */
  Size size(double effect) {
    Long needed = reason == null ? power().requiredUnits(baseline, unitVariance, effect) : null;
    if (needed == null) {
      return new Size(effect, null, null, null, null, null);
    }
    long toGo = Math.max(0, needed - units);
    Long days = null;
    if (toGo == 0) {
      days = 0L;
    } else if (unitsPerDay > 0) {
      days = (long) Math.ceil(toGo / unitsPerDay);
    }
    return new Size(
        effect,
        needed,
        (long) Math.ceil(needed * share(policy.control())),
        (long) Math.ceil(needed * share(treatment.allocation())),
        toGo,
        days);
  }

  /** Returns the sizes of several changes. */
  List<Size> sizes(List<Double> effects) {
    return effects.stream().map(this::size).toList();
  }
}
