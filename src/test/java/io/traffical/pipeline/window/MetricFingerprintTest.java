package io.traffical.pipeline.window;

import static org.assertj.core.api.Assertions.assertThat;

import io.traffical.pipeline.definition.Definitions;
import io.traffical.pipeline.definition.Definitions.Assignments;
import io.traffical.pipeline.definition.Definitions.Correction;
import io.traffical.pipeline.definition.Definitions.Entity;
import io.traffical.pipeline.definition.Definitions.Fact;
import io.traffical.pipeline.definition.Definitions.Guardrail;
import io.traffical.pipeline.definition.Definitions.GuardrailDirection;
import io.traffical.pipeline.definition.Definitions.MultipleAllocations;
import io.traffical.pipeline.definition.Definitions.Pipeline;
import io.traffical.pipeline.definition.Definitions.Policy;
import io.traffical.pipeline.definition.Metric;
import io.traffical.pipeline.definition.Metric.Aggregation;
import io.traffical.pipeline.definition.Metric.Direction;
import io.traffical.pipeline.definition.Metric.Filter;
import io.traffical.pipeline.definition.Metric.Measure;
import io.traffical.pipeline.definition.Metric.Operator;
import io.traffical.pipeline.definition.Metric.PercentileOf;
import io.traffical.pipeline.definition.Metric.Timeframe;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What of the kinds of metrics and of dimensions makes a run compute everything again. */
class MetricFingerprintTest {
  private static final Timeframe WEEK = new Timeframe(0, 7, false);
  private static final Filter PAID = filter("status", Operator.EQUALS, "paid");
  private static final Metric METRIC =
      metric(Aggregation.PERCENTILE, WEEK, PercentileOf.UNITS, 14, orders("total", PAID));
  private static final Policy POLICY = policy(true);

  @Test
  void whatChangesTheOutcomesOfAMetricChangesItsFingerprint() {
    Set<String> seen = new HashSet<>(Set.of(of(METRIC)));

    for (Metric changed :
        List.of(
            // the timeframe
            percentile(Timeframe.ALWAYS, 14, orders("total", PAID)),
            percentile(new Timeframe(1, 7, false), 14, orders("total", PAID)),
            percentile(new Timeframe(0, 8, false), 14, orders("total", PAID)),
            percentile(new Timeframe(0, 7, true), 14, orders("total", PAID)),
            // what is measured
            percentile(WEEK, 14, orders("net", PAID)),
            percentile(WEEK, 14, new Measure("visits", "total", List.of(PAID))),
            percentile(WEEK, 14, orders("total", PAID), orders("total", PAID)),
            metric(Aggregation.PERCENTILE, WEEK, PercentileOf.EVENTS, 14, orders("total", PAID)),
            metric(Aggregation.SUM, WEEK, null, 14, orders("total", PAID)),
            // how far CUPED looks back
            percentile(WEEK, 13, orders("total", PAID)),
            percentile(WEEK, 0, orders("total", PAID)),
            // its filters
            percentile(WEEK, 14, orders("total")),
            percentile(WEEK, 14, orders("total", filter("state", Operator.EQUALS, "paid"))),
            percentile(WEEK, 14, orders("total", filter("status", Operator.NOT_EQUALS, "paid"))),
            percentile(WEEK, 14, orders("total", filter("status", Operator.EQUALS, "shipped"))),
            percentile(WEEK, 14, orders("total", filter("status", Operator.IN, "paid", "open"))),
            percentile(WEEK, 14, orders("total", PAID, filter("gift", Operator.EQUALS, "t"))))) {
      assertThat(seen.add(of(changed))).as("%s", changed).isTrue();
    }
  }

  @Test
  void theOrderOfStepsAndOfTheTermsOfARatioMatters() {
    Measure orders = orders(null);
    Measure visits = new Measure("visits", null, List.of());

    assertThat(of(metric(Aggregation.RATIO, WEEK, null, 0, orders, visits)))
        .isNotEqualTo(of(metric(Aggregation.RATIO, WEEK, null, 0, visits, orders)));
    assertThat(of(metric(Aggregation.FUNNEL, WEEK, null, 0, orders, visits)))
        .isNotEqualTo(of(metric(Aggregation.FUNNEL, WEEK, null, 0, visits, orders)));
  }

  /** They change what is made of unit outcomes, or how it is shown. */
  @Test
  void whatIsDoneWithTheOutcomesOfUnitsDoesNot() {
    for (Metric changed :
        List.of(
            with(0.99, 0.5, null, null, null),
            with(null, 0.9, null, null, null),
            with(null, 0.5, Direction.DECREASE, null, null),
            with(null, 0.5, null, "EUR", null),
            with(null, 0.5, null, null, "Revenue"))) {
      assertThat(of(changed)).as("%s", changed).isEqualTo(of(METRIC));
    }
  }

