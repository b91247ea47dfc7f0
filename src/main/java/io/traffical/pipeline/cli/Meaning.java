package io.traffical.pipeline.cli;

import io.traffical.pipeline.cli.ResultRow.Range;
import io.traffical.pipeline.definition.Definitions.Correction;
import io.traffical.pipeline.definition.Metric.Direction;

/** Says in one sentence what the comparison of a treatment with the control means. */
final class Meaning {
  private final ResultRow row;
  private final MetricWords words;
  private final String control;
  private final String interval;

  private Meaning(ResultRow row, String control, Double confidence) {
    this.row = row;
    this.words = row.words();
    this.control = control;
    this.interval = interval(confidence, row.isSequential());
  }

  /**
   * Returns the sentence.
   *
   * @param row a treatment's row
   * @param control the control's allocation key
   * @param confidence of the intervals, between 0 and 1; null when it is not known
   */
  static String sentence(ResultRow row, String control, Double confidence) {
    return row.title()
        + ": "
        + new Meaning(row, control, confidence).claim()
        + new Remarks(row, control).text()
        + ".";
  }

  /** Returns {@code 95 % interval}. */
  static String interval(Double confidence, boolean isSequential) {
    String share = confidence == null ? "interval" : Numbers.wholePercent(confidence) + " interval";
    return isSequential ? "anytime-valid " + share : share;
  }

  private String claim() {
    boolean isRelative = row.relative().isWhole();
    Range shown = isRelative ? row.relative() : row.lift();
    if (!shown.isWhole()) {
      return untested();
    }
    if (Boolean.TRUE.equals(row.significant())) {
      return "%s (%s %s); this is unlikely to be chance%s%s"
          .formatted(
              verdict(shown.estimate(), isRelative),
              interval,
              range(shown, isRelative),
              row.isSequential() ? ", however often one looks" : "",
              probability(" (p %s%s)"));
    }
    if (!shown.includesZero()) {
      return "%s is %s than %s (%s %s), but with so many comparisons this may well be chance%s"
          .formatted(
              row.allocation(),
              difference(shown.estimate(), isRelative),
              control,
              interval,
              range(shown, isRelative),
              probability(" (p %s%s)"));
    }
    return "no difference between %s and %s is shown yet: the %s, %s, includes 0%s"
        .formatted(
            row.allocation(),
            control,
            interval,
            signedRange(shown, isRelative),
            probability(" (p %s%s)"));
  }

  /** Returns {@code treatment is better than control: 4.1 % higher, as desired}. */
  private String verdict(double lift, boolean isRelative) {
    String difference = difference(lift, isRelative);
    if (row.isBetter() == null) {
      return row.allocation() + " is " + difference + " than " + control;
    }
    String wish =
        row.isBetter()
            ? ", as desired"
            : words.desired() == Direction.INCREASE
                ? ", and it should increase"
                : ", and it should decrease";
    return row.allocation()
        + (row.isBetter() ? " is better than " : " is worse than ")
        + control
        + ": "
        + difference
        + wish;
  }

  private String untested() {
    String causes = Remarks.causes(row);
    Double lift = row.isShownRelative() ? row.relative().estimate() : row.lift().estimate();
    if (lift == null || row.reasons().contains("insufficient_units")) {
      return "%s cannot be compared with %s%s".formatted(row.allocation(), control, causes);
    }
    if (lift == 0) {
      return "%s and %s cannot be told apart%s".formatted(row.allocation(), control, causes);
    }
    return "%s is %s than %s, but that cannot be tested%s"
        .formatted(row.allocation(), difference(lift, row.isShownRelative()), control, causes);
  }

  /** Returns {@code 4.1 % higher}. */
  private String difference(double lift, boolean isRelative) {
    return number(Math.abs(lift), isRelative)
        + unit(isRelative)
        + (lift < 0 ? " lower" : " higher");
  }

  private String range(Range range, boolean isRelative) {
    return number(range.lower(), isRelative)
        + " to "
        + number(range.upper(), isRelative)
        + unit(isRelative);
  }

  private String signedRange(Range range, boolean isRelative) {
    return Numbers.signed(number(range.lower(), isRelative), range.lower())
        + " to "
        + Numbers.signed(number(range.upper(), isRelative), range.upper())
        + unit(isRelative);
  }

  private String number(double number, boolean isRelative) {
    return isRelative ? Numbers.percent(number) : words.difference(number);
  }

  private String unit(boolean isRelative) {
    return isRelative ? "" : words.differenceUnit("percentage points");
  }

  private String probability(String pattern) {
    if (row.pValue() == null) {
      return "";
    }
    String corrected =
        row.adjustedP() == null
            ? ""
            : ", corrected " + Numbers.probability(row.adjustedP()) + by(words.correction());
    return pattern.formatted(Numbers.probability(row.pValue()), corrected);
  }

  /** Returns whose correction it is, after a blank; nothing if the file no longer says. */
  static String by(Correction correction) {
    return switch (correction) {
      case NONE -> "";
      case HOLM -> " by Holm";
      case BH -> " by Benjamini-Hochberg";
    };
  }
}
