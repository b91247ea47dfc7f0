package io.traffical.pipeline.cli;

import java.math.BigDecimal;
import java.util.List;

/** Says in one sentence what the comparison of a treatment with the control means. */
final class Meaning {
  /** Reasons that replace a comparison; every other one only explains it. */
  private static final List<String> UNTESTED = List.of("insufficient_units", "zero_variance");

  private final ResultRow row;
  private final String control;
  private final String interval;

  private Meaning(ResultRow row, String control, Double confidence) {
    this.row = row;
    this.control = control;
    this.interval = interval(confidence);
  }

  /**
   * Returns the sentence.
   *
   * @param row a treatment's row
   * @param control the control's allocation key
   * @param confidence of the intervals, between 0 and 1; null when it is not known
   */
  static String sentence(ResultRow row, String control, Double confidence) {
    Meaning meaning = new Meaning(row, control, confidence);
    return row.metric() + ": " + meaning.claim() + meaning.notes() + ".";
  }

  /** Returns {@code 95 % interval}. */
  static String interval(Double confidence) {
    return confidence == null
        ? "interval"
        : BigDecimal.valueOf(confidence).movePointRight(2).stripTrailingZeros().toPlainString()
            + " % interval";
  }

  private String claim() {
    boolean isRelative = row.hasRelativeInterval();
    if (!isRelative && !row.hasInterval()) {
      return untested();
    }
    double lower = isRelative ? row.relativeLower() : row.liftLower();
    double upper = isRelative ? row.relativeUpper() : row.liftUpper();
    boolean isSignificant = Boolean.TRUE.equals(row.significant());
    if (!isSignificant) {
      String range = range(signed(lower, isRelative), signed(upper, isRelative), isRelative);
      return "no difference between %s and %s is shown yet: the %s, %s, includes 0%s"
          .formatted(row.allocation(), control, interval, range, probability(" (p %s)"));
    }
    double lift = isRelative ? row.relativeLift() : row.lift();
    return "%s is %s than %s (%s %s); this is unlikely to be chance%s"
        .formatted(
            row.allocation(),
            difference(lift, isRelative),
            control,
            interval,
            range(number(lower, isRelative), number(upper, isRelative), isRelative),
            probability(" (p %s)"));
  }

  private String untested() {
    if (row.reasons().contains("insufficient_units")) {
      return "%s cannot be compared with %s yet: one of them has fewer than 2 %s"
          .formatted(row.allocation(), control, units());
    }
    if (row.reasons().contains("zero_variance")) {
      boolean isEqual = row.lift() == null || row.lift() == 0;
      return isEqual
          ? "%s and %s cannot be told apart: all %s have the same value"
              .formatted(row.allocation(), control, units())
          : "%s is %s than %s, but that cannot be tested: all %s of an allocation have the same value"
              .formatted(row.allocation(), difference(row.lift(), false), control, units());
    }
    return "%s cannot be compared with %s".formatted(row.allocation(), control);
  }

  private String notes() {
    StringBuilder notes = new StringBuilder();
    for (String reason : row.reasons()) {
      if (!UNTESTED.contains(reason)) {
        notes.append("; ").append(note(reason));
      }
    }
    return notes.toString();
  }

  private String note(String reason) {
    return switch (reason) {
      case "variance_floored" ->
          "all %s of one allocation have the same value, so its spread is taken from the other"
              .formatted(units());
      case "proportion_at_bound" ->
          "none or all of the %s of one allocation converted, so the interval is one for such cases"
              .formatted(units());
      case "control_zero" -> control + " is 0, so there is no lift relative to it";
      case "relative_unbounded" ->
          control + " is too close to 0, for its uncertainty, to bound the lift relative to it";
      default -> "note: " + reason.replace('_', ' ');
    };
  }

  private String units() {
    return row.entity() + "s";
  }

  /** Returns {@code 4.1 % higher}. */
  private String difference(double lift, boolean isRelative) {
    return number(Math.abs(lift), isRelative)
        + unit(isRelative)
        + (lift < 0 ? " lower" : " higher");
  }

  private String range(String lower, String upper, boolean isRelative) {
    return lower + " to " + upper + unit(isRelative);
  }

  private String signed(double number, boolean isRelative) {
    return Numbers.signed(number(number, isRelative), number);
  }

  private String number(double number, boolean isRelative) {
    if (isRelative) {
      return Numbers.percent(number);
    }
    return row.isProportion() ? Numbers.points(number) : Numbers.plain(number);
  }

  private String unit(boolean isRelative) {
    if (isRelative) {
      return "";
    }
    return row.isProportion() ? " percentage points" : " per " + row.entity();
  }

  private String probability(String pattern) {
    return row.pValue() == null ? "" : pattern.formatted(Numbers.probability(row.pValue()));
  }
}
