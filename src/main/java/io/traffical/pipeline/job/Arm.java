package io.traffical.pipeline.job;

import io.traffical.pipeline.definition.Definitions.Guardrail;
import io.traffical.pipeline.definition.Definitions.GuardrailDirection;
import io.traffical.pipeline.definition.Metric.Aggregation;
import io.traffical.pipeline.model.ArmStats;
import io.traffical.pipeline.model.ArmStats.QuantileStats;
import io.traffical.pipeline.model.MetricResult;
import io.traffical.pipeline.stats.ArmEstimate;
import io.traffical.pipeline.stats.Comparison;
import io.traffical.pipeline.stats.Cuped;
import io.traffical.pipeline.stats.GuardrailStatus;
import io.traffical.pipeline.stats.Method;
import io.traffical.pipeline.stats.QuantileProbabilities;
import io.traffical.pipeline.stats.Reason;
import io.traffical.pipeline.window.RunPlan.Analysis;
import io.traffical.pipeline.window.RunPlan.MetricPlan;
import io.traffical.pipeline.window.RunPlan.PolicyPlan;
import java.util.ArrayList;
import java.util.List;

/** One arm of a metric, and how it compares with the control. */
record Arm(PolicyPlan policy, MetricPlan metric, ArmStats stats) {

  /**
   * Returns the arm's row; the comparison's columns are null on the control's.
   *
   * @param dimension name of the dimension that the units have in common; empty for all units
   * @param control the control; null if this is it
   */
  MetricResult row(String allocation, String dimension, String value, Arm control) {
    ArmEstimate arm = estimate();
    boolean isTotal = dimension.isEmpty();
    Cuped cuped = control == null ? null : compare(control, isTotal);
    Comparison comparison = cuped == null ? null : cuped.comparison();
    boolean isControl = comparison == null;
    return new MetricResult(
        policy.policyKey(),
        metric.metricKey(),
        allocation,
        dimension,
        value,
        policy.until(),
        stats.units(),
        arm.numerator(),
        arm.denominator(),
        arm.value(),
        arm.variance(),
        arm.standardError(),
        isControl,
        isControl ? null : comparison.lift(),
        isControl ? null : comparison.liftStandardError(),
        isControl ? null : comparison.liftLower(),
        isControl ? null : comparison.liftUpper(),
        isControl ? null : comparison.relativeLift(),
        isControl ? null : comparison.relativeLiftLower(),
        isControl ? null : comparison.relativeLiftUpper(),
        isControl ? null : comparison.pValue(),
        isControl ? null : (Boolean) comparison.significant(),
        method().text(),
        cuped != null && cuped.adjusted(),
        cuped == null ? null : cuped.varianceReduction(),
        stats.steps(),
        role(),
        isTotal && !isControl ? guardrailStatus(comparison) : null,
        reason(arm, comparison));
  }

  private ArmEstimate estimate() {
    if (metric.isPerUser()) {
      return ArmEstimate.ofClusters(stats.pair());
    }
    return switch (metric.aggregation()) {
      case RATIO -> ArmEstimate.ofRatio(stats.pair(), stats.marked());
      case PERCENTILE -> percentile();
      default ->
          ArmEstimate.of(kind(), stats.pair() == null ? stats.moments() : stats.pair().first());
    };
  }

  private ArmEstimate.Kind kind() {
    boolean isShare =
        metric.aggregation() == Aggregation.CONVERSION_RATE
            || metric.aggregation() == Aggregation.FUNNEL;
    return isShare ? ArmEstimate.Kind.PROPORTION : ArmEstimate.Kind.MEAN;
  }

  private ArmEstimate percentile() {
    QuantileStats of =
        stats.quantile() == null ? new QuantileStats(0, null, null, null, null) : stats.quantile();
    QuantileProbabilities at =
        QuantileProbabilities.of(
            metric.definition().percentile(), of.values(), policy.analysis().confidence());
    return of.shares() == null
        ? ArmEstimate.ofQuantile(at, of.value(), of.lower(), of.upper())
        : ArmEstimate.ofQuantile(at, of.value(), of.lower(), of.upper(), of.shares());
  }

  private Method method() {
    Analysis analysis = policy.analysis();
    return analysis.sequentialUnits() == null
        ? Method.fixed(analysis.confidence())
        : Method.sequential(analysis.confidence(), analysis.sequentialUnits());
  }

  /** Only the comparison over all units is adjusted by the covariate. */
  private Cuped compare(Arm control, boolean isTotal) {
    if (isTotal && metric.covariateSlot() >= 0) {
      return Cuped.compare(
          control.stats.pair(),
          stats.pair(),
          kind(),
          control.stats.marked() + stats.marked(),
          method());
    }
    return new Cuped(Comparison.of(control.estimate(), estimate(), method()), false, null);
  }

  private String role() {
    if (metric.metricKey().equals(policy.analysis().goal())) {
      return "goal";
    }
    return guardrail() == null ? "metric" : "guardrail";
  }

  private Guardrail guardrail() {
    return policy.analysis().guardrails().stream()
        .filter(guardrail -> guardrail.metric().equals(metric.metricKey()))
        .findFirst()
        .orElse(null);
  }

  private String guardrailStatus(Comparison comparison) {
    Guardrail guardrail = guardrail();
    if (guardrail == null) {
      return null;
    }
    GuardrailStatus status =
        guardrail.direction() == GuardrailDirection.MUST_NOT_DECREASE
            ? GuardrailStatus.mustNotDecrease(comparison, guardrail.threshold())
            : GuardrailStatus.mustNotIncrease(comparison, guardrail.threshold());
    return status.text();
  }

  /** A cap that is missing changes the value itself, so that the control says so, too. */
  private String reason(ArmEstimate arm, Comparison comparison) {
    List<String> reasons = new ArrayList<>();
    if (comparison != null) {
      comparison.reasons().forEach(reason -> reasons.add(reason.text()));
    } else if (arm.value() == null && arm.reason() != null) {
      reasons.add(arm.reason().text());
    }
    if (stats.isUncapped()) {
      reasons.add(Reason.WINSOR_CAP_NONPOSITIVE.text());
    }
    return reasons.isEmpty() ? null : String.join(",", reasons);
  }
}
