package io.traffical.pipeline.oracle;

import io.traffical.pipeline.oracle.Experiments.Policy;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;

/** Writes the definition file. */
final class DefinitionText {
  private final Experiments experiments;
  private final StringBuilder yaml = new StringBuilder();

  DefinitionText(Experiments experiments) {
    this.experiments = experiments;
  }

  static String quoted(String value) {
    return '"' + value.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
  }

  String yaml() {
    Experiments.Settings settings = experiments.settings();
    yaml.append(
        """
        pipeline:
          window: %ds
          overlap: %ds
          delay: 0s
          scan: %ds
          multipleAllocations: %s
          parallelism: %d
          maxDimensionValues: %d
        entities:
          user: { keyType: userId }
        assignments:
        """
            .formatted(
                settings.window().toSeconds(),
                settings.overlap().toSeconds(),
                settings.scan().toSeconds(),
                settings.keepsFirst() ? "first" : "exclude",
                settings.parallelism(),
                settings.maxDimensionValues()));
    experiments.assignments().forEach(this::assignments);
    yaml.append("facts:\n");
    for (String name : List.of("orders", "clicks")) {
      source(name, "event_time, amount, tax, kind, item", "event_time", !experiments.isBetween());
      dimensions(name);
    }
    yaml.append("metrics:\n");
    experiments
        .metrics()
        .forEach((key, metric) -> yaml.append("  %s: %s\n".formatted(key, metric.yaml())));
    yaml.append("policies:\n");
    experiments.policies().forEach(this::policy);
    return yaml.toString();
  }

  private void assignments(String name) {
    source(
        name,
        "assigned_at, experiment AS policy_key, variant AS allocation_key, country, tier",
        "assigned_at",
        experiments.isBetween());
    dimensions(name);
  }

  private void dimensions(String name) {
    List<String> dimensions = new ArrayList<>(experiments.dimensions().get(name));
    if (experiments.isBetween()) {
      Collections.reverse(dimensions);
    }
    if (!dimensions.isEmpty()) {
      yaml.append("    dimensions: [%s]\n".formatted(String.join(", ", dimensions)));
    }
  }

  private void source(String name, String columns, String time, boolean between) {
    String range =
        between
            ? "%s BETWEEN '{{start_date}}'::timestamptz AND '{{end_date}}'::timestamptz"
            : "%s >= '{{start_date}}'::timestamptz AND %1$s < '{{end_date}}'::timestamptz";
    yaml.append(
        """
          %s:
            entity: user
            sql: |
              SELECT user_id, %s
              FROM shop.%s
              WHERE %s
        """
            .formatted(name, columns, name, range.formatted(time)));
  }

  private void policy(String key, Policy policy) {
    double share = 1.0 / policy.allocations().size();
    yaml.append(
        """
          %s:
            entity: user
            allocations: { %s }
            startsAt: %s
        %s    metrics: [%s]
            cuped: %s
        """
            .formatted(
                key,
                policy.allocations().stream()
                    .map(name -> quoted(name) + ": " + share)
                    .collect(Collectors.joining(", ")),
                policy.startsAt(),
                policy.endsAt() == null ? "" : "    endsAt: " + policy.endsAt() + "\n",
                String.join(", ", policy.metrics()),
                policy.isCuped()));
  }
}
