package io.traffical.pipeline.job;

import io.traffical.pipeline.definition.Definitions.Aggregation;
import io.traffical.pipeline.model.AllocationStats;
import io.traffical.pipeline.model.MetricResult;
import io.traffical.pipeline.stats.ArmEstimate;
import io.traffical.pipeline.stats.Comparison;
import io.traffical.pipeline.stats.Moments;
import io.traffical.pipeline.stats.MomentsBuilder;
import io.traffical.pipeline.window.RunPlan;
import io.traffical.pipeline.window.RunPlan.MetricPlan;
import io.traffical.pipeline.window.RunPlan.PolicyPlan;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Turns merged moments into the rows of {@code metric_results}, one per declared allocation. */
final class ResultRows {
  private record Place(int policy, int metric, int allocation) {}

  private final RunPlan plan;
  private final Map<Place, MomentsBuilder> merged = new HashMap<>();

  ResultRows(RunPlan plan) {
    this.plan = plan;
  }

  void add(AllocationStats part) {
    merged
        .computeIfAbsent(
            new Place(part.policy(), part.metric(), part.allocation()),
            place -> new MomentsBuilder())
        .merge(part.moments());
  }

  List<MetricResult> all() {
    List<MetricResult> rows = new ArrayList<>();
    for (int p = 0; p < plan.policies().size(); p++) {
      PolicyPlan policy = plan.policies().get(p);
      for (int m = 0; m < policy.metrics().size(); m++) {
        MetricPlan metric = policy.metrics().get(m);
        int control = policy.allocations().indexOf(policy.control());
        ArmEstimate baseline = estimate(metric, moments(p, m, control));
        for (int a = 0; a < policy.allocations().size(); a++) {
          ArmEstimate arm = a == control ? baseline : estimate(metric, moments(p, m, a));
          Comparison comparison =
              a == control ? null : Comparison.of(baseline, arm, policy.confidence());
          rows.add(row(policy, metric, policy.allocations().get(a), arm, comparison));
        }
      }
    }
    return rows;
  }

  private Moments moments(int policy, int metric, int allocation) {
    MomentsBuilder builder = merged.get(new Place(policy, metric, allocation));
    return builder == null ? Moments.EMPTY : builder.toMoments();
  }

  private static ArmEstimate estimate(MetricPlan metric, Moments moments) {
    boolean isProportion = metric.aggregation() == Aggregation.CONVERSION_RATE;
    return ArmEstimate.of(
        isProportion ? ArmEstimate.Kind.PROPORTION : ArmEstimate.Kind.MEAN, moments);
  }

  /** The comparison is null on the control's row. */
  private static MetricResult row(
      PolicyPlan policy,
      MetricPlan metric,
      String allocation,
      ArmEstimate arm,
      Comparison comparison) {
    boolean isControl = comparison == null;
    return new MetricResult(
        policy.policyKey(),
        metric.metricKey(),
        allocation,
        policy.until(),
        arm.units(),
        arm.numerator(),
        (double) arm.denominator(),
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
        "fixed",
        isControl ? null : comparison.reason());
  }
}
