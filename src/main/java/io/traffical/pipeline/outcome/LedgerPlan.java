package io.traffical.pipeline.outcome;

import io.traffical.pipeline.window.DefinitionRef;
import io.traffical.pipeline.window.RunPlan;
import io.traffical.pipeline.window.RunPlan.MetricPlan;
import io.traffical.pipeline.window.RunPlan.PolicyPlan;
import java.util.ArrayList;
import java.util.List;

/**
 * A run's plan, arranged for the per-row path: which metrics use a fact, and where in its row their
 * value is.
 */
public final class LedgerPlan {
  /** A metric that uses a fact; {@code value} is the place in the row's values, -1 for none. */
  record FactUser(int policy, int metric, int value) {}

  private final RunPlan plan;
  private final List<FactUser[]> usersByRead = new ArrayList<>();

  /** Arranges the plan. */
  public LedgerPlan(RunPlan plan) {
    this.plan = plan;
    for (RunPlan.Read read : plan.reads()) {
      usersByRead.add(users(read).toArray(FactUser[]::new));
    }
  }

  private List<FactUser> users(RunPlan.Read read) {
    List<FactUser> users = new ArrayList<>();
    for (int p = 0; p < plan.policies().size(); p++) {
      List<MetricPlan> metrics = policy(p).metrics();
      for (int m = 0; m < metrics.size(); m++) {
        MetricPlan metric = metrics.get(m);
        if (read.definition().equals(DefinitionRef.fact(metric.fact()))) {
          String column = metric.valueColumn();
          users.add(new FactUser(p, m, column == null ? -1 : read.valueColumns().indexOf(column)));
        }
      }
    }
    return users;
  }

  int policyCount() {
    return plan.policies().size();
  }

  PolicyPlan policy(int policy) {
    return plan.policies().get(policy);
  }

  FactUser[] usersOf(int read) {
    return usersByRead.get(read);
  }
}
