package io.traffical.pipeline.config;

import io.traffical.pipeline.definition.Definitions.Aggregation;
import io.traffical.pipeline.definition.Definitions.Fact;
import io.traffical.pipeline.definition.Definitions.Measure;
import io.traffical.pipeline.definition.Definitions.Metric;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Reads {@code metrics}. */
final class MetricReader {
  private MetricReader() {}

  static Map<String, Metric> read(Section file, Map<String, Fact> facts) {
    return file.named(
        "metrics", "metric", NameRule.NAME, (key, section) -> metric(key, section, facts));
  }

  private static Metric metric(String key, Section section, Map<String, Fact> facts) {
    section.allow("fact", "aggregation", "valueColumn");
    String fact =
        section.required(
            "fact", References.to("fact", "facts", facts.keySet()), "name one of facts");
    Aggregation aggregation =
        section.required(
            "aggregation",
            Format.choice(Aggregation.class),
            "add aggregation: conversion_rate, sum or count");
    String valueColumn = section.value("valueColumn", Format.COLUMN, null);
    checkValueColumn(section, aggregation);
    if (fact != null && facts.get(fact).timestampColumn().equals(valueColumn)) {
      section.error(
          "valueColumn",
          section.label("valueColumn") + " is the timestampColumn of fact \"" + fact + "\"",
          "name a numeric column");
    }
    return Metric.of(key, aggregation, new Measure(fact, valueColumn, List.of()));
  }

  private static void checkValueColumn(Section section, Aggregation aggregation) {
    boolean hasColumn = section.has("valueColumn");
    if (aggregation == Aggregation.SUM && !hasColumn) {
      section.error(
          "aggregation",
          section.title() + " needs valueColumn because its aggregation is sum",
          "add valueColumn, or use aggregation: count");
    } else if (aggregation != null && aggregation != Aggregation.SUM && hasColumn) {
      String name = aggregation.name().toLowerCase(Locale.ROOT);
      section.error(
          "valueColumn",
          section.title() + " cannot have valueColumn because its aggregation is " + name,
          "remove valueColumn, or use aggregation: sum");
    }
  }
}
