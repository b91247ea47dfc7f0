package io.traffical.pipeline.cli;

import io.traffical.pipeline.cli.ResultRow.Range;
import io.traffical.pipeline.definition.Definitions.Correction;
import io.traffical.pipeline.definition.Definitions.Guardrail;
import io.traffical.pipeline.definition.Metric;
import io.traffical.pipeline.definition.Metric.Aggregation;
import io.traffical.pipeline.definition.Metric.Direction;
import io.traffical.pipeline.definition.Metric.Measure;
import io.traffical.pipeline.definition.Metric.PercentileOf;
import io.traffical.pipeline.definition.Metric.Timeframe;
import java.time.Instant;
import java.util.List;

/** A treatment's row of results as tests want it; everything that is not said is missing. */
final class ShownRow {
  static final Range NONE = new Range(null, null, null);

  private Aggregation aggregation = Aggregation.SUM;
  private Direction desired;
  private String unit;
  private String name;
  private Guardrail guardrail;
  private Correction correction = Correction.NONE;
  private Range lift = NONE;
  private Range relative = NONE;
  private Double pValue;
  private Double adjustedP;
  private boolean isSignificant;
  private boolean isSequential;
  private Double varianceReduction;
  private String guardrailStatus;
  private String country;
  private double value = 1;
  private List<String> reasons = List.of();

  static ShownRow of(Aggregation aggregation) {
    ShownRow row = new ShownRow();
    row.aggregation = aggregation;
    return row;
  }

  ShownRow lift(Double estimate, Double lower, Double upper) {
    lift = new Range(estimate, lower, upper);
    return this;
  }

  ShownRow relative(Double estimate, Double lower, Double upper) {
    relative = new Range(estimate, lower, upper);
    return this;
  }

  ShownRow p(double p) {
    pValue = p;
    return this;
  }

  ShownRow significant() {
    isSignificant = true;
    return this;
  }

  ShownRow corrected(double p, Correction by) {
    adjustedP = p;
    correction = by;
    return this;
  }

  ShownRow sequential() {
    isSequential = true;
    return this;
  }

  ShownRow cuped(double share) {
    varianceReduction = share;
    return this;
  }

  ShownRow desired(Direction direction) {
    desired = direction;
    return this;
  }

  ShownRow in(String countedIn) {
    unit = countedIn;
    return this;
  }

  ShownRow called(String displayName) {
    name = displayName;
    return this;
  }

  ShownRow guardrail(Guardrail rule, String status) {
    guardrail = rule;
    guardrailStatus = status;
    return this;
  }

  ShownRow worth(double shown) {
    value = shown;
    return this;
  }

  ShownRow country(String value) {
    country = value;
    return this;
  }

  ShownRow because(String... why) {
    reasons = List.of(why);
    return this;
  }

  ResultRow row() {
    boolean isPercentile = aggregation == Aggregation.PERCENTILE;
    Metric metric =
        new Metric(
            "m",
            aggregation,
            List.of(
                new Measure("orders", "order_total", List.of()),
                new Measure("orders", null, List.of())),
            Timeframe.ALWAYS,
            null,
            isPercentile ? 0.9 : null,
            isPercentile ? PercentileOf.EVENTS : null,
            0,
            desired,
            unit,
            name);
    return new ResultRow(
        "pricing_test",
        "m",
        "treatment",
        country == null ? "" : "country",
        country == null ? "" : country,
        Instant.EPOCH,
        new MetricWords(name == null ? "m" : name, "user", metric, guardrail, correction),
        false,
        100,
        1.0,
        1.0,
        value,
        lift,
        relative,
        pValue,
        adjustedP,
        isSignificant,
        isSequential,
        varianceReduction,
        List.of(),
        guardrail == null ? "metric" : "guardrail",
        guardrailStatus,
        reasons);
  }
}
