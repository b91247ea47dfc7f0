package io.traffical.pipeline.bench;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * How many policies share the assignments, and the metrics that each of them has.
 *
 * @param name such as {@code 10x5}: policies x metrics
 */
record Shape(String name, List<String> policies, List<BenchMetric> metrics) {
  private static final BenchMetric REVENUE = new BenchMetric("revenue", "sum", "amount");

  /** One policy with one metric. */
  static final Shape ONE = new Shape("1x1", List.of("p0"), List.of(REVENUE));

  /** Ten policies with five metrics each. */
  static final Shape MANY =
      new Shape(
          "10x5",
          IntStream.range(0, 10).mapToObj(p -> "p" + p).toList(),
          List.of(
              new BenchMetric("ordered", "conversion_rate", null),
              new BenchMetric("orders", "count", null),
              REVENUE,
              new BenchMetric("items", "sum", "quantity"),
              new BenchMetric("margin", "sum", "margin")));

  /** Returns the columns of a fact that the metrics need, in the order of the metrics. */
  String valueColumns() {
    return metrics.stream()
        .map(BenchMetric::column)
        .filter(column -> column != null)
        .collect(Collectors.joining(", "));
  }
}
