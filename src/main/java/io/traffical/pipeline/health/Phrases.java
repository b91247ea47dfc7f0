package io.traffical.pipeline.health;

import io.traffical.pipeline.window.Micros;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Collection;
import java.util.Map;
import java.util.stream.Collectors;

/** Numbers and times in the sentences of checks. */
final class Phrases {
  private static final double SMALLEST_P = 0.0001;

  private Phrases() {}

  /** Returns the two largest units of a duration in microseconds: {@code 1 h 30 min}. */
  static String duration(long micros) {
    Duration duration = Duration.of(micros, ChronoUnit.MICROS);
    if (duration.toDays() > 0) {
      return parts(duration.toDays(), "d", duration.toHoursPart(), "h");
    }
    if (duration.toHours() > 0) {
      return parts(duration.toHours(), "h", duration.toMinutesPart(), "min");
    }
    return parts(duration.toMinutes(), "min", duration.toSecondsPart(), "s");
  }

  private static String parts(long large, String largeUnit, long small, String smallUnit) {
    String rest = small + " " + smallUnit;
    if (large == 0) {
      return rest;
    }
    return large + " " + largeUnit + (small == 0 ? "" : " " + rest);
  }

  /** Returns a share with at most three significant digits: {@code 49.9 %}. */
  static String percent(double share) {
    BigDecimal percent =
        BigDecimal.valueOf(share * 100).round(new MathContext(3, RoundingMode.HALF_EVEN));
    return (percent.signum() == 0 ? "0" : percent.stripTrailingZeros().toPlainString()) + " %";
  }

  /** Returns {@code = 0.0123} or {@code < 0.0001}. */
  static String probability(double p) {
    if (p < SMALLEST_P) {
      return "< 0.0001";
    }
    BigDecimal rounded = BigDecimal.valueOf(p).round(new MathContext(3, RoundingMode.HALF_EVEN));
    return "= " + rounded.stripTrailingZeros().toPlainString();
  }

  /** Returns the time as tables and JSON have it. */
  static String time(long micros) {
    return Micros.toInstant(micros).toString();
  }

  static String counts(Map<String, Long> counts) {
    return counts.entrySet().stream()
        .map(count -> count.getKey() + " " + count.getValue())
        .collect(Collectors.joining(", "));
  }

  static String list(Collection<String> names) {
    return String.join(", ", names);
  }
}
