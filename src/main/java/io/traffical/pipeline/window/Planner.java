package io.traffical.pipeline.window;

import io.traffical.pipeline.definition.Definitions;
import io.traffical.pipeline.definition.Definitions.MultipleAllocations;
import io.traffical.pipeline.definition.Metric;
import io.traffical.pipeline.window.RunPlan.Analysis;
import io.traffical.pipeline.window.RunPlan.Base;
import io.traffical.pipeline.window.RunPlan.MetricPlan;
import io.traffical.pipeline.window.RunPlan.PolicyPlan;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Decides what a run reads, keeps and replaces. The rules make an incremental run equal to a full
 * recomputation; the decision record "incremental state" gives their reasons.
 */
public final class Planner {
  private final Definitions definitions;
  private final RunRequest request;
  private final Map<List<String>, Watermark> watermarks;
  private final Set<DefinitionRef> broken;
  private final long window;
  private final long overlap;
  private final long lastDue;
  private final Reads reads;

  private Planner(
      Definitions definitions,
      RunRequest request,
      List<Watermark> watermarks,
      Set<DefinitionRef> broken,
      long sourceClock) {
    this.definitions = definitions;
    this.request = request;
    this.watermarks =
        watermarks.stream()
            .collect(Collectors.toMap(w -> List.of(w.policyKey(), w.metricKey()), w -> w));
    this.broken = broken;
    this.window = Micros.of(definitions.pipeline().window());
    this.overlap = Micros.of(definitions.pipeline().overlap());
    long settled = sourceClock - Micros.of(definitions.pipeline().delay());
    this.lastDue = Micros.floor(Math.min(request.to(), settled), window);
    this.reads = new Reads(definitions, window);
  }

  /**
   * Returns the plan of one run.
   *
   * @param definitions what the team declares
   * @param request what the user asked for
   * @param watermarks what is materialized
   * @param broken definitions that cannot be read; whatever depends on them is left out
   * @param sourceClock the source database's clock before anything is read
   */
  public static RunPlan plan(
      Definitions definitions,
      RunRequest request,
      List<Watermark> watermarks,
      Set<DefinitionRef> broken,
      long sourceClock) {
    return new Planner(definitions, request, watermarks, broken, sourceClock).plan();
  }

  private RunPlan plan() {
    List<PolicyPlan> policies = new ArrayList<>();
    for (Definitions.Policy policy : definitions.policies().values()) {
      if (request.policy() == null || request.policy().equals(policy.key())) {
        planPolicy(policy).ifPresent(policies::add);
      }
    }
    return new RunPlan(window, lastDue, List.copyOf(policies), reads.all());
  }

  private Optional<PolicyPlan> planPolicy(Definitions.Policy policy) {
    List<DefinitionRef> exposures = exposures(policy);
    if (exposures.stream().anyMatch(broken::contains)) {
      return Optional.empty();
    }
    Watermark stored = watermarks.get(List.of(policy.key(), ""));
    String fingerprint = Fingerprint.of(definitions, policy);
    long startsAt = Micros.of(policy.startsAt());
    long endsAt = policy.endsAt() == null ? Micros.AFTER_ALL : Micros.of(policy.endsAt());
    boolean isNew = stored == null;
    boolean isFresh = isNew || !stored.fingerprint().equals(fingerprint);
    long end = end(stored);
    if (isNew && (request.isBackfill() || end <= startsAt)) {
      return Optional.empty();
    }
    long lowest = Micros.floor(startsAt, window);
    long from = assignmentsFrom(stored, isFresh, lowest, endsAt);
    PolicyScope scope = new PolicyScope(policy, fingerprint, lowest, endsAt, end, from);
    List<MetricPlan> metrics = new ArrayList<>();
    for (String metricKey : policy.metrics()) {
      if (request.metric() == null || request.metric().equals(metricKey)) {
        Metric metric = definitions.metrics().get(metricKey);
        boolean isPerUnit = policy.entity().equals(metric.per());
        planMetric(scope, isPerUnit ? metric.per(null) : metric).ifPresent(metrics::add);
      }
    }
    if (from == Micros.AFTER_ALL && metrics.isEmpty()) {
      return Optional.empty();
    }
    if (from != Micros.AFTER_ALL) {
      String why = isNew ? "new policy " : isFresh ? "changed policy " : advance(stored, end);
      String reason = isFresh ? why + policy.key() : why;
      exposures.forEach(ref -> reads.add(ref, from, Math.min(end, endsAt), reason));
    }
    return Optional.of(
        new PolicyPlan(
            policy.key(),
            policy.entity(),
            userKeys(metrics),
            definitions.unitDimensions(policy.entity()),
            List.copyOf(policy.allocations().keySet()),
            policy.control(),
            new Analysis(
                policy.confidence(),
                policy.sequentialUnits(),
                policy.goal(),
                policy.guardrails(),
                definitions.pipeline().maxDimensionValues()),
            definitions.pipeline().multipleAllocations() == MultipleAllocations.EXCLUDE,
            startsAt,
            endsAt,
            isNew,
            isFresh,
            from,
            end,
            fingerprint,
            List.copyOf(metrics)));
  }

