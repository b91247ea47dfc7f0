package io.traffical.pipeline.config;

import static io.traffical.pipeline.definition.Metric.Aggregation.CONVERSION_RATE;
import static io.traffical.pipeline.definition.Metric.Aggregation.COUNT;
import static io.traffical.pipeline.definition.Metric.Aggregation.COUNT_DISTINCT;
import static io.traffical.pipeline.definition.Metric.Aggregation.FUNNEL;
import static io.traffical.pipeline.definition.Metric.Aggregation.PERCENTILE;
import static io.traffical.pipeline.definition.Metric.Aggregation.RATIO;
import static io.traffical.pipeline.definition.Metric.Aggregation.SUM;
import static io.traffical.pipeline.definition.Metric.Timeframe.ALWAYS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.traffical.pipeline.definition.Definitions;
import io.traffical.pipeline.definition.Metric;
import io.traffical.pipeline.definition.Metric.Aggregation;
import io.traffical.pipeline.definition.Metric.Direction;
import io.traffical.pipeline.definition.Metric.Filter;
import io.traffical.pipeline.definition.Metric.Measure;
import io.traffical.pipeline.definition.Metric.Operator;
import io.traffical.pipeline.definition.Metric.PercentileOf;
import io.traffical.pipeline.definition.Metric.Timeframe;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What is written of a metric, and the record that it must become. */
class MetricReaderTest {
  static final String FILE =
      """
      version: "1.0"
      connection: { host: localhost, database: shop, username: traffical }
      entities:
        user: { keyType: userId }
        company: { keyType: companyId }
      assignments:
        exposures:
          entity: user
          sql: SELECT 1 WHERE t BETWEEN '{{start_date}}' AND '{{end_date}}'
      facts:
        carts:
          entity: user
          sql: SELECT 1 WHERE t BETWEEN '{{start_date}}' AND '{{end_date}}'
        orders:
          entities: [user, company]
          sql: SELECT 1 WHERE t BETWEEN '{{start_date}}' AND '{{end_date}}'
      metrics:
        m: METRIC
      policies:
        p:
          entity: user
          allocations: { control: 0.5, treatment: 0.5 }
          startsAt: 2026-01-01T00:00:00Z
      """;

  private static final Filter PAID = new Filter("status", Operator.IN, List.of("paid", "shipped"));
  private static final Filter NO_TEST = new Filter("test", Operator.NOT_EQUALS, List.of("true"));

  @TempDir private Path directory;

  @ParameterizedTest
  @MethodSource({"simple", "filtered", "ofSeveralFacts"})
  void readsAMetric(String written, Metric expected) throws IOException {
    Definitions definitions = read(FILE.replace("METRIC", written));

    assertThat(definitions.metrics()).containsExactly(Map.entry("m", expected));
    assertThat(definitions.policies().get("p").metrics()).containsExactly("m");
  }

  static Stream<Arguments> simple() {
    Measure orders = new Measure("orders", null, List.of());
    Measure totals = new Measure("orders", "total", List.of());
    return Stream.of(
        arguments("{ fact: orders, aggregation: count }", Metric.of("m", COUNT, orders)),
        arguments(
            "{ fact: orders, aggregation: count, per: company }",
            new Metric(
                "m",
                COUNT,
                List.of(orders),
                ALWAYS,
                null,
                null,
                null,
                0,
                null,
                null,
                null,
                "company")),
        arguments(
            "{ fact: orders, aggregation: count_distinct, valueColumn: event_time }",
            Metric.of("m", COUNT_DISTINCT, new Measure("orders", "event_time", List.of()))),
        arguments(
            "{ fact: orders, aggregation: percentile, valueColumn: total, percentile: 0.9 }",
            with(PERCENTILE, totals, null, 0.9, PercentileOf.EVENTS)),
        arguments(
            "{ fact: orders, aggregation: percentile, valueColumn: total, percentile: .5, of: units }",
            with(PERCENTILE, totals, null, 0.5, PercentileOf.UNITS)),
        arguments(
            "{ fact: orders, aggregation: count_distinct, valueColumn: total, winsorizeAt: 0.5 }",
            with(COUNT_DISTINCT, totals, 0.5, null, null)),
        arguments(
            "{ fact: orders, aggregation: conversion_rate, cuped: {} }",
            new Metric(
                "m",
                CONVERSION_RATE,
                List.of(orders),
                ALWAYS,
                null,
                null,
                null,
                14,
                null,
                null,
                null)),
        arguments(
            """
            { fact: orders, aggregation: sum, valueColumn: total, winsorizeAt: 0.99,
                cuped: { lookbackDays: 365 }, desiredDirection: decrease, unit: EUR,
                displayName: "Revenue, per user",
                timeframe: { startDays: 1, endDays: 8, completedOnly: true } }\
            """,
            new Metric(
                "m",
                SUM,
                List.of(totals),
                new Timeframe(1, 8, true),
                0.99,
                null,
                null,
                365,
                Direction.DECREASE,
                "EUR",
                "Revenue, per user")),
        arguments(
            """
            { fact: orders, aggregation: count, desiredDirection: increase, display_name: "Orders",
                timeframe: { endDays: 7 }, completedOnly: true }\
            """,
            orders(new Timeframe(0, 7, true), Direction.INCREASE, "Orders")),
        arguments(
            "{ fact: orders, aggregation: count, timeframe: { startDays: 3 }, completedOnly: false }",
            orders(new Timeframe(3, null, false), null, null)));
  }

