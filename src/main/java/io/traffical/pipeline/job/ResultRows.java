package io.traffical.pipeline.job;

import io.traffical.pipeline.model.AllocationStats;
import io.traffical.pipeline.model.MetricResult;
import io.traffical.pipeline.window.RunPlan;
import io.traffical.pipeline.window.RunPlan.MetricPlan;
import io.traffical.pipeline.window.RunPlan.PolicyPlan;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Turns what is known of the arms into the rows of {@code metric_results}: per metric one for each
 * declared allocation over all units, over those of each shown value of a dimension of theirs, and
 * over all units for each shown value of a dimension of the facts.
 */
final class ResultRows {
  /** A slice of a metric's units. */
  private record Slice(int policy, int metric, String dimension) {}

  private final RunPlan plan;
  private final Map<Slice, Map<String, ArmFold[]>> slices = new HashMap<>();

  ResultRows(RunPlan plan) {
    this.plan = plan;
  }

  void add(AllocationStats part) {
    arms(part.policy(), part.metric(), part.dimension(), part.dimensionValue())[part.allocation()]
        .merge(part.arm());
  }

  private ArmFold[] arms(int policy, int metric, String dimension, String value) {
    return slices
        .computeIfAbsent(new Slice(policy, metric, dimension), slice -> new TreeMap<>())
        .computeIfAbsent(value, v -> folds(plan.policies().get(policy), metric));
  }

  private static ArmFold[] folds(PolicyPlan policy, int metric) {
    ArmFold[] folds = new ArmFold[policy.allocations().size()];
    for (int a = 0; a < folds.length; a++) {
      folds[a] = new ArmFold(policy.metrics().get(metric));
    }
    return folds;
  }

  List<MetricResult> all() {
    List<MetricResult> rows = new ArrayList<>();
    for (int p = 0; p < plan.policies().size(); p++) {
      PolicyPlan policy = plan.policies().get(p);
      for (int m = 0; m < policy.metrics().size(); m++) {
        addRows(policy, m, "", "", arms(p, m, "", ""), rows);
        for (String dimension : policy.dimensions()) {
          for (Map.Entry<String, ArmFold[]> value : shown(p, m, dimension).entrySet()) {
            addRows(policy, m, dimension, value.getKey(), value.getValue(), rows);
          }
        }
        for (String dimension : policy.metrics().get(m).factDimensions()) {
          Slice slice = new Slice(p, m, dimension);
          for (Map.Entry<String, ArmFold[]> value :
              slices.getOrDefault(slice, Map.of()).entrySet()) {
            addRows(policy, m, dimension, value.getKey(), value.getValue(), rows);
          }
        }
      }
    }
    return rows;
  }

  /** Returns the arms of a dimension's values, the rare ones together. */
  private Map<String, ArmFold[]> shown(int p, int m, String dimension) {
    PolicyPlan policy = plan.policies().get(p);
    Map<String, ArmFold[]> byValue = slices.getOrDefault(new Slice(p, m, dimension), Map.of());
    Map<String, Long> units = new HashMap<>();
    byValue.forEach((value, arms) -> units.put(value, units(arms)));
    units.values().removeIf(count -> count == 0);
    if (policy.metrics().get(m).isRanked()) {
      return byValue; // chosen where the samples were ranked
    }
    DimensionValues values = new DimensionValues(units, policy.analysis().maxDimensionValues());
    Map<String, ArmFold[]> shown = new TreeMap<>();
    for (String value : units.keySet().stream().sorted().toList()) {
      ArmFold[] together = shown.computeIfAbsent(values.shown(value), name -> folds(policy, m));
      for (int a = 0; a < together.length; a++) {
        together[a].merge(byValue.get(value)[a].toStats());
      }
    }
    return shown;
  }

  private static long units(ArmFold[] arms) {
    long units = 0;
    for (ArmFold arm : arms) {
      units += arm.toStats().units();
    }
    return units;
  }

  private static void addRows(
      PolicyPlan policy,
      int m,
      String dimension,
      String value,
      ArmFold[] arms,
      List<MetricResult> rows) {
    int control = policy.allocations().indexOf(policy.control());
    MetricPlan metric = policy.metrics().get(m);
    Arm baseline = new Arm(policy, metric, arms[control].toStats());
    for (int a = 0; a < arms.length; a++) {
      Arm arm = new Arm(policy, metric, arms[a].toStats());
      rows.add(
          arm.row(policy.allocations().get(a), dimension, value, a == control ? null : baseline));
    }
  }
}
