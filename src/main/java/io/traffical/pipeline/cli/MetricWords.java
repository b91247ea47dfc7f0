package io.traffical.pipeline.cli;

import io.traffical.pipeline.definition.Definitions;
import io.traffical.pipeline.definition.Definitions.Correction;
import io.traffical.pipeline.definition.Definitions.Guardrail;
import io.traffical.pipeline.definition.Definitions.GuardrailDirection;
import io.traffical.pipeline.definition.Definitions.Policy;
import io.traffical.pipeline.definition.Metric;
import io.traffical.pipeline.definition.Metric.Aggregation;
import io.traffical.pipeline.definition.Metric.Direction;
import io.traffical.pipeline.definition.Metric.Measure;
import io.traffical.pipeline.definition.Metric.PercentileOf;

/**
 * What the definitions say of a metric of a policy, for people. What they no longer hold is said in
 * general words.
 *
 * @param name its display name, or else its key
 * @param entity the kind of unit, for words such as {@code per user}
 * @param metric null when it has left the file
 * @param guardrail null when it is none of the policy's
 * @param correction of the policy's p-values
 */
record MetricWords(
    String name, String entity, Metric metric, Guardrail guardrail, Correction correction) {

  static MetricWords of(Definitions definitions, String policyKey, String metricKey) {
    Metric metric = definitions.metrics().get(metricKey);
    Policy policy = definitions.policies().get(policyKey);
    boolean isNamed = metric != null && metric.displayName() != null;
    return new MetricWords(
        isNamed ? metric.displayName() : metricKey,
        policy == null ? "unit" : policy.entity(),
        metric,
        policy == null ? null : guardrail(policy, metricKey),
        policy == null ? Correction.NONE : policy.correction());
  }

  private static Guardrail guardrail(Policy policy, String metricKey) {
    return policy.guardrails().stream()
        .filter(guardrail -> guardrail.metric().equals(metricKey))
        .findFirst()
        .orElse(null);
  }

  /** Returns whether it is aggregated in this way. */
  boolean is(Aggregation aggregation) {
    return metric != null && metric.aggregation() == aggregation;
  }

  /** Returns whether values are shares of units. */
  boolean isProportion() {
    return is(Aggregation.CONVERSION_RATE) || is(Aggregation.FUNNEL);
  }

  /** Returns {@code users}. */
  String units() {
    return entity + "s";
  }

  /**
   * Returns which way it should move: as its definition says, or else as its guardrail implies;
   * null when neither says.
   */
  Direction desired() {
    if (metric != null && metric.desiredDirection() != null) {
      return metric.desiredDirection();
    }
    if (guardrail == null) {
      return null;
    }
    return guardrail.direction() == GuardrailDirection.MUST_NOT_DECREASE
        ? Direction.INCREASE
        : Direction.DECREASE;
  }

  /** Returns a value such as {@code 12.34 %} or {@code 45.67 EUR}. */
  String value(double value) {
    return isProportion() ? Numbers.share(value) : Numbers.plain(value) + countedIn();
  }

  /** Returns a difference of two values without what it is counted in. */
  String difference(double difference) {
    return isProportion() ? Numbers.points(difference) : Numbers.plain(difference);
  }

  /** Returns what differences are counted in, such as {@code EUR per user}, after a space. */
  String differenceUnit(String percentagePoints) {
    return isProportion() ? " " + percentagePoints : countedIn() + per();
  }

  private String countedIn() {
    return metric == null || metric.unit() == null ? "" : " " + metric.unit();
  }

  private String per() {
    if (is(Aggregation.PERCENTILE)) {
      return "";
    }
    return " per " + (is(Aggregation.RATIO) ? single(metric.measures().get(1)) : entity);
  }

  private static String single(Measure measure) {
    return measure.valueColumn() == null
        ? "row of " + measure.fact()
        : measure.valueColumn() + " of " + measure.fact();
  }

  /** Returns {@code rows of orders} or {@code order_total of orders}. */
  static String summed(Measure measure) {
    return measure.valueColumn() == null
        ? "rows of " + measure.fact()
        : measure.valueColumn() + " of " + measure.fact();
  }

  /** Returns {@code per user}, {@code per row of orders}, or what a percentile is of. */
  String about() {
    if (is(Aggregation.PERCENTILE)) {
      return metric.of() == PercentileOf.EVENTS
          ? "over all rows of " + metric.measures().get(0).fact()
          : "over the sums of all " + units();
    }
    return isProportion() ? "of the " + units() : per().strip();
  }
}
