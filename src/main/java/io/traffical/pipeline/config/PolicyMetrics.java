package io.traffical.pipeline.config;

import io.traffical.pipeline.definition.Definitions.Fact;
import io.traffical.pipeline.definition.Metric;
import io.traffical.pipeline.definition.Metric.Measure;
import io.traffical.pipeline.sql.Wording;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Finds the metrics of a policy: those it lists, or every metric of its entity. */
final class PolicyMetrics {
  private final Map<String, Fact> facts;
  private final Map<String, Metric> metrics;
  private final boolean isComplete;

  PolicyMetrics(DefinedMetrics defined) {
    this.facts = defined.facts();
    this.metrics = defined.metrics();
    this.isComplete = defined.isComplete();
  }

  /**
   * Returns the keys of the policy's metrics, each once; problems are reported.
   *
   * @param named its goal and guardrails, which are always among them
   */
  List<String> read(Section policy, String entity, List<String> named) {
    Set<String> keys = new LinkedHashSet<>();
    if (policy.has("metrics")) {
      List<String> listed = policy.values("metrics", once(entity, keys));
      if (listed != null && listed.isEmpty() && policy.list("metrics").isEmpty()) {
        policy.error(
            "metrics",
            policy.title() + " has no metrics",
            "list some, or remove metrics to have all");
      }
    } else {
      keys.addAll(ofEntity(policy, entity));
    }
    keys.addAll(named);
    return List.copyOf(keys);
  }

  /** Returns the format of the key of a metric that a policy of the entity may have. */
  Format<String> ofPolicy(String entity) {
    return scalar -> {
      String key = References.to("metric", "metrics", metrics.keySet()).parse(scalar);
      for (Measure measure : metrics.get(key).measures()) {
        Fact fact = fact(measure);
        if (entity != null && isKnown(fact) && !fact.entities().contains(entity)) {
          throw new RefusedException(
              "names the metric " + scalar.shown() + ", whose fact " + described(fact),
              "use metrics of the entity " + Wording.quoted(entity));
        }
      }
      return key;
    };
  }

  private static String described(Fact fact) {
    List<String> entities = fact.entities().stream().map(Wording::quoted).toList();
    return Wording.quoted(fact.name())
        + (entities.size() == 1 ? " has the entity " : " has the entities ")
        + Wording.list(entities, "and");
  }

  /** Returns the format of such a key that is not among the given ones; it adds the key to them. */
  private Format<String> once(String entity, Set<String> seen) {
    return scalar -> {
      String key = ofPolicy(entity).parse(scalar);
      if (!seen.add(key)) {
        throw new RefusedException("names the metric " + scalar.shown() + " twice", "remove it");
      }
      return key;
    };
  }

  private List<String> ofEntity(Section policy, String entity) {
    List<String> all = new ArrayList<>();
    metrics.forEach(
        (key, metric) -> {
          List<Measure> measures = metric.measures();
          if (!measures.isEmpty() && measures.stream().allMatch(m -> has(fact(m), entity))) {
            all.add(key);
          }
        });
    if (all.isEmpty() && entity != null && isComplete) {
      policy
          .problems()
          .error(
              policy.line(),
              policy.title() + " has no metrics: none has facts of the entity \"" + entity + "\"",
              "add one under metrics");
    }
    return all;
  }

  private Fact fact(Measure measure) {
    return measure.fact() == null ? null : facts.get(measure.fact());
  }

  private static boolean isKnown(Fact fact) {
    return fact != null && !fact.entities().isEmpty();
  }

  private static boolean has(Fact fact, String entity) {
    return fact != null && entity != null && fact.entities().contains(entity);
  }
}
