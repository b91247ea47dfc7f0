package io.traffical.pipeline.window;

import static org.assertj.core.api.Assertions.assertThat;

import io.traffical.pipeline.definition.Definitions;
import io.traffical.pipeline.definition.Definitions.Assignments;
import io.traffical.pipeline.definition.Definitions.Fact;
import io.traffical.pipeline.definition.Metric;
import io.traffical.pipeline.definition.Metric.Aggregation;
import io.traffical.pipeline.definition.Metric.Filter;
import io.traffical.pipeline.definition.Metric.Measure;
import io.traffical.pipeline.definition.Metric.Operator;
import io.traffical.pipeline.definition.Metric.Timeframe;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SelectedColumnsTest {
  private static final Filter PAID = new Filter("status", Operator.EQUALS, List.of("paid"));
  private static final Filter UNPAID = new Filter("status", Operator.NOT_EQUALS, List.of("paid"));
  private static final Filter EUROPE = new Filter("country", Operator.IN, List.of("AT", "DE"));
  private static final List<Metric> METRICS =
      List.of(
          metric("revenue", Aggregation.SUM, orders("total", PAID, EUROPE)),
          metric("orders", Aggregation.COUNT, orders(null)),
          metric("unpaid", Aggregation.COUNT, orders(null, UNPAID)),
          metric("net", Aggregation.PERCENTILE, orders("net", PAID)),
          metric("items", Aggregation.COUNT_DISTINCT, orders("item")),
          metric("brands", Aggregation.COUNT_DISTINCT, orders("brand", EUROPE)),
          metric("totals", Aggregation.COUNT_DISTINCT, orders("total")),
          metric("average", Aggregation.RATIO, orders("total"), visits("seconds", PAID)),
          metric("steps", Aggregation.FUNNEL, visits(null), orders(null, EUROPE)));

  @Test
  void aFactIsReadForAllMeasuresOfAllMetricsOnce() {
    SelectedColumns columns = columns(METRICS, "orders");

    assertThat(columns.numbers()).containsExactly("net", "total");
    assertThat(columns.distinct()).containsExactly("brand", "item", "total");
    assertThat(columns.filters()).containsExactlyInAnyOrder(PAID, UNPAID, EUROPE);
    assertThat(columns.dimensions()).as("whatever the order").containsExactly("city", "kind");
    assertThat(columns(METRICS, "visits"))
        .isEqualTo(new SelectedColumns(List.of("seconds"), List.of(PAID), List.of(), List.of()));
    assertThat(columns(METRICS, "refunds"))
        .isEqualTo(new SelectedColumns(List.of(), List.of(), List.of(), List.of()));
  }

  @Test
  void theOrderOfTheFileDoesNotMatter() {
    List<Metric> reversed = new ArrayList<>(METRICS);
    Collections.reverse(reversed);

    assertThat(columns(reversed, "orders")).isEqualTo(columns(METRICS, "orders"));
  }

  @Test
  void everyFilterHasABitAndAMeasureNeedsAllOfItsOwn() {
    SelectedColumns columns = columns(METRICS, "orders");
    long paid = columns.filterBits(orders(null, PAID));
    long unpaid = columns.filterBits(orders(null, UNPAID));
    long europe = columns.filterBits(orders(null, EUROPE));

    assertThat(List.of(paid, unpaid, europe)).containsExactlyInAnyOrder(1L, 2L, 4L);
    assertThat(columns.filterBits(orders("total", PAID, EUROPE))).isEqualTo(paid | europe);
    assertThat(columns.filterBits(orders("total", EUROPE, PAID, PAID))).isEqualTo(paid | europe);
    assertThat(columns.filterBits(orders("total"))).isZero();
    assertThat(1L << columns.filters().indexOf(PAID)).as("the lowest is the first").isEqualTo(paid);
  }

  @Test
  void aFactMayHaveManyFilters() {
    List<Metric> metrics = new ArrayList<>();
    for (int i = 0; i < SelectedColumns.MOST_FILTERS; i++) {
      Filter filter = new Filter("status", Operator.EQUALS, List.of("s" + (100 + i)));
      metrics.add(metric("m" + i, Aggregation.COUNT, orders(null, filter)));
    }
    SelectedColumns columns = columns(metrics, "orders");
    Filter last = new Filter("status", Operator.EQUALS, List.of("s161"));

    assertThat(columns.filters()).hasSize(62);
    assertThat(columns.filterBits(orders(null, last))).isEqualTo(1L << 61);
  }

  @Test
  void ofAssignmentsItIsTheirDimensionsThatAreReadInTheOrderOfTheFile() {
    Definitions definitions =
        definitions(
            METRICS,
            Map.of(
                "exposures",
                new Assignments("exposures", "user", "SELECT 1", List.of("plan", "country"))));

    assertThat(SelectedColumns.of(definitions, DefinitionRef.assignment("exposures")))
        .isEqualTo(
            new SelectedColumns(List.of(), List.of(), List.of(), List.of("plan", "country")));
  }

  private static SelectedColumns columns(List<Metric> metrics, String fact) {
    return SelectedColumns.of(definitions(metrics, Map.of()), DefinitionRef.fact(fact));
  }

  private static Definitions definitions(
      List<Metric> metrics, Map<String, Assignments> assignments) {
    Map<String, Metric> byKey = new LinkedHashMap<>();
    metrics.forEach(metric -> byKey.put(metric.key(), metric));
    Map<String, Fact> facts = new LinkedHashMap<>();
    for (String fact : List.of("orders", "visits", "refunds")) {
      List<String> dimensions = fact.equals("orders") ? List.of("kind", "city") : List.of();
      facts.put(fact, new Fact(fact, List.of("user"), "event_time", "SELECT 1", dimensions));
    }
    return new Definitions(
        null, null, "traffical", null, Map.of(), assignments, facts, byKey, Map.of());
  }

  private static Metric metric(String key, Aggregation aggregation, Measure... measures) {
    return new Metric(
        key,
        aggregation,
        List.of(measures),
        Timeframe.ALWAYS,
        null,
        null,
        null,
        0,
        null,
        null,
        null);
  }

  private static Measure orders(String valueColumn, Filter... filters) {
    return new Measure("orders", valueColumn, List.of(filters));
  }

  private static Measure visits(String valueColumn, Filter... filters) {
    return new Measure("visits", valueColumn, List.of(filters));
  }
}