  @Test
  void aLookbackCountsOnlyWhereThePolicyIsAdjusted() {
    Metric without = percentile(WEEK, 0, orders("total", PAID));

    assertThat(of(METRIC, policy(false), List.of())).isEqualTo(of(without, POLICY, List.of()));
  }

  @Test
  void theRolesAndStatisticsOfAPolicyChangeNothing() {
    Policy other =
        new Policy(
            "pricing_test",
            "user",
            Map.of("off", 0.9, "on", 0.1),
            "on",
            POLICY.startsAt(),
            null,
            List.of("m", "n"),
            "m",
            List.of(new Guardrail("m", GuardrailDirection.MUST_NOT_DECREASE, 0.01)),
            0.8,
            20_000L,
            true,
            Correction.HOLM);

    assertThat(of(METRIC, other, List.of())).isEqualTo(of(METRIC));
  }

  @Test
  void aChangedDimensionOfUnitsChangesThePolicyAndItsMetrics() {
    Set<String> policies = new HashSet<>();
    Set<String> metrics = new HashSet<>();
    for (List<String> dimensions :
        List.of(
            List.<String>of(), List.of("country"), List.of("plan"), List.of("country", "plan"))) {
      Definitions definitions = definitions(METRIC, POLICY, dimensions);
      assertThat(policies.add(Fingerprint.of(definitions, POLICY))).isTrue();
      assertThat(metrics.add(of(METRIC, POLICY, dimensions))).isTrue();
    }
    assertThat(of(METRIC, POLICY, List.of("plan", "country")))
        .as("dimensions are kept by name")
        .isEqualTo(of(METRIC, POLICY, List.of("country", "plan")));
  }

  private static String of(Metric metric) {
    return of(metric, POLICY, List.of());
  }

  private static String of(Metric metric, Policy policy, List<String> dimensions) {
    Definitions definitions = definitions(metric, policy, dimensions);
    return Fingerprint.of(
        definitions,
        metric,
        definitions.lookbackDays(policy, metric),
        "user",
        Fingerprint.of(definitions, policy));
  }

  private static Definitions definitions(Metric metric, Policy policy, List<String> dimensions) {
    Pipeline pipeline =
        new Pipeline(
            Duration.ofHours(1),
            Duration.ofHours(3),
            Duration.ofMinutes(5),
            Duration.ofDays(1),
            MultipleAllocations.EXCLUDE,
            0.01,
            0,
            Duration.ofMinutes(10),
            0.95,
            null,
            false,
            20,
            100,
            List.of());
    return new Definitions(
        null,
        null,
        "traffical",
        pipeline,
        Map.of("user", new Entity("user", "user_id")),
        Map.of("exposures", new Assignments("exposures", "user", "SELECT 1", dimensions)),
        Map.of("orders", fact("orders"), "visits", fact("visits")),
        Map.of("m", metric),
        Map.of("pricing_test", policy));
  }

  private static Fact fact(String name) {
    return new Fact(name, List.of("user"), "event_time", "SELECT 2", List.of());
  }

  private static Policy policy(boolean cuped) {
    return new Policy(
        "pricing_test",
        "user",
        Map.of("off", 0.5, "on", 0.5),
        "off",
        Instant.parse("2026-01-01T00:00:00Z"),
        null,
        List.of("m"),
        null,
        List.of(),
        0.95,
        null,
        cuped,
        Correction.NONE);
  }

  private static Metric percentile(Timeframe when, int lookback, Measure... measures) {
    return metric(Aggregation.PERCENTILE, when, PercentileOf.UNITS, lookback, measures);
  }

  private static Metric metric(
      Aggregation aggregation, Timeframe when, PercentileOf of, int lookback, Measure... measures) {
    Double percentile = of == null ? null : 0.5;
    return new Metric(
        "m",
        aggregation,
        List.of(measures),
        when,
        null,
        percentile,
        of,
        lookback,
        null,
        null,
        null);
  }

  private static Metric with(
      Double winsorizeAt, Double percentile, Direction direction, String unit, String name) {
    return new Metric(
        METRIC.key(),
        METRIC.aggregation(),
        METRIC.measures(),
        METRIC.timeframe(),
        winsorizeAt,
        percentile,
        METRIC.of(),
        METRIC.lookbackDays(),
        direction,
        unit,
        name);
  }

  private static Measure orders(String valueColumn, Filter... filters) {
    return new Measure("orders", valueColumn, List.of(filters));
  }

  private static Filter filter(String column, Operator operator, String... values) {
    return new Filter(column, operator, List.of(values));
  }
}
