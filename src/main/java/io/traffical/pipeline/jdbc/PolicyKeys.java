package io.traffical.pipeline.jdbc;

import io.traffical.pipeline.window.MetricSet;
import io.traffical.pipeline.window.RunPlan.PolicyPlan;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** How a run's policies and their sets are called in the tables, at hand for every row. */
final class PolicyKeys {
  private final byte[][] keys;
  private final int[][] sets;
  private final String[][] dimensions;

  PolicyKeys(RunContext run) {
    List<PolicyPlan> policies = run.plan().policies();
    keys = new byte[policies.size()][];
    sets = new int[policies.size()][];
    dimensions = new String[policies.size()][];
    for (int p = 0; p < keys.length; p++) {
      keys[p] = policies.get(p).policyKey().getBytes(StandardCharsets.UTF_8);
      sets[p] = run.sets().of(p).stream().mapToInt(MetricSet::id).toArray();
      dimensions[p] = policies.get(p).dimensions().toArray(String[]::new);
    }
  }

  /** Returns a policy's key, in UTF-8; not to be changed. */
  byte[] key(int policy) {
    return keys[policy];
  }

  /** Returns the number that one of a policy's sets has for good. */
  int set(int policy, int set) {
    return sets[policy][set];
  }

  /** Returns the names of a policy's dimensions; not to be changed. */
  String[] dimensions(int policy) {
    return dimensions[policy];
  }
}
