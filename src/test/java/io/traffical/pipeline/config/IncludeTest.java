package io.traffical.pipeline.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.traffical.pipeline.definition.Definitions;
import io.traffical.pipeline.definition.Metric.Direction;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Traffical's own form means the same as this program's. */
class IncludeTest {
  static final String HEAD =
      """
      version: "1.0"
      connection: { host: localhost, database: shop, username: traffical }
      entities:
        user: { keyType: userId }
      assignments:
        exposures:
          entity: user
          sql: SELECT 1 WHERE t BETWEEN '{{start_date}}' AND '{{end_date}}'
      policies:
        p:
          entity: user
          allocations: { control: 0.5, treatment: 0.5 }
          startsAt: 2026-01-01T00:00:00Z
          goal: revenue
      """;

  static final String NATIVE =
      """
      facts:
        orders:
          entity: user
          timestampColumn: ordered_at
          sql: SELECT 1 WHERE t BETWEEN '{{start_date}}' AND '{{end_date}}'
          dimensions: [ship_country, status]
        carts:
          entities: [user]
          sql: SELECT 2 WHERE t BETWEEN '{{start_date}}' AND '{{end_date}}'
          dimensions: [source]
      metrics:
        buyers:
          fact: orders
          aggregation: conversion_rate
          cuped: { lookbackDays: 14 }
          timeframe: { startDays: 0, endDays: 7, completedOnly: true }
        revenue:
          fact: orders
          aggregation: sum
          valueColumn: order_total
          filters:
            - { column: status, operator: in, values: [paid, shipped] }
            - { column: country, operator: not_equals, values: [NO] }
          winsorizeAt: 0.99
          desiredDirection: increase
          unit: USD
          display_name: Revenue per user
        orders_per_user: { fact: orders, aggregation: count, desiredDirection: decrease }
        products: { fact: carts, aggregation: count_distinct, valueColumn: sku }
        order_value:
          aggregation: ratio
          filters: [ { column: status, operator: equals, value: paid } ]
          numerator: { fact: orders, valueColumn: order_total }
          denominator: { fact: orders, valueColumn: items }
        p90:
          fact: orders
          aggregation: percentile
          valueColumn: order_total
          percentile: 0.9
          desiredDirection: decrease
        bought: { aggregation: funnel, steps: [ { fact: carts }, { fact: orders } ] }
      """;

  static final String TRAFFICAL =
      """
      version: "1.0"
      fact_sources:
        orders:
          sql: SELECT 1 WHERE t BETWEEN '{{start_date}}' AND '{{end_date}}'
          timestamp_column: ordered_at
          description: |
            Every order,
            also unpaid ones.
          measures:
            - column: order_total
              type: float64
              displayName: Order total
              desiredDirection: increase
            - column: items
              type: int64
          dimensions:
            - { column: status, type: string }
            - { column: ship_country, name: country }
        carts:
          sql: SELECT 2 WHERE t BETWEEN '{{start_date}}' AND '{{end_date}}'
          timestamp_column: event_time
          entity: user
          measures: { product: sku }
          dimensions: [source]
      metrics:
        buyers:
          metricType: conversion_rate
          fact: orders
          description: Users with an order
          certified: true
          cuped: { lookbackDays: 14 }
          timeframe: { startDays: 0, endDays: 7 }
          completedOnly: true
        revenue:
          display_name: Revenue per user
          metricType: sum
          fact: orders
          measure: order_total
          filters:
            - { dimension: status, operator: in, values: [paid, shipped] }
            - { dimension: country, operator: not_equals, values: [NO] }
          winsorizeAt: 0.99
          unit: USD
        orders_per_user: { metricType: count, fact: orders, desiredDirection: decrease }
        products: { metricType: count_distinct, fact: carts, measure: product }
        order_value:
          metricType: ratio
          filters: [ { dimension: status, operator: equals, values: [paid] } ]
          numerator: { fact: orders, measure: order_total }
          denominator: { fact: orders, measure: items }
        p90:
          metricType: percentile
          fact: orders
          measure: order_total
          percentile: 0.9
          desiredDirection: decrease
          certified: false
        bought: { metricType: funnel, funnelSteps: [ { fact: carts }, { fact: orders } ] }
      """;

  @TempDir private Path directory;

