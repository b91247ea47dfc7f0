package io.traffical.pipeline.config;

import java.util.ArrayList;
import java.util.List;

/** The two forms in which metrics are written. They have the same meaning and differ in words. */
enum MetricForm {
  /** This program's own form: metrics name columns of a fact's SQL. */
  NATIVE("aggregation", "valueColumn", "column", "steps"),

  /** Traffical's {@code metrics.yaml}: metrics name measures and dimensions of a fact source. */
  TRAFFICAL("metricType", "measure", "dimension", "funnelSteps");

  private static final List<String> SHARED =
      List.of(
          "filters",
          "timeframe",
          "completedOnly",
          "winsorizeAt",
          "percentile",
          "of",
          "numerator",
          "denominator",
          "cuped",
          "per",
          "desiredDirection",
          "unit",
          "display_name",
          "displayName");

  private final String aggregation;
  private final String valueColumn;
  private final String filterColumn;
  private final String steps;

  MetricForm(String aggregation, String valueColumn, String filterColumn, String steps) {
    this.aggregation = aggregation;
    this.valueColumn = valueColumn;
    this.filterColumn = filterColumn;
    this.steps = steps;
  }

  /** Returns the key of what a metric computes. */
  String aggregation() {
    return aggregation;
  }

  /** Returns the key of the column that is summed, ranked or told apart. */
  String valueColumn() {
    return valueColumn;
  }

  /** Returns the key of a filter's column. */
  String filterColumn() {
    return filterColumn;
  }

  /** Returns the key of a funnel's steps. */
  String steps() {
    return steps;
  }

  /** Reports keys that a metric does not have. */
  void allowMetric(Section section) {
    List<String> keys = new ArrayList<>(List.of("fact", aggregation, valueColumn, steps));
    keys.addAll(SHARED);
    if (this == TRAFFICAL) {
      keys.addAll(List.of("event", "certified", "description"));
    }
    section.allow(keys);
  }

  /** Reports keys that the numerator or denominator of a ratio does not have. */
  void allowRatioPart(Section section) {
    section.allow("fact", valueColumn, "filters");
  }

  /** Reports keys that a step of a funnel does not have; an event is refused with its reason. */
  void allowStep(Section section) {
    section.allow(
        this == TRAFFICAL ? List.of("fact", "filters", "event") : List.of("fact", "filters"));
  }
}
