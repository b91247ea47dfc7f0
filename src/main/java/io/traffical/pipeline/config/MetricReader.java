package io.traffical.pipeline.config;

import io.traffical.pipeline.definition.Metric;
import io.traffical.pipeline.definition.Metric.Aggregation;
import io.traffical.pipeline.definition.Metric.Direction;
import io.traffical.pipeline.definition.Metric.Measure;
import io.traffical.pipeline.definition.Metric.PercentileOf;
import java.util.List;
import java.util.Map;

/** Reads {@code metrics}: what is measured of every unit. */
final class MetricReader {
  private static final int DEFAULT_LOOKBACK_DAYS = 14;
  private static final Format<Integer> LOOKBACK_DAYS =
      Format.wholeNumber(1, 365, "use 14, for example");
  private static final Format<Double> WINSORIZE_AT =
      Format.fraction("use 0.99 for the 99th percentile");
  private static final Format<Double> PERCENTILE =
      Format.fraction("use 0.9 for the 90th percentile");

  private final MetricForm form;
  private final MeasureReader measures;
  private final Names names;

  MetricReader(MetricForm form, MeasureReader measures, Names names) {
    this.form = form;
    this.measures = measures;
    this.names = names;
  }

  /** Returns the metrics of a file by key. */
  Map<String, Metric> read(Section file) {
    return form == MetricForm.NATIVE
        ? Named.read(file, "metrics", "metric", NameRule.NAME, this::metric)
        : Named.readMapOrList(file, "metrics", "metric", NameRule.NAME, this::metric);
  }

  private Metric metric(String key, Section section) {
    names.define(section);
    form.allowMetric(section);
    Aggregation aggregation =
        section.required(
            form.aggregation(),
            Format.choice(Aggregation.class),
            "add " + form.aggregation() + ": conversion_rate, sum or count, for example");
    MetricRules.check(form, section, aggregation);
    if (form == MetricForm.TRAFFICAL) {
      section.value("certified", Format.BOOLEAN, false);
      section.value("description", Format.TEXT, null);
    }
    List<Measure> read = measures.read(section, aggregation);
    return new Metric(
        key,
        aggregation,
        read,
        TimeframeReader.read(section),
        section.value("winsorizeAt", WINSORIZE_AT, null),
        section.value("percentile", PERCENTILE, null),
        of(section, aggregation),
        lookbackDays(section),
        section.value("desiredDirection", Format.choice(Direction.class), measures.direction(read)),
        section.value("unit", Format.LABEL, null),
        displayName(section),
        section.value("per", measures.entityOf(read), null));
  }

  private static PercentileOf of(Section section, Aggregation aggregation) {
    return section.value(
        "of",
        Format.choice(PercentileOf.class),
        aggregation == Aggregation.PERCENTILE ? PercentileOf.EVENTS : null);
  }

  private static int lookbackDays(Section metric) {
    if (!metric.has("cuped")) {
      return 0;
    }
    Section cuped = metric.section("cuped");
    cuped.allow("lookbackDays");
    return cuped.value("lookbackDays", LOOKBACK_DAYS, DEFAULT_LOOKBACK_DAYS);
  }

  private static String displayName(Section section) {
    if (section.has("display_name") && section.has("displayName")) {
      section.error(
          "displayName",
          section.title() + " has both display_name and displayName",
          "keep display_name");
    }
    String key = section.has("displayName") ? "displayName" : "display_name";
    return section.value(key, Format.LABEL, null);
  }
}
