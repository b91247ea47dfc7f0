package io.traffical.pipeline.config;

import io.traffical.pipeline.definition.Metric.Timeframe;

/** Reads a metric's {@code timeframe}: how long after its first assignment a unit's facts count. */
final class TimeframeReader {
  /** A century: later times would not fit into a timestamp with microseconds. */
  private static final int MOST_DAYS = 36_500;

  private static final Format<Integer> DAYS =
      Format.wholeNumber(0, MOST_DAYS, "write days of 24 hours as a whole number");

  private TimeframeReader() {}

  /** Returns the timeframe of a metric; from the first assignment on when it has none. */
  static Timeframe read(Section metric) {
    Section section = metric.section("timeframe");
    section.allow("startDays", "endDays", "completedOnly");
    int startDays = section.value("startDays", DAYS, 0);
    Integer endDays = section.value("endDays", after(startDays), null);
    if (section.has("completedOnly") && metric.has("completedOnly")) {
      metric.error(
          "completedOnly",
          metric.title() + " has completedOnly twice",
          "keep the one in its timeframe");
    }
    Section owner = section.has("completedOnly") ? section : metric;
    boolean completedOnly = owner.value("completedOnly", Format.BOOLEAN, false);
    if (completedOnly && !section.has("endDays")) {
      owner.error(
          "completedOnly",
          metric.title() + " has completedOnly without an end of its timeframe",
          "add timeframe: { endDays: 7 }, or remove completedOnly");
    }
    return new Timeframe(startDays, endDays, completedOnly);
  }

  private static Format<Integer> after(int startDays) {
    return scalar -> {
      int endDays = DAYS.parse(scalar);
      if (endDays <= startDays) {
        throw new RefusedException(
            "must be more than startDays, which is " + startDays + ", found " + scalar.shown(),
            "write endDays: 7 for the first week");
      }
      return endDays;
    };
  }
}