  @Test
  void bothFormsMeanTheSame() throws IOException {
    String expectedNative = NATIVE.replace("column: country", "column: ship_country");
    Definitions expected = read(HEAD + expectedNative);
    Files.writeString(directory.resolve("metrics.yaml"), TRAFFICAL);

    Definitions included = read(HEAD + "include: metrics.yaml\n");

    assertEqual(included, expected);
    assertThat(included.facts().keySet()).containsExactlyElementsOf(expected.facts().keySet());
    assertThat(included.metrics().keySet()).containsExactlyElementsOf(expected.metrics().keySet());
    assertThat(included.metrics().get("revenue").desiredDirection()).isEqualTo(Direction.INCREASE);
  }

  @Test
  void factsAndMetricsMayBeSpreadOverFiles() throws IOException {
    String sources = TRAFFICAL.substring(0, TRAFFICAL.indexOf("metrics:"));
    String metrics =
        "version: \"1.0\"\n"
            + TRAFFICAL.substring(TRAFFICAL.indexOf("metrics:")).replace("sku", "product");
    Files.createDirectories(directory.resolve(".traffical"));
    Files.writeString(directory.resolve(".traffical/facts.yaml"), sources);
    Files.writeString(directory.resolve("metrics.yaml"), metrics);
    String own = "metrics: { carts_per_user: { fact: carts, aggregation: count } }\n";

    DefinitionReader.Result read =
        check(HEAD + "include: [metrics.yaml, .traffical/facts.yaml]\n" + own);
    Definitions definitions = read.orThrow();

    assertThat(definitions.facts().keySet()).containsExactly("orders", "carts");
    assertThat(read.place("fact", "carts").line()).isEqualTo(19);
    assertThat(read.place("fact", "carts").file())
        .isEqualTo(directory.resolve(".traffical/facts.yaml").toString());
    assertThat(read.place("metric", "carts_per_user").line()).isEqualTo(16);
    assertThat(read.place("assignment", "exposures").line()).isEqualTo(6);
    assertThat(definitions.metrics()).hasSize(8).containsKeys("carts_per_user", "bought");
  }

  @Test
  void metricsOfTheIncludedFileMayNameColumnsOfNativeFacts() throws IOException {
    Files.writeString(
        directory.resolve("metrics.yaml"),
        """
        version: "1.0"
        metrics:
          - name: revenue
            metricType: sum
            fact: orders
            measure: order_total
            filters: [ { dimension: status, operator: equals, value: paid } ]
        """);
    String facts = NATIVE.substring(0, NATIVE.indexOf("metrics:"));
    String same =
        "metrics: { revenue: { fact: orders, aggregation: sum, valueColumn: order_total,"
            + " filters: [ { column: status, operator: equals, values: [paid] } ] } }\n";

    assertEqual(read(HEAD + facts + "include: metrics.yaml\n"), read(HEAD + facts + same));
  }

  @Test
  void readsTheExampleOfTrafficalsDocumentation() throws IOException {
    Path metrics =
        Files.writeString(
            directory.resolve("metrics.yaml"),
            """
            version: "1.0"
            fact_sources:
              orders:
                sql: SELECT user_id, order_total, created_at FROM analytics.orders
                timestamp_column: created_at
                measures:
                  - column: order_total
                    type: float64
                    displayName: Order Total
                    desiredDirection: increase
            metrics:
              revenue:
                metricType: sum
                fact: orders
                measure: order_total
                unit: USD
                winsorizeAt: 0.99
            """);
    Path file = Files.writeString(directory.resolve("t.yaml"), HEAD + "include: metrics.yaml\n");

    DefinitionReader.Result result = DefinitionReader.check(file, Map.of());

    assertThat(result.problems())
        .extracting(Problem::text)
        .containsExactly(
            metrics
                + ":4: warning: sql of fact \"orders\" does not use {{start_date}} and {{end_date}},"
                + " so every slice reads too much; limit the time column by {{start_date}} and"
                + " {{end_date}}.");
    assertThat(result.orThrow().metrics().get("revenue").unit()).isEqualTo("USD");
  }

  /** Compares everything but the connection, whose password is equal to nothing. */
  private static void assertEqual(Definitions found, Definitions expected) {
    assertThat(found.facts()).isEqualTo(expected.facts());
    assertThat(found.metrics()).isEqualTo(expected.metrics());
    assertThat(found.policies()).isEqualTo(expected.policies());
  }

  private Definitions read(String text) throws IOException {
    return check(text).orThrow();
  }

  private DefinitionReader.Result check(String text) throws IOException {
    Path file = Files.writeString(directory.resolve("traffical.yaml"), text);
    DefinitionReader.Result result = DefinitionReader.check(file, Map.of());
    assertThat(result.problems()).isEmpty();
    return result;
  }
}
