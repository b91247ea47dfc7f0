package io.traffical.pipeline.config;

import io.traffical.pipeline.definition.Definitions.Guardrail;
import io.traffical.pipeline.definition.Definitions.GuardrailDirection;
import io.traffical.pipeline.sql.Wording;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/** Reads which metrics of a policy have a role: its {@code goal} and its {@code guardrails}. */
final class GuardrailReader {
  private final Section policy;
  private final Format<String> metric;

  GuardrailReader(Section policy, Format<String> metric) {
    this.policy = policy;
    this.metric = metric;
  }

  /** Returns the metrics with a role, the goal first. */
  static List<String> metrics(String goal, List<Guardrail> guardrails) {
    return Stream.concat(
            Stream.of(goal).filter(Objects::nonNull), guardrails.stream().map(Guardrail::metric))
        .toList();
  }

  /** Returns the metric that decides; null when none is named. */
  String goal() {
    return policy.value("goal", metric, null);
  }

  /** Returns the guardrails in the file's order, broken ones left out. */
  List<Guardrail> guardrails(String goal) {
    Map<String, String> roles = new LinkedHashMap<>();
    if (goal != null) {
      roles.put(goal, "the goal");
    }
    List<Guardrail> guardrails = new ArrayList<>();
    for (Section section : policy.sections("guardrails", "guardrail")) {
      section.allow("metric", "direction", "threshold");
      String key = section.required("metric", other(roles), "name one of metrics");
      if (key != null) {
        roles.put(key, "a guardrail");
      }
      GuardrailDirection direction =
          section.required(
              "direction",
              Format.choice(GuardrailDirection.class),
              "add direction: must_not_decrease or must_not_increase");
      Double threshold =
          section.required("threshold", this::threshold, "add threshold: 0.01 for one percent");
      if (key != null && direction != null && threshold != null) {
        warnOfPercent(section, threshold);
        guardrails.add(new Guardrail(key, direction, threshold));
      }
    }
    return List.copyOf(guardrails);
  }

  /** The format of a metric that has no role yet. */
  private Format<String> other(Map<String, String> roles) {
    return scalar -> {
      String key = metric.parse(scalar);
      if (roles.containsKey(key)) {
        throw new RefusedException(
            "names the metric " + Wording.quoted(key) + ", which is already " + roles.get(key),
            "keep one of the two");
      }
      return key;
    };
  }

  private double threshold(Scalar scalar) throws RefusedException {
    double threshold = Format.NUMBER.parse(scalar);
    if (!(threshold >= 0)) {
      throw new RefusedException(
          "must be at least 0, found " + scalar.shown(), "use 0.01 for one percent of the control");
    }
    return threshold;
  }

  private static void warnOfPercent(Section section, double threshold) {
    if (threshold >= 1) {
      section
          .problems()
          .warning(
              section.line("threshold"),
              section.label("threshold") + " allows a change of 100 percent or more",
              "write one percent as 0.01");
    }
  }
}
