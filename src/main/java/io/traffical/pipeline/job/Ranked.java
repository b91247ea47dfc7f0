package io.traffical.pipeline.job;

import io.traffical.pipeline.window.RunPlan;
import io.traffical.pipeline.window.RunPlan.MetricPlan;
import io.traffical.pipeline.window.RunPlan.PolicyPlan;
import java.util.ArrayList;
import java.util.List;

/**
 * Numbers the metrics of a plan whose results depend on how all units' values are distributed, or
 * on which values of the facts' dimensions are frequent.
 */
final class Ranked {
  private final RunPlan plan;
  private final List<Place> places = new ArrayList<>();

  /** A metric of a policy. */
  record Place(int policy, int metric) {}

  Ranked(RunPlan plan) {
    this.plan = plan;
    for (int p = 0; p < plan.policies().size(); p++) {
      List<MetricPlan> metrics = plan.policies().get(p).metrics();
      for (int m = 0; m < metrics.size(); m++) {
        if (metrics.get(m).isRanked() || !metrics.get(m).factDimensions().isEmpty()) {
          places.add(new Place(p, m));
        }
      }
    }
  }

  int count() {
    return places.size();
  }

  Place place(int ranked) {
    return places.get(ranked);
  }

  PolicyPlan policy(int ranked) {
    return plan.policies().get(places.get(ranked).policy());
  }

  MetricPlan metric(int ranked) {
    return policy(ranked).metrics().get(places.get(ranked).metric());
  }

  /** Returns the number of a metric; -1 when it is not ranked. */
  int indexOf(int policy, int metric) {
    return places.indexOf(new Place(policy, metric));
  }
}
