package io.traffical.pipeline.outcome;

import io.traffical.pipeline.window.DefinitionRef;
import io.traffical.pipeline.window.Micros;
import io.traffical.pipeline.window.RunPlan;
import io.traffical.pipeline.window.RunPlan.Base;
import io.traffical.pipeline.window.RunPlan.MetricPlan;
import java.util.ArrayList;
import java.util.List;

/**
 * What is to be looked up of the history of newly assigned units.
 *
 * @param policy place of the policy in the plan
 * @param read place of the fact among the plan's reads
 * @param entity place of the policy's entity among the fact's
 * @param assignedFrom of units first assigned from then on
 * @param lookback how long before the first assignment
 */
record LookUp(int policy, int read, int entity, long assignedFrom, long lookback) {

  /** Returns what a plan's metrics need, which is nothing where they read their facts whole. */
  static List<LookUp> of(RunPlan plan) {
    List<LookUp> lookUps = new ArrayList<>();
    for (int p = 0; p < plan.policies().size(); p++) {
      for (MetricPlan metric : plan.policies().get(p).metrics()) {
        if (metric.covariateSlot() >= 0 && metric.base() == Base.TOTALS) {
          add(plan, p, metric, lookUps);
        }
      }
    }
    return List.copyOf(lookUps);
  }

  private static void add(RunPlan plan, int p, MetricPlan metric, List<LookUp> lookUps) {
    for (int r = 0; r < plan.reads().size(); r++) {
      RunPlan.Read read = plan.reads().get(r);
      if (read.definition().equals(DefinitionRef.fact(metric.facts().get(0)))) {
        int entity = read.entities().indexOf(plan.policies().get(p).entity());
        long lookback = metric.lookbackDays() * Micros.DAY;
        lookUps.add(new LookUp(p, r, entity, metric.start(), lookback));
      }
    }
  }
}
