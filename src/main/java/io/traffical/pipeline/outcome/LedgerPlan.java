package io.traffical.pipeline.outcome;

import io.traffical.pipeline.definition.Definitions.Aggregation;
import io.traffical.pipeline.window.DefinitionRef;
import io.traffical.pipeline.window.MetricSet;
import io.traffical.pipeline.window.MetricSets;
import io.traffical.pipeline.window.RunPlan;
import io.traffical.pipeline.window.RunPlan.MetricPlan;
import io.traffical.pipeline.window.RunPlan.PolicyPlan;
import java.util.ArrayList;
import java.util.List;

/**
 * A run's plan, arranged for the per-row path: which metrics use a fact, where in its row their
 * value is, and where in their set's tallies it goes. Sets are numbered through all policies.
 */
public final class LedgerPlan {
  /**
   * A metric that uses a fact.
   *
   * @param place its place in the set's tallies
   * @param value the place in the row's values, -1 when the metric only counts
   */
  record FactUser(int place, int value, long start, long totalsTo) {}

  /** The metrics of a set that use a fact. */
  record SetUser(int policy, int set, int places, long until, FactUser[] metrics) {}

  /** Where a metric's tally is. */
  record MetricPlace(int set, int place, Aggregation aggregation) {}

  private final PolicyPlan[] policies;
  private final MetricSet[][] sets;
  private final int[] firstSet;
  private final List<SetUser[]> usersByRead = new ArrayList<>();
  private final MetricPlace[][] metricPlaces;

  /** Arranges the plan. */
  public LedgerPlan(RunPlan plan, MetricSets sets) {
    this.policies = plan.policies().toArray(PolicyPlan[]::new);
    this.sets = new MetricSet[policies.length][];
    this.firstSet = new int[policies.length + 1];
    this.metricPlaces = new MetricPlace[policies.length][];
    for (int p = 0; p < policies.length; p++) {
      this.sets[p] = sets.of(p).toArray(MetricSet[]::new);
      firstSet[p + 1] = firstSet[p] + this.sets[p].length;
      metricPlaces[p] = metricPlaces(p);
    }
    for (RunPlan.Read read : plan.reads()) {
      usersByRead.add(users(read).toArray(SetUser[]::new));
    }
  }

  private MetricPlace[] metricPlaces(int p) {
    MetricPlace[] places = new MetricPlace[policy(p).metrics().size()];
    for (int s = 0; s < sets[p].length; s++) {
      List<Integer> metrics = sets[p][s].metrics();
      for (int place = 0; place < metrics.size(); place++) {
        int m = metrics.get(place);
        if (m != MetricSet.UNUSED) {
          Aggregation aggregation = policy(p).metrics().get(m).aggregation();
          places[m] = new MetricPlace(firstSet[p] + s, place, aggregation);
        }
      }
    }
    return places;
  }

  private List<SetUser> users(RunPlan.Read read) {
    List<SetUser> users = new ArrayList<>();
    for (int p = 0; p < policies.length; p++) {
      for (int s = 0; s < sets[p].length; s++) {
        MetricSet set = sets[p][s];
        FactUser[] metrics = users(read, policy(p), set);
        if (metrics.length > 0) {
          users.add(
              new SetUser(p, firstSet[p] + s, set.metrics().size(), policy(p).until(), metrics));
        }
      }
    }
    return users;
  }

  private static FactUser[] users(RunPlan.Read read, PolicyPlan policy, MetricSet set) {
    List<FactUser> users = new ArrayList<>();
    for (int place = 0; place < set.metrics().size(); place++) {
      int m = set.metrics().get(place);
      if (m != MetricSet.UNUSED) {
        MetricPlan metric = policy.metrics().get(m);
        if (read.definition().equals(DefinitionRef.fact(metric.fact()))) {
          boolean isSum = metric.aggregation() == Aggregation.SUM;
          int value = isSum ? read.valueColumns().indexOf(metric.valueColumn()) : -1;
          users.add(new FactUser(place, value, metric.start(), metric.totalsTo()));
        }
      }
    }
    return users.toArray(FactUser[]::new);
  }

  int policyCount() {
    return policies.length;
  }

  PolicyPlan policy(int policy) {
    return policies[policy];
  }

  int setCount() {
    return firstSet[firstSet.length - 1];
  }

  /** Returns the number of a policy's first set. */
  int firstSet(int policy) {
    return firstSet[policy];
  }

  /** Returns the sets of a policy. */
  MetricSet[] sets(int policy) {
    return sets[policy];
  }

  MetricPlace place(int policy, int metric) {
    return metricPlaces[policy][metric];
  }

  SetUser[] usersOf(int read) {
    return usersByRead.get(read);
  }
}
