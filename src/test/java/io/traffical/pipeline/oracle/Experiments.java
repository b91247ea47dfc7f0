package io.traffical.pipeline.oracle;

import io.traffical.pipeline.definition.Definitions;
import io.traffical.pipeline.testing.DefinitionFiles;
import io.traffical.pipeline.testing.TestDatabase;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * What the definition file says at one moment of a schedule.
 *
 * @param keepsFirst whether multipleAllocations is first
 * @param isSplit whether a second assignment definition holds some of the exposures
 * @param isBetween whether assignments say BETWEEN and facts {@code >= AND <}, or the reverse
 */
record Experiments(
    Duration window,
    Duration overlap,
    Duration scan,
    boolean keepsFirst,
    int parallelism,
    boolean isSplit,
    boolean isBetween,
    SortedMap<String, Metric> metrics,
    SortedMap<String, Policy> policies) {

  /** A metric; the column is null unless it sums. */
  record Metric(String fact, String aggregation, String column) {
    boolean isSum() {
      return aggregation.equals("sum");
    }

    boolean isProportion() {
      return aggregation.equals("conversion_rate");
    }
  }

  /** A policy; the first allocation is the control, and endsAt may be null. */
  record Policy(Instant startsAt, Instant endsAt, List<String> allocations, List<String> metrics) {}

  Experiments withWindow(Duration width) {
    return new Experiments(
        width, overlap, scan, keepsFirst, parallelism, isSplit, isBetween, metrics, policies);
  }

  Experiments withOverlap(Duration width) {
    return new Experiments(
        window, width, scan, keepsFirst, parallelism, isSplit, isBetween, metrics, policies);
  }

  Experiments withKeepsFirst(boolean keeps) {
    return new Experiments(
        window, overlap, scan, keeps, parallelism, isSplit, isBetween, metrics, policies);
  }

  Experiments with(String key, Metric metric) {
    SortedMap<String, Metric> changed = new TreeMap<>(metrics);
    changed.put(key, metric);
    return new Experiments(
        window, overlap, scan, keepsFirst, parallelism, isSplit, isBetween, changed, policies);
  }

  /** Adds or replaces a policy, or removes it when null. */
  Experiments with(String key, Policy policy) {
    SortedMap<String, Policy> changed = new TreeMap<>(policies);
    if (policy == null) {
      changed.remove(key);
    } else {
      changed.put(key, policy);
    }
    return new Experiments(
        window, overlap, scan, keepsFirst, parallelism, isSplit, isBetween, metrics, changed);
  }

  List<String> assignments() {
    return isSplit ? List.of("exposures", "web") : List.of("exposures");
  }

  /** Returns the definitions that a policy's assignments or one of its metrics is read from. */
  List<String> sources(String metric) {
    return metric.isEmpty() ? assignments() : List.of(metrics.get(metric).fact());
  }

  /** Returns what a policy's assignments depend on: when it changes, they start over. */
  String essence(String policyKey) {
    Policy policy = policies.get(policyKey);
    return String.join(
        " ",
        String.valueOf(policy.startsAt),
        String.valueOf(policy.endsAt),
        String.valueOf(keepsFirst),
        policy.allocations.stream().sorted().collect(Collectors.joining(",")));
  }

  /** Returns what a metric's outcomes depend on: when it changes, they start over. */
  String essence(String policyKey, String metricKey) {
    return essence(policyKey) + (metricKey.isEmpty() ? "" : " " + metrics.get(metricKey));
  }

  Definitions definitions(TestDatabase database) {
    return DefinitionFiles.read(DefinitionFiles.connection(database) + yaml());
  }

  private String yaml() {
    StringBuilder yaml = new StringBuilder();
    yaml.append(
        """
        pipeline:
          window: %ds
          overlap: %ds
          delay: 0s
          scan: %ds
          multipleAllocations: %s
          parallelism: %d
        entities:
          user: { keyType: userId }
        assignments:
        """
            .formatted(
                window.toSeconds(),
                overlap.toSeconds(),
                scan.toSeconds(),
                keepsFirst ? "first" : "exclude",
                parallelism));
    String columns = "assigned_at, experiment AS policy_key, variant AS allocation_key";
    for (String name : assignments()) {
      yaml.append(source(name, columns, "assigned_at", isBetween));
    }
    yaml.append("facts:\n");
    for (String name : List.of("orders", "clicks")) {
      yaml.append(source(name, "event_time, amount, tax", "event_time", !isBetween));
    }
    yaml.append("metrics:\n");
    metrics.forEach(
        (key, metric) ->
            yaml.append(
                "  %s: { fact: %s, aggregation: %s%s }\n"
                    .formatted(
                        key,
                        metric.fact,
                        metric.aggregation,
                        metric.column == null ? "" : ", valueColumn: " + metric.column)));
    yaml.append("policies:\n");
    policies.forEach((key, policy) -> yaml.append(policy(key, policy)));
    return yaml.toString();
  }

  private static String source(String name, String columns, String time, boolean between) {
    String range =
        between
            ? "%s BETWEEN '{{start_date}}'::timestamptz AND '{{end_date}}'::timestamptz"
            : "%s >= '{{start_date}}'::timestamptz AND %1$s < '{{end_date}}'::timestamptz";
    return """
          %s:
            entity: user
            sql: |
              SELECT user_id, %s
              FROM shop.%s
              WHERE %s
        """
        .formatted(name, columns, name, range.formatted(time));
  }

  private static String policy(String key, Policy policy) {
    double share = 1.0 / policy.allocations.size();
    return """
          %s:
            entity: user
            allocations: { %s }
            startsAt: %s
        %s    metrics: [%s]
        """
        .formatted(
            key,
            policy.allocations.stream()
                .map(name -> "\"" + name + "\": " + share)
                .collect(Collectors.joining(", ")),
            policy.startsAt,
            policy.endsAt == null ? "" : "    endsAt: " + policy.endsAt + "\n",
            String.join(", ", policy.metrics));
  }
}
