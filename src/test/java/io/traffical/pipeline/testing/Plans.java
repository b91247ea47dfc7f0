package io.traffical.pipeline.testing;

import io.traffical.pipeline.definition.Metric;
import io.traffical.pipeline.definition.Metric.Aggregation;
import io.traffical.pipeline.definition.Metric.Measure;
import io.traffical.pipeline.job.History;
import io.traffical.pipeline.model.AllocationStats;
import io.traffical.pipeline.model.ArmStats;
import io.traffical.pipeline.stats.Moments;
import io.traffical.pipeline.window.DefinitionRef;
import io.traffical.pipeline.window.MetricSets;
import io.traffical.pipeline.window.MetricSets.StoredPlace;
import io.traffical.pipeline.window.Micros;
import io.traffical.pipeline.window.RunPlan;
import io.traffical.pipeline.window.RunPlan.Analysis;
import io.traffical.pipeline.window.RunPlan.Base;
import io.traffical.pipeline.window.RunPlan.MetricPlan;
import io.traffical.pipeline.window.RunPlan.PolicyPlan;
import io.traffical.pipeline.window.SelectedColumns;
import io.traffical.pipeline.window.TimeWindow;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Small plans for tests of the job's parts. Time is counted in hours from 2026-01-01T00:00:00Z; the
 * facts are read 0 ({@code orders}, with one value column) and read 1 ({@code visits}, without).
 */
public final class Plans {
  /** One hour in microseconds. */
  public static final long HOUR = Micros.of(Duration.ofHours(1));

  private static final long FIRST_HOUR = Micros.of(Instant.parse("2026-01-01T00:00:00Z"));

  private Plans() {}

  /** Returns the time so many hours after 2026-01-01T00:00:00Z. */
  public static long hour(double hours) {
    return FIRST_HOUR + Math.round(hours * HOUR);
  }

  /** Returns the day, since 1970, so many days after 2026-01-01. */
  public static int day(int days) {
    return (int) (FIRST_HOUR / Micros.DAY) + days;
  }

  /** A metric that is computed for the first time, with totals up to the given hour. */
  public static MetricPlan fresh(Aggregation aggregation, String fact, double totalsTo) {
    return metric(aggregation, fact, 0, Base.EMPTY, totalsTo);
  }

  /** A metric that goes on from its stored totals. */
  public static MetricPlan hourly(
      Aggregation aggregation, String fact, double start, double totalsTo) {
    return metric(aggregation, fact, start, Base.TOTALS, totalsTo);
  }

  /** A metric; all but the hourly ones rewrite their totals. */
  public static MetricPlan metric(
      Aggregation aggregation, String fact, double start, Base base, double totalsTo) {
    String value = aggregation == Aggregation.SUM ? "amount" : null;
    String key = aggregation.name().toLowerCase(java.util.Locale.ROOT);
    Metric metric = Metric.of(key, aggregation, new Measure(fact, value, List.of()));
    return metric(metric, start, base, totalsTo);
  }

  /** A metric of any kind. */
  public static MetricPlan metric(Metric metric, double start, Base base, double totalsTo) {
    return new MetricPlan(
        metric,
        metric.lookbackDays(),
        List.of(),
        hour(start),
        base,
        hour(totalsTo),
        base == Base.EMPTY,
        base != Base.TOTALS,
        "metric fingerprint");
  }

  /** A new policy with allocations a (control) and b that starts at hour 0. */
  public static PolicyPlan newPolicy(double end, MetricPlan... metrics) {
    return policy("new", true, true, hour(0), hour(end), metrics);
  }

  /** A policy that reads its assignments again from the given hour on. */
  public static PolicyPlan knownPolicy(double from, double end, MetricPlan... metrics) {
    return policy("known", true, false, hour(from), hour(end), metrics);
  }

  /** A policy whose stored assignments stand. */
  public static PolicyPlan unreadPolicy(double end, MetricPlan... metrics) {
    return policy("unread", true, false, Micros.AFTER_ALL, hour(end), metrics);
  }

  /** A policy with all that tests vary. */
  public static PolicyPlan policy(
      String key,
      boolean excludeCrossovers,
      boolean isFresh,
      long assignmentsFrom,
      long end,
      MetricPlan... metrics) {
    return new PolicyPlan(
        key,
        "user",
        List.of(),
        List.of("a", "b"),
        "a",
        new Analysis(0.95, null, null, List.of(), 20),
        excludeCrossovers,
        hour(0),
        Micros.AFTER_ALL,
        isFresh,
        isFresh,
        assignmentsFrom,
        end,
        "policy fingerprint",
        List.of(metrics));
  }

  /** A plan over the policies. */
  public static RunPlan plan(PolicyPlan... policies) {
    return plan(numbers("amount"), policies);
  }

  /** A plan that reads more of orders than one value column. */
  public static RunPlan plan(SelectedColumns ofOrders, PolicyPlan... policies) {
    TimeWindow range = new TimeWindow(hour(0), hour(24));
    return new RunPlan(
        HOUR,
        hour(24),
        List.of(policies),
        List.of(read("orders", range, ofOrders), read("visits", range, numbers())));
  }

  private static SelectedColumns numbers(String... names) {
    return new SelectedColumns(List.of(names), List.of(), List.of(), List.of());
  }

  private static RunPlan.Read read(String fact, TimeWindow range, SelectedColumns columns) {
    return new RunPlan.Read(
        DefinitionRef.fact(fact), range, range.start(), List.of("user"), columns, "test");
  }

  /** What a metric of one value per unit comes to over some units. */
  public static AllocationStats stats(
      int policy, int metric, int allocation, int subtask, Moments moments) {
    ArmStats arm = new ArmStats(moments.n(), moments, null, 0, null, null, false);
    return new AllocationStats(policy, metric, allocation, "", "", subtask, arm);
  }

  /** A history in which nothing is found. */
  public static History noHistory() {
    return () -> {
      throw new IllegalStateException("nothing is to be looked up");
    };
  }

  /**
   * Where the tallies are: of what goes on in stored sets, one per fact, of the others in new ones.
   */
  public static MetricSets sets(RunPlan plan) {
    List<StoredPlace> stored = new ArrayList<>();
    for (PolicyPlan policy : plan.policies()) {
      Map<String, Integer> places = new TreeMap<>();
      for (MetricPlan metric : policy.metrics()) {
        if (!metric.rewrites()) {
          int place = places.merge(metric.facts().get(0), 1, Integer::sum) - 1;
          int set = metric.facts().get(0).equals("orders") ? 1 : 2;
          stored.add(
              new StoredPlace(
                  policy.policyKey(),
                  set,
                  place,
                  metric.metricKey(),
                  0,
                  true,
                  MetricSets.ALL_DAYS));
        }
      }
    }
    return new MetricSets(plan, stored);
  }
}
