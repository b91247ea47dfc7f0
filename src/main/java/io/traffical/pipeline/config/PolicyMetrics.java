package io.traffical.pipeline.config;

import io.traffical.pipeline.definition.Definitions.Fact;
import io.traffical.pipeline.definition.Definitions.Metric;
import io.traffical.pipeline.sql.Wording;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Finds the metrics of a policy: those it lists, or every metric of its entity. */
final class PolicyMetrics {
  private final Map<String, Metric> metrics;
  private final Map<String, String> entities = new LinkedHashMap<>();

  PolicyMetrics(Map<String, Fact> facts, Map<String, Metric> metrics) {
    this.metrics = metrics;
    metrics.forEach(
        (key, metric) -> {
          String name = metric.measures().get(0).fact();
          Fact fact = name == null ? null : facts.get(name);
          entities.put(
              key, fact == null || fact.entities().isEmpty() ? null : fact.entities().get(0));
        });
  }

  /** Returns the keys of the policy's metrics, each once; problems are reported. */
  List<String> read(Section policy, String entity) {
    List<Scalar> listed = policy.list("metrics");
    if (listed != null) {
      return listed(policy, entity, listed);
    }
    List<String> all =
        metrics.keySet().stream()
            .filter(key -> entity != null && entity.equals(entities.get(key)))
            .toList();
    // A metric or entity with a problem of its own may be the one that is missing here.
    boolean isCertain = entity != null && !entities.containsValue(null) && !policy.has("metrics");
    if (all.isEmpty() && isCertain) {
      policy
          .problems()
          .error(
              policy.line(),
              policy.title() + " has no metrics: none has a fact of the entity \"" + entity + "\"",
              "add one under metrics");
    }
    return all;
  }

  private List<String> listed(Section policy, String entity, List<Scalar> listed) {
    if (listed.isEmpty()) {
      policy.error(
          "metrics",
          policy.title() + " has no metrics",
          "list some, or remove metrics to have all");
    }
    Set<String> seen = new LinkedHashSet<>();
    for (Scalar scalar : listed) {
      String remedy = "remove it";
      String key = scalar.value();
      String problem = null;
      if (!metrics.containsKey(key)) {
        problem = "names the metric " + scalar.shown() + ", which is not defined";
        remedy =
            Wording.nearest(key, metrics.keySet())
                .map(near -> "did you mean " + Wording.quoted(near) + "?")
                .orElse("define it under metrics, or name one that is there");
      } else if (!seen.add(key)) {
        problem = "names the metric " + scalar.shown() + " twice";
      } else if (entity != null && entities.get(key) != null && !entity.equals(entities.get(key))) {
        problem =
            "names the metric "
                + scalar.shown()
                + ", whose fact has the entity \""
                + entities.get(key)
                + "\"";
        remedy = "use metrics of the entity \"" + entity + "\"";
      }
      if (problem != null) {
        policy.problems().error(scalar.line(), policy.label("metrics") + " " + problem, remedy);
      }
    }
    return List.copyOf(seen);
  }
}
