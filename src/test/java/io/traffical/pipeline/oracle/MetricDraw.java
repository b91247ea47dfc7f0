package io.traffical.pipeline.oracle;

import io.traffical.pipeline.oracle.Metric.Filter;
import io.traffical.pipeline.oracle.Metric.Frame;
import io.traffical.pipeline.oracle.Metric.Measure;
import java.util.ArrayList;
import java.util.List;

/** Draws metrics of every kind. */
final class MetricDraw {
  private static final List<String> AGGREGATIONS =
      List.of(
          "sum",
          "sum",
          "count",
          "count",
          "conversion_rate",
          "count_distinct",
          "count_distinct",
          "ratio",
          "ratio",
          "funnel",
          "funnel",
          "funnel",
          "percentile",
          "percentile");
  private static final List<String> WINSORIZED = List.of("sum", "count", "count_distinct", "ratio");
  private static final List<String> ADJUSTED = List.of("sum", "count", "conversion_rate");
  private static final List<String> AMOUNTS = List.of("10", "-5.00", "0.0", "1e1");

  private final Draw draw;

  MetricDraw(Draw draw) {
    this.draw = draw;
  }

  Metric draw() {
    String aggregation = draw.one(AGGREGATIONS);
    Metric plain =
        new Metric(
            aggregation,
            measures(aggregation),
            draw.chance(0.1) ? List.of(filter()) : List.of(),
            frame(),
            null,
            aggregation.equals("percentile") ? percentile() : null,
            aggregation.equals("percentile") && draw.chance(0.35),
            0);
    return capped(withHistory(plain), 0.4);
  }

  /** Draws something near: with the same outcomes, or with others. */
  Metric vary(Metric metric) {
    int x = draw.below(6);
    if (x == 0) {
      return metric.with(frame());
    } else if (x == 1) {
      return metric.withFilters(metric.filters().isEmpty() ? List.of(filter()) : List.of());
    } else if (x == 2 && metric.percentile() != null) {
      return metric.withPercentile(percentile());
    } else if (x <= 3 && WINSORIZED.contains(metric.aggregation())) {
      return capped(metric.withCap(null), 0.7);
    } else if (x == 4 && metric.lookbackDays() > 0) {
      return metric.withLookback(0);
    }
    return draw();
  }

  private Metric capped(Metric metric, double probability) {
    boolean isCapped = WINSORIZED.contains(metric.aggregation()) && draw.chance(probability);
    return isCapped ? metric.withCap(draw.one(List.of(0.5, 0.7, 0.8, 0.9, 0.99))) : metric;
  }

  private Metric withHistory(Metric metric) {
    boolean hasHistory = ADJUSTED.contains(metric.aggregation()) && draw.chance(0.6);
    return hasHistory ? metric.withLookback(1 + draw.below(3)) : metric;
  }

  private Double percentile() {
    return draw.one(List.of(0.5, 0.5, 0.25, 0.75, 0.9));
  }

  private List<Measure> measures(String aggregation) {
    List<Measure> measures = new ArrayList<>();
    switch (aggregation) {
      case "count", "conversion_rate" -> measures.add(measure(null, 0.35));
      case "count_distinct" ->
          measures.add(measure(draw.one(List.of("item", "item", "amount")), 0.2));
      case "ratio" -> {
        measures.add(measure(draw.chance(0.75) ? someNumber() : null, 0.35));
        measures.add(measure(draw.chance(0.2) ? someNumber() : null, 0.2));
      }
      case "funnel" -> {
        for (int steps = 2 + draw.below(2); steps > 0; steps--) {
          measures.add(measure(null, 0.25));
        }
      }
      default -> measures.add(measure(someNumber(), 0.35));
    }
    return List.copyOf(measures);
  }

  private String someNumber() {
    return draw.one(List.of("amount", "amount", "tax"));
  }

  private Measure measure(String column, double filtered) {
    List<Filter> filters = new ArrayList<>();
    if (draw.chance(filtered)) {
      filters.add(filter());
      if (draw.chance(0.2)) {
        filters.add(filter());
      }
    }
    return new Measure(draw.one(List.of("orders", "orders", "clicks")), column, filters);
  }

  private Filter filter() {
    boolean isOfNumber = draw.chance(0.1);
    List<String> values = isOfNumber ? AMOUNTS : Rows.KINDS;
    String operator = draw.one(List.of("equals", "not_equals", "in", "not_in"));
    int count = operator.endsWith("in") ? 1 + draw.below(3) : 1;
    return new Filter(
        isOfNumber ? "amount" : "kind",
        operator,
        isOfNumber || draw.chance(0.3)
            ? draw.some(count, values)
            : draw.some(Math.min(count, 2), values.subList(0, 2)));
  }

  private Frame frame() {
    if (draw.chance(0.6)) {
      return Frame.ALWAYS;
    }
    int start = draw.one(List.of(0, 0, 0, 1));
    if (draw.chance(0.2)) {
      return new Frame(1, null, false);
    }
    return new Frame(start, start + 1 + draw.below(2), draw.chance(0.4));
  }
}
