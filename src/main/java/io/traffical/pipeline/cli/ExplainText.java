package io.traffical.pipeline.cli;

import io.traffical.pipeline.definition.Definitions;
import io.traffical.pipeline.definition.Definitions.Policy;
import io.traffical.pipeline.definition.Metric;
import io.traffical.pipeline.definition.Metric.Aggregation;
import io.traffical.pipeline.definition.Metric.Timeframe;
import io.traffical.pipeline.run.Explanation;
import io.traffical.pipeline.run.Explanation.Assigned;
import io.traffical.pipeline.run.Explanation.Stored;
import io.traffical.pipeline.run.Explanation.Total;
import io.traffical.pipeline.window.Micros;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What an explanation says before its rows and after them. */
final class ExplainText {
  private final Definitions definitions;
  private final Policy policy;
  private final Metric metric;
  private final Explanation explanation;

  ExplainText(Definitions definitions, String policy, String metric, Explanation explanation) {
    this.definitions = definitions;
    this.policy = definitions.policies().get(policy);
    this.metric = definitions.metrics().get(metric);
    this.explanation = explanation;
  }

  List<String> header() {
    List<String> lines = new ArrayList<>();
    lines.add(
        "%s %s in policy %s, metric %s (%s), as of %s"
            .formatted(
                policy.entity(),
                explanation.unit(),
                policy.key(),
                metric.key(),
                metric.aggregation().name().toLowerCase(Locale.ROOT),
                explanation.asOf()));
    lines.add(assigned(explanation.found()));
    if (explanation.leftOut() != null) {
      lines.add("left out of the metric: " + explanation.leftOut());
    }
    Timeframe timeframe = metric.timeframe();
    if (!timeframe.equals(Timeframe.ALWAYS)) {
      lines.add(
          "timeframe: from day "
              + timeframe.startDays()
              + (timeframe.endDays() == null ? " on" : " to day " + timeframe.endDays())
              + " after the first assignment");
    }
    lines.add("looked for rows from " + explanation.readFrom() + " to " + explanation.readTo());
    if (explanation.hiddenExposures() > 0) {
      lines.add(hidden(explanation.hiddenExposures(), "newer exposure", "newer exposures"));
    }
    if (explanation.hiddenFacts() > 0) {
      lines.add(hidden(explanation.hiddenFacts(), "older fact", "older facts"));
    }
    return lines;
  }

  private static String hidden(long n, String one, String many) {
    return "not shown: " + Words.count(n, one, many) + "; --limit shows more";
  }

  private static String assigned(Assigned assigned) {
    if (assigned == null) {
      return "no assignment in the policy";
    }
    String crossover =
        assigned.crossedOverAt() == null
            ? ""
            : "; seen in another allocation at " + assigned.crossedOverAt();
    return "first assigned to "
        + assigned.allocation()
        + " at "
        + assigned.firstAssignedAt()
        + crossover;
  }

  List<String> totals() {
    List<String> lines = new ArrayList<>();
    lines.add("Total as of " + explanation.asOf() + ": " + text(explanation.totals()) + ".");
    if (explanation.leftOut() != null) {
      lines.add("Results are without it: the metric leaves the unit out.");
    } else if (metric.winsorizeAt() != null) {
      lines.add(
          "In results a total above the "
              + BigDecimal.valueOf(metric.winsorizeAt())
              + " quantile of all units' counts as that quantile (capped).");
    }
    lines.addAll(stored(explanation.stored()));
    return lines;
  }

  private List<String> stored(Stored stored) {
    if (stored == null) {
      return List.of(
          "Nothing of the metric is stored yet: this is what a first run up to there would find.");
    }
    List<String> lines = new ArrayList<>();
    if (stored.hasChanged()) {
      lines.add(
          "The definitions have changed since the last run: the next one computes the metric"
              + " anew.");
      return lines;
    }
    if (stored.isSame()) {
      lines.add(
          "Stored up to %s: %s, the same as in the source. The rest is in the overlap, which every run reads again."
              .formatted(stored.totalsTo(), text(stored.totals())));
    } else {
      lines.add(
          "Stored up to %s: %s. The source has %s."
              .formatted(stored.totalsTo(), text(stored.totals()), text(stored.recomputed())));
    }
    if (!stored.isSameAssigned()) {
      lines.add("The stored assignment is another: " + assigned(stored.assigned()) + ".");
    }
    if (!stored.isSame() || !stored.isSameAssigned()) {
      lines.add(
          "They differ: rows arrived later than the overlap, or were corrected or deleted, after"
              + " a run had read them. To read them again: traffical backfill --from "
              + from(stored)
              + " --policy "
              + policy.key());
    }
    return lines;
  }

  /** The start of the window of the earliest first assignment: no earlier fact counts. */
  private Instant from(Stored stored) {
    Instant first =
        Stream.of(explanation.found(), stored.assigned())
            .filter(assigned -> assigned != null)
            .map(Assigned::firstAssignedAt)
            .min(Instant::compareTo)
            .orElse(policy.startsAt());
    return Micros.toInstant(
        Micros.floor(Micros.of(first), Micros.of(definitions.pipeline().window())));
  }

  private String text(List<Total> totals) {
    return totals.stream().map(total -> total(metric, total)).collect(Collectors.joining(", "));
  }

  /** Returns a part of a metric's total in words. */
  static String total(Metric metric, Total total) {
    if (metric.aggregation() == Aggregation.FUNNEL) {
      return total.count() + " of " + metric.measures().size() + " steps";
    }
    if (metric.aggregation() == Aggregation.COUNT_DISTINCT) {
      return Words.count(total.count(), "different value", "different values");
    }
    if (total.name().equals("users")) {
      return Words.count(total.count(), "exposed user", "exposed users");
    }
    if (total.name().equals("converted")) {
      return total.count() + " of them converted";
    }
    String facts = Words.count(total.count(), "fact", "facts");
    String text =
        total.sum() == null
            ? facts
            : BigDecimal.valueOf(total.sum()).toPlainString() + " from " + facts;
    return total.name().isEmpty() ? text : total.name() + " " + text;
  }
}
