package io.traffical.pipeline.run;

import io.traffical.pipeline.definition.Definitions;
import io.traffical.pipeline.window.Micros;
import io.traffical.pipeline.window.Planner;
import io.traffical.pipeline.window.RunPlan;
import io.traffical.pipeline.window.RunPlan.MetricPlan;
import io.traffical.pipeline.window.RunPlan.PolicyPlan;
import io.traffical.pipeline.window.RunRequest;
import io.traffical.pipeline.window.TimeWindow;
import java.util.List;
import java.util.Set;

/** The plan of a first run for one policy and one metric that also looks at rows around it. */
final class ExplainPlan {
  /** Rows so long before the policy begins and after it ends are shown, too. */
  private static final int DAYS_AROUND = 30;

  private ExplainPlan() {}

  /**
   * Plans.
   *
   * @param end exclusive end of the data that counts
   * @param totalsTo exclusive end of the totals
   * @param clock until when rows are read, if they are not after the policy
   */
  static RunPlan of(
      Definitions definitions, String policy, String metric, long end, long totalsTo, long clock) {
    RunPlan first = first(definitions, policy, metric, end);
    PolicyPlan policyPlan = first.policies().get(0);
    TimeWindow range = range(first, policyPlan, Math.max(end, clock));
    List<RunPlan.Read> reads =
        first.reads().stream()
            .map(
                read ->
                    new RunPlan.Read(
                        read.definition(),
                        range,
                        range.start(),
                        read.entities(),
                        read.columns(),
                        read.reason()))
            .toList();
    return new RunPlan(first.window(), end, List.of(ending(policyPlan, end, totalsTo)), reads);
  }

  /** A plan of this policy and metric whose end is late enough for there to be one. */
  private static RunPlan first(Definitions definitions, String policy, String metric, long end) {
    RunRequest request =
        new RunRequest("run", Micros.AFTER_ALL, Micros.AFTER_ALL, policy, metric, false);
    long startsAt = Micros.of(definitions.policies().get(policy).startsAt());
    long clock =
        Math.max(end, startsAt)
            + 2 * Micros.of(definitions.pipeline().window())
            + Micros.of(definitions.pipeline().delay());
    return Planner.plan(definitions, request, List.of(), Set.of(), clock);
  }

  private static TimeWindow range(RunPlan plan, PolicyPlan policy, long now) {
    long before = Math.max(DAYS_AROUND, policy.metrics().get(0).lookbackDays()) * Micros.DAY;
    long start = Micros.floor(policy.startsAt() - before, Micros.DAY);
    long end = Math.min(now, policy.endsAt() + DAYS_AROUND * Micros.DAY);
    return new TimeWindow(start, Micros.ceil(Math.max(end, start + plan.window()), plan.window()));
  }

  private static PolicyPlan ending(PolicyPlan policy, long end, long totalsTo) {
    MetricPlan metric = policy.metrics().get(0);
    MetricPlan upTo =
        new MetricPlan(
            metric.definition(),
            metric.lookbackDays(),
            List.of(),
            metric.start(),
            metric.base(),
            totalsTo,
            metric.isFresh(),
            metric.rewrites(),
            metric.fingerprint());
    return new PolicyPlan(
        policy.policyKey(),
        policy.entity(),
        policy.userKeys(),
        policy.dimensions(),
        policy.allocations(),
        policy.control(),
        policy.analysis(),
        policy.excludeCrossovers(),
        policy.startsAt(),
        policy.endsAt(),
        policy.isNew(),
        policy.isFresh(),
        policy.assignmentsFrom(),
        end,
        policy.fingerprint(),
        List.of(upTo));
  }
}