  private Map<String, String> userKeys(List<MetricPlan> metrics) {
    Map<String, String> keys = new TreeMap<>();
    for (MetricPlan metric : metrics) {
      if (metric.isPerUser()) {
        String per = metric.definition().per();
        keys.put(per, definitions.entities().get(per).keyColumn());
      }
    }
    return keys;
  }

  private List<DefinitionRef> exposures(Definitions.Policy policy) {
    return definitions.assignments().values().stream()
        .filter(assignments -> assignments.entity().equals(policy.entity()))
        .map(assignments -> DefinitionRef.assignment(assignments.name()))
        .toList();
  }

  /** E: never behind what is materialized, and one for the policy and all its metrics. */
  private long end(Watermark stored) {
    if (stored == null) {
      return lastDue;
    }
    boolean advances = !request.isBackfill() || request.hasTo();
    return advances ? Math.max(lastDue, stored.windowEnd()) : stored.windowEnd();
  }

  /** S: where assignments are read from, or {@link Micros#AFTER_ALL} when they are not read. */
  private long assignmentsFrom(Watermark stored, boolean isFresh, long lowest, long endsAt) {
    if (isFresh) {
      return lowest;
    }
    if (request.metric() != null) {
      return Micros.AFTER_ALL; // a metric's backfill reads facts only
    }
    long asked = request.hasFrom() ? request.from() : Micros.AFTER_ALL;
    long earliest = Math.min(stored.windowEnd() - overlap, asked);
    long from = Math.max(lowest, Micros.floor(earliest, window));
    return from >= endsAt ? Micros.AFTER_ALL : from; // ended, and nothing left to repair
  }

  private record PolicyScope(
      Definitions.Policy policy,
      String fingerprint,
      long lowest,
      long endsAt,
      long end,
      long assignmentsFrom) {}

  private Optional<MetricPlan> planMetric(PolicyScope scope, Metric metric) {
    List<DefinitionRef> facts = metric.facts().stream().map(DefinitionRef::fact).toList();
    if (facts.stream().anyMatch(broken::contains)) {
      return Optional.empty();
    }
    String policyKey = scope.policy().key();
    Watermark stored = watermarks.get(List.of(policyKey, metric.key()));
    int lookbackDays = definitions.lookbackDays(scope.policy(), metric);
    String fingerprint =
        Fingerprint.of(
            definitions, metric, lookbackDays, scope.policy().entity(), scope.fingerprint());
    boolean isFresh = stored == null || !stored.fingerprint().equals(fingerprint);
    long start;
    Base base;
    String reason;
    if (isFresh) {
      start = scope.lowest();
      base = Base.EMPTY;
      reason = (stored == null ? "new metric " : "changed metric ") + metric.key();
    } else {
      if (isSettled(scope, stored)) {
        return Optional.empty();
      }
      long earliest = earliest(scope, stored);
      base = earliest >= stored.totalsTo() ? Base.TOTALS : Base.DAYS;
      start =
          base == Base.TOTALS
              ? stored.totalsTo()
              : Math.max(scope.lowest(), Micros.floor(earliest, Micros.DAY));
      reason =
          base == Base.DAYS && !request.hasFrom()
              ? "catch up " + metric.key()
              : advance(stored, scope.end());
    }
    for (DefinitionRef fact : facts) {
      long historyFrom = base == Base.TOTALS ? start : start - lookbackDays * Micros.DAY;
      reads.add(fact, historyFrom, start, Math.min(scope.end(), scope.endsAt()), reason);
    }
    if (metric.per() != null) {
      for (DefinitionRef exposures : exposures(scope.policy())) {
        reads.add(exposures, start, Math.min(scope.end(), scope.endsAt()), reason);
      }
    }
    return Optional.of(
        new MetricPlan(
            metric,
            lookbackDays,
            definitions.factDimensions(metric),
            start,
            base,
            Math.max(start, Micros.floor(scope.end() - overlap, window)),
            isFresh,
            isFresh || base == Base.DAYS,
            fingerprint));
  }

  /** Whether neither new assignments, nor the request, nor a missed window concern the metric. */
  private boolean isSettled(PolicyScope scope, Watermark stored) {
    if (scope.assignmentsFrom() != Micros.AFTER_ALL || request.hasFrom()) {
      return false;
    }
    long repairFrom = Math.min(stored.windowEnd() - overlap, stored.restartFrom());
    boolean isCurrent =
        scope.end() <= stored.windowEnd() && stored.restartFrom() == Micros.AFTER_ALL;
    return repairFrom >= scope.endsAt() || isCurrent;
  }

  private long earliest(PolicyScope scope, Watermark stored) {
    long earliest = Math.min(stored.totalsTo(), stored.windowEnd() - overlap);
    earliest = Math.min(earliest, stored.restartFrom());
    earliest = Math.min(earliest, scope.assignmentsFrom());
    earliest = Math.min(earliest, request.hasFrom() ? request.from() : Micros.AFTER_ALL);
    return Micros.floor(earliest, window);
  }

  private String advance(Watermark stored, long end) {
    if (request.hasFrom()) {
      return "backfill";
    }
    return end > stored.windowEnd() ? "new windows and the overlap" : "the overlap again";
  }
}
