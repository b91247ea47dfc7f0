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
 * @param isSplit whether a second assignment definition holds some of the exposures
 * @param isBetween whether assignments say BETWEEN and facts {@code >= AND <}, or the reverse
 * @param dimensions those of each assignment definition and of each fact
 */
record Experiments(
    Settings settings,
    boolean isSplit,
    boolean isBetween,
    SortedMap<String, List<String>> dimensions,
    SortedMap<String, Metric> metrics,
    SortedMap<String, Policy> policies) {

  /**
   * What the file says under {@code pipeline}.
   *
   * @param keepsFirst whether multipleAllocations is first
   */
  record Settings(
      Duration window,
      Duration overlap,
      Duration scan,
      boolean keepsFirst,
      int parallelism,
      int maxDimensionValues) {

    Settings withWindow(Duration width) {
      return new Settings(width, overlap, scan, keepsFirst, parallelism, maxDimensionValues);
    }

    Settings withOverlap(Duration width) {
      return new Settings(window, width, scan, keepsFirst, parallelism, maxDimensionValues);
    }

    Settings withKeepsFirst(boolean keeps) {
      return new Settings(window, overlap, scan, keeps, parallelism, maxDimensionValues);
    }

    Settings withMaxDimensionValues(int most) {
      return new Settings(window, overlap, scan, keepsFirst, parallelism, most);
    }
  }

  /**
   * A policy; the first allocation is the control, and endsAt may be null.
   *
   * @param isCuped whether metrics with a lookback are adjusted
   */
  record Policy(
      Instant startsAt,
      Instant endsAt,
      List<String> allocations,
      List<String> metrics,
      boolean isCuped) {
    Policy withMetrics(List<String> keys) {
      return new Policy(startsAt, endsAt, allocations, List.copyOf(keys), isCuped);
    }
  }

  Duration window() {
    return settings.window;
  }

  Duration overlap() {
    return settings.overlap;
  }

  Experiments with(Settings other) {
    return new Experiments(other, isSplit, isBetween, dimensions, metrics, policies);
  }

  /** Replaces the dimensions of an assignment definition or fact. */
  Experiments withDimensions(String source, List<String> names) {
    SortedMap<String, List<String>> changed = new TreeMap<>(dimensions);
    changed.put(source, names);
    return new Experiments(settings, isSplit, isBetween, changed, metrics, policies);
  }

  Experiments with(String key, Metric metric) {
    SortedMap<String, Metric> changed = new TreeMap<>(metrics);
    changed.put(key, metric);
    return new Experiments(settings, isSplit, isBetween, dimensions, changed, policies);
  }

  /** Adds or replaces a policy, or removes it when null. */
  Experiments with(String key, Policy policy) {
    SortedMap<String, Policy> changed = new TreeMap<>(policies);
    if (policy == null) {
      changed.remove(key);
    } else {
      changed.put(key, policy);
    }
    return new Experiments(settings, isSplit, isBetween, dimensions, metrics, changed);
  }

  List<String> assignments() {
    return isSplit ? List.of("exposures", "web") : List.of("exposures");
  }

  /** Returns the names of all dimensions of units. */
  List<String> unitDimensions() {
    return assignments().stream()
        .flatMap(name -> dimensions.get(name).stream())
        .distinct()
        .sorted()
        .toList();
  }

  /** Returns the names of the facts' dimensions that a metric's results are broken down by. */
  List<String> factDimensions(String metricKey) {
    Metric metric = metrics.get(metricKey);
    return metric.addsUp()
        ? Rows.FACT_DIMENSIONS.stream()
            .filter(name -> metric.facts().stream().allMatch(f -> dimensions.get(f).contains(name)))
            .toList()
        : List.of();
  }

  /** Returns what a unit's dimension is called, as SQL over an exposure. */
  String label(String dimension) {
    List<String> sources =
        assignments().stream().filter(name -> dimensions.get(name).contains(dimension)).toList();
    return "coalesce(CASE WHEN source = ANY (%s) THEN %s::text END, '(none)')"
        .formatted(Sql.array(sources), dimension);
  }

  /** Returns the metrics that any policy has. */
  List<String> listed() {
    return policies.values().stream()
        .flatMap(policy -> policy.metrics().stream())
        .distinct()
        .sorted()
        .toList();
  }

  /** Returns the definitions that a policy's assignments or one of its metrics is read from. */
  List<String> sources(String metric) {
    return metric.isEmpty() ? assignments() : metrics.get(metric).facts();
  }

  /** Returns how many days are looked back for a metric of a policy; 0 for not. */
  int lookbackDays(String policyKey, String metricKey) {
    return policies.get(policyKey).isCuped ? metrics.get(metricKey).lookbackDays() : 0;
  }

  /** Returns what a policy's assignments depend on: when it changes, they start over. */
  String essence(String policyKey) {
    Policy policy = policies.get(policyKey);
    return String.join(
        " ",
        String.valueOf(policy.startsAt),
        String.valueOf(policy.endsAt),
        String.valueOf(settings.keepsFirst),
        policy.allocations.stream().sorted().collect(Collectors.joining(",")),
        String.valueOf(assignments().stream().map(name -> dimensions.get(name)).toList()));
  }

  /** Returns what a metric's outcomes depend on: when it changes, they start over. */
  String essence(String policyKey, String metricKey) {
    return metricKey.isEmpty()
        ? essence(policyKey)
        : essence(policyKey)
            + " "
            + metrics.get(metricKey).essence(lookbackDays(policyKey, metricKey))
            + factDimensions(metricKey);
  }

  /** Returns what a metric's results depend on beside its outcomes. */
  String shown(String policyKey, String metricKey) {
    return "%s %s %s %d"
        .formatted(
            essence(policyKey, metricKey),
            policies.get(policyKey).allocations,
            metricKey.isEmpty() ? "" : metrics.get(metricKey),
            settings.maxDimensionValues);
  }

  Definitions definitions(TestDatabase database) {
    return DefinitionFiles.read(
        DefinitionFiles.connection(database) + new DefinitionText(this).yaml());
  }
}
