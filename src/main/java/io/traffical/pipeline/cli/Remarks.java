package io.traffical.pipeline.cli;

import io.traffical.pipeline.definition.Definitions.Guardrail;
import io.traffical.pipeline.definition.Definitions.GuardrailDirection;
import io.traffical.pipeline.definition.Metric.Aggregation;
import java.util.List;

/** What is said of a comparison beside its claim: why numbers are missing, and how they came. */
final class Remarks {
  private final ResultRow row;
  private final String control;

  Remarks(ResultRow row, String control) {
    this.row = row;
    this.control = control;
  }

  /**
   * Returns why there is no interval, after what could not be done: {@code yet: one of them has
   * fewer than 2 users}. Nothing if no reason is known.
   */
  static String causes(ResultRow row) {
    List<String> causes =
        row.reasons().stream()
            .map(reason -> cause(reason, row.words()))
            .filter(cause -> !cause.isEmpty())
            .toList();
    if (causes.isEmpty()) {
      return "";
    }
    boolean mayPass = row.reasons().stream().anyMatch(Remarks::mayPass);
    return (mayPass ? " yet: " : ": ") + String.join(", and ", causes);
  }

  private static boolean mayPass(String reason) {
    return switch (reason) {
      case "insufficient_units", "sparse_denominator", "quantile_out_of_range" -> true;
      default -> false;
    };
  }

  /** Returns why a reason leaves nothing to compare or to test; empty if it does not. */
  private static String cause(String reason, MetricWords words) {
    boolean isPercentile = words.is(Aggregation.PERCENTILE);
    return switch (reason) {
      case "insufficient_units" ->
          "one of them has fewer than 2 %s%s"
              .formatted(words.units(), isPercentile ? " with a value" : "");
      case "zero_variance" ->
          isPercentile
              ? "the share of values up to it is the same for all %s of an allocation"
                  .formatted(words.units())
              : "all %s of an allocation have the same %s".formatted(words.units(), thing(words));
      case "zero_denominator" -> "the denominators of one of them add up to 0";
      case "sparse_denominator" ->
          isPercentile
              ? "too few %s of one of them have most of its values".formatted(words.units())
              : "too few %s of one of them make up its denominator".formatted(words.units());
      case "atom_at_quantile" -> "too many values are equal to it to know its error";
      case "quantile_out_of_range" -> "there are too few values for so extreme a percentile";
      default -> "";
    };
  }

  private static String thing(MetricWords words) {
    return words.is(Aggregation.RATIO) ? "ratio" : "value";
  }

  /** Returns all of it, each after a semicolon. */
  String text() {
    StringBuilder text = new StringBuilder();
    if (row.varianceReduction() != null) {
      text.append("; ").append(cuped(row.varianceReduction()));
    }
    for (String reason : row.reasons()) {
      if (cause(reason, row.words()).isEmpty()) {
        text.append("; ").append(note(reason));
      }
    }
    if (row.guardrailStatus() != null) {
      text.append("; ").append(guardrail());
    }
    return text.toString();
  }

  private String cuped(double share) {
    return "adjusted by what the %s did before (CUPED), which takes %s off the variance"
        .formatted(row.words().units(), Numbers.percent(share));
  }

  private String note(String reason) {
    String units = row.words().units();
    return switch (reason) {
      case "variance_floored" ->
          "all %s of one allocation have the same %s, so its spread is taken from the other"
              .formatted(units, thing(row.words()));
      case "proportion_at_bound" ->
          "none or all of the %s of one allocation converted, so the interval is one for such cases"
              .formatted(units);
      case "control_zero" -> control + " is 0, so there is no lift relative to it";
      case "relative_unbounded" ->
          control + " is too close to 0, for its uncertainty, to bound the lift relative to it";
      case "winsor_cap_nonpositive" ->
          "so many %s have nothing that the cap would not be above 0, so nothing is capped"
              .formatted(units);
      case "covariate_constant" ->
          "all %s did the same before, so nothing is adjusted (CUPED)".formatted(units);
      default -> "note: " + reason.replace('_', ' ');
    };
  }

  private String guardrail() {
    Guardrail guardrail = row.words().guardrail();
    if (guardrail == null) {
      return "guardrail: " + row.guardrailStatus().replace('_', ' ');
    }
    String harm =
        (guardrail.direction() == GuardrailDirection.MUST_NOT_DECREASE
                ? "a decrease"
                : "an increase")
            + (guardrail.threshold() > 0
                ? " of more than " + Numbers.percent(guardrail.threshold())
                : "");
    return switch (row.guardrailStatus()) {
      case "passing" -> "guardrail passing: the interval rules out " + harm;
      case "failing" -> "guardrail FAILING: all of the interval is " + harm;
      default -> "guardrail not decided: " + harm + " is neither shown nor ruled out yet";
    };
  }
}
