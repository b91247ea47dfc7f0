package io.traffical.pipeline.config;

import static io.traffical.pipeline.definition.Metric.Aggregation.CONVERSION_RATE;
import static io.traffical.pipeline.definition.Metric.Aggregation.COUNT;
import static io.traffical.pipeline.definition.Metric.Aggregation.COUNT_DISTINCT;
import static io.traffical.pipeline.definition.Metric.Aggregation.FUNNEL;
import static io.traffical.pipeline.definition.Metric.Aggregation.PERCENTILE;
import static io.traffical.pipeline.definition.Metric.Aggregation.RATIO;
import static io.traffical.pipeline.definition.Metric.Aggregation.SUM;

import io.traffical.pipeline.definition.Metric.Aggregation;
import io.traffical.pipeline.sql.Wording;
import java.util.List;
import java.util.Locale;

/** Which keys of a metric go with which aggregation. */
final class MetricRules {
  private static final List<Aggregation> OF_ONE_FACT =
      List.of(CONVERSION_RATE, SUM, COUNT, COUNT_DISTINCT, PERCENTILE);
  private static final List<Aggregation> WINSORIZED = List.of(SUM, COUNT, COUNT_DISTINCT, RATIO);
  private static final List<Aggregation> WITH_CUPED = List.of(SUM, COUNT, CONVERSION_RATE);

  private final MetricForm form;
  private final Section metric;
  private final Aggregation aggregation;

  private MetricRules(MetricForm form, Section metric, Aggregation aggregation) {
    this.form = form;
    this.metric = metric;
    this.aggregation = aggregation;
  }

  /** Reports keys that the aggregation needs, and those that mean nothing for it. */
  static void check(MetricForm form, Section metric, Aggregation aggregation) {
    boolean isOfEvent = form == MetricForm.TRAFFICAL && metric.has("event");
    if (aggregation != null && !isOfEvent) {
      new MetricRules(form, metric, aggregation).check();
    }
  }

  private void check() {
    String column = form.valueColumn();
    boolean hasParts = !OF_ONE_FACT.contains(aggregation);
    if (hasParts) {
      String parts = aggregation == RATIO ? "numerator and denominator" : form.steps();
      refuse("fact", ", whose facts are those of " + parts, "move it there");
      refuse(
          column,
          ", whose facts are those of " + parts,
          aggregation == RATIO ? "move it there" : "remove " + column);
    } else {
      only(column, List.of(SUM, COUNT_DISTINCT, PERCENTILE));
      need(column, List.of(SUM), ", or use " + form.aggregation() + ": count");
      need(column, List.of(COUNT_DISTINCT, PERCENTILE), "");
    }
    only("percentile", List.of(PERCENTILE));
    need("percentile", List.of(PERCENTILE), ": 0.9, for example");
    only("of", List.of(PERCENTILE));
    only("numerator", List.of(RATIO));
    need("numerator", List.of(RATIO), ": { fact: NAME, " + column + ": COLUMN }");
    only("denominator", List.of(RATIO));
    need("denominator", List.of(RATIO), ": { fact: NAME }");
    only(form.steps(), List.of(FUNNEL));
    need(form.steps(), List.of(FUNNEL), ": [{ fact: NAME }, { fact: NAME }]");
    if (!WINSORIZED.contains(aggregation)) {
      String reason =
          aggregation == PERCENTILE
              ? ", which the largest values do not move"
              : ", whose values are 0 or 1";
      refuse("winsorizeAt", reason, "remove winsorizeAt");
    }
    only("per", WITH_CUPED);
    if (metric.has("per")) {
      refusePerUser("winsorizeAt");
      refusePerUser("cuped");
    }
    if (!WITH_CUPED.contains(aggregation)) {
      refuse(
          "cuped",
          ", and CUPED is offered for means (sum, count) and conversion rates",
          "remove cuped");
    }
  }

  private void only(String key, List<Aggregation> takers) {
    if (!takers.contains(aggregation)) {
      List<String> names = takers.stream().map(MetricRules::name).toList();
      refuse(
          key,
          "",
          "remove " + key + ", or use " + form.aggregation() + ": " + Wording.list(names, "or"));
    }
  }

  private void refuse(String key, String reason, String remedy) {
    if (metric.has(key)) {
      metric.error(
          key, metric.title() + " cannot have " + key + " because " + found() + reason, remedy);
    }
  }

  private void refusePerUser(String key) {
    if (metric.has(key)) {
      metric.error(
          key,
          metric.title() + " cannot have " + key + " because it is counted per user of a cluster",
          "remove " + key + ", or remove per");
    }
  }

  private void need(String key, List<Aggregation> needers, String remedy) {
    if (needers.contains(aggregation) && !metric.has(key)) {
      metric.error(
          form.aggregation(),
          metric.title() + " needs " + key + " because " + found(),
          "add " + key + remedy);
    }
  }

  private String found() {
    return "its " + form.aggregation() + " is " + name(aggregation);
  }

  private static String name(Aggregation aggregation) {
    return aggregation.name().toLowerCase(Locale.ROOT);
  }
}