  static Stream<Arguments> filtered() {
    return Stream.of(
        filters("[]"),
        filters("[ { column: status, operator: in, values: [paid, shipped, paid] } ]", PAID),
        filters(
            "[ { column: a, operator: equals, values: [x] }, { column: test, operator: not_equals,"
                + " value: true } ]",
            new Filter("a", Operator.EQUALS, List.of("x")),
            NO_TEST),
        filters(
            "[ { column: a, operator: not_in, values: [1, 1.50, yes, 2026-01-01, '', 'null'] } ]",
            new Filter(
                "a", Operator.NOT_IN, List.of("1", "1.50", "yes", "2026-01-01", "", "null"))),
        filters(
            "[ { column: user_id, operator: in, value: 7 } ]",
            new Filter("user_id", Operator.IN, List.of("7"))));
  }

  private static Arguments filters(String written, Filter... filters) {
    return arguments(
        "{ fact: orders, aggregation: count, filters: " + written + " }",
        Metric.of("m", COUNT, new Measure("orders", null, List.of(filters))));
  }

  static Stream<Arguments> ofSeveralFacts() {
    String paid = "{ column: status, operator: in, values: [paid, shipped] }";
    String real = "{ column: test, operator: not_equals, value: true }";
    return Stream.of(
        arguments(
            "{ aggregation: ratio, winsorizeAt: 0.9, numerator: { fact: orders, valueColumn: total },"
                + " denominator: { fact: carts } }",
            ratio(
                0.9,
                new Measure("orders", "total", List.of()),
                new Measure("carts", null, List.of()))),
        arguments(
            "{ aggregation: ratio, filters: [ "
                + real
                + " ], numerator: { fact: orders, filters: [ "
                + paid
                + ", "
                + real
                + " ] }, denominator: { fact: orders, valueColumn: items } }",
            ratio(
                null,
                new Measure("orders", null, List.of(NO_TEST, PAID)),
                new Measure("orders", "items", List.of(NO_TEST)))),
        arguments(
            "{ aggregation: funnel, filters: [ "
                + real
                + " ], steps: [ { fact: carts }, { fact: orders, filters: [ "
                + paid
                + " ] }, { fact: orders } ] }",
            new Metric(
                "m",
                FUNNEL,
                List.of(
                    new Measure("carts", null, List.of(NO_TEST)),
                    new Measure("orders", null, List.of(NO_TEST, PAID)),
                    new Measure("orders", null, List.of(NO_TEST))),
                ALWAYS,
                null,
                null,
                null,
                0,
                null,
                null,
                null)));
  }

  @Test
  void aMetricBelongsToTheEntitiesOfAllItsFacts() throws IOException {
    String text =
        FILE.replace(
                "m: METRIC",
                "both: { aggregation: ratio, numerator: { fact: orders }, denominator: { fact: carts"
                    + " } }\n  one: { fact: orders, aggregation: count }")
            .replace("exposures:\n    entity: user", "exposures:\n    entity: company")
            .replace("p:\n    entity: user", "p:\n    entity: company");

    assertThat(read(text).policies().get("p").metrics()).containsExactly("one");
  }

  @Test
  void acceptsAsManyFiltersAsFitIntoARow() throws IOException {
    assertThat(read(FILE.replace("METRIC", filters(62))).metrics().get("m").measures().get(0))
        .satisfies(measure -> assertThat(measure.filters()).hasSize(62));
  }

  /** Returns a metric with so many different filters. */
  static String filters(int number) {
    StringBuilder filters = new StringBuilder("{ fact: orders, aggregation: count, filters: [");
    for (int i = 0; i < number; i++) {
      filters.append(" { column: c").append(i).append(", operator: equals, value: x },");
    }
    return filters.append(" ] }").toString();
  }

  private static Metric with(
      Aggregation aggregation,
      Measure measure,
      Double winsorizeAt,
      Double percentile,
      PercentileOf of) {
    return new Metric(
        "m",
        aggregation,
        List.of(measure),
        ALWAYS,
        winsorizeAt,
        percentile,
        of,
        0,
        null,
        null,
        null);
  }

  private static Metric orders(Timeframe timeframe, Direction direction, String displayName) {
    List<Measure> orders = List.of(new Measure("orders", null, List.of()));
    return new Metric(
        "m", COUNT, orders, timeframe, null, null, null, 0, direction, null, displayName);
  }

  private static Metric ratio(Double winsorizeAt, Measure numerator, Measure denominator) {
    return new Metric(
        "m",
        RATIO,
        List.of(numerator, denominator),
        ALWAYS,
        winsorizeAt,
        null,
        null,
        0,
        null,
        null,
        null);
  }

  private Definitions read(String text) throws IOException {
    Path file = Files.writeString(directory.resolve("traffical.yaml"), text);
    DefinitionReader.Result result = DefinitionReader.check(file, Map.of());
    assertThat(result.problems()).isEmpty();
    return result.orThrow();
  }
}
