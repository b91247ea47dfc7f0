package io.traffical.pipeline.config;

import io.traffical.pipeline.sql.Wording;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How the text of a value becomes a checked value. */
@FunctionalInterface
interface Format<T> {
  /** Text as written. */
  Format<String> TEXT = Scalar::value;

  /** The name of a column: any name that PostgreSQL allows. */
  Format<String> COLUMN = Format::column;

  /** A whole number and its unit: {@code 30s}, {@code 5m}, {@code 1h}, {@code 3d}. */
  Format<Duration> DURATION = Format::duration;

  /** A date, a time and a zone. */
  Format<Instant> INSTANT = Format::instant;

  Format<Double> NUMBER = Format::number;

  Format<Integer> WHOLE_NUMBER = Format::wholeNumber;

  /** {@code true} or {@code false}. */
  Format<Boolean> BOOLEAN = Format::yesOrNo;

  /** A line of text for people. */
  Format<String> LABEL = Format::label;

  T parse(Scalar scalar) throws RefusedException;

  /** Returns the format of a fixed choice; constants are written in lower case. */
  static <E extends Enum<E>> Format<E> choice(Class<E> type) {
    return scalar -> {
      for (E constant : type.getEnumConstants()) {
        if (constant.name().toLowerCase(Locale.ROOT).equals(scalar.value())) {
          return constant;
        }
      }
      List<String> words =
          Arrays.stream(type.getEnumConstants())
              .map(constant -> constant.name().toLowerCase(Locale.ROOT))
              .toList();
      throw new RefusedException("cannot be " + scalar.shown(), "use " + Wording.list(words, "or"));
    };
  }

  /** Returns the format of a fixed choice of words. */
  static Format<String> word(String... choice) {
    List<String> words = List.of(choice);
    return scalar -> {
      if (!words.contains(scalar.value())) {
        throw new RefusedException(
            "cannot be " + scalar.shown(), "use " + Wording.list(words, "or"));
      }
      return scalar.value();
    };
  }

  /** Returns the format of a whole number in a range, both ends included. */
  static Format<Integer> wholeNumber(int least, int most, String remedy) {
    return scalar -> {
      int number = WHOLE_NUMBER.parse(scalar);
      if (number < least || number > most) {
        throw new RefusedException(
            "must be " + least + " to " + most + ", found " + scalar.shown(), remedy);
      }
      return number;
    };
  }

  /** Returns the format of a number between 0 and 1 that is neither of them. */
  static Format<Double> fraction(String remedy) {
    return scalar -> {
      double number = NUMBER.parse(scalar);
      if (!(number > 0 && number < 1)) {
        throw new RefusedException("must be between 0 and 1, found " + scalar.shown(), remedy);
      }
      return number;
    };
  }

  private static boolean yesOrNo(Scalar scalar) throws RefusedException {
    boolean isTrue = scalar.value().equals("true");
    boolean isFalse = scalar.value().equals("false");
    if (!scalar.isPlain() || !(isTrue || isFalse)) {
      throw new RefusedException(
          "must be true or false, found " + found(scalar), "write one, without quotes");
    }
    return isTrue;
  }

  private static String label(Scalar scalar) throws RefusedException {
    String text = scalar.value();
    boolean hasControls = text.codePoints().anyMatch(Character::isISOControl);
    if (text.isBlank() || hasControls || text.codePointCount(0, text.length()) > 200) {
      throw new RefusedException(
          "must be one line of 1 to 200 characters, found " + scalar.shown(), "shorten it");
    }
    return text;
  }

  private static String column(Scalar scalar) throws RefusedException {
    String name = scalar.value();
    int bytes = name.getBytes(StandardCharsets.UTF_8).length;
    if (bytes == 0 || bytes > 63 || name.indexOf('\0') >= 0) {
      throw new RefusedException(
          "must be a column name of 1 to 63 bytes, found " + scalar.shown(),
          "write the name that the SQL returns");
    }
    return name;
  }

  private static Duration duration(Scalar scalar) throws RefusedException {
    Matcher duration = Patterns.DURATION.matcher(scalar.value());
    if (!duration.matches()) {
      throw new RefusedException(
          "must be a duration, found " + scalar.shown(),
          "write a whole number and s, m, h or d, such as 1h");
    }
    return Duration.of(Long.parseLong(duration.group(1)), Patterns.UNITS.get(duration.group(2)));
  }

  private static Instant instant(Scalar scalar) throws RefusedException {
    Matcher instant = Patterns.INSTANT.matcher(scalar.value());
    if (!instant.matches()) {
      throw new RefusedException(
          "must be a date, time and zone, found " + scalar.shown(),
          "write one such as 2026-01-01T00:00:00Z");
    }
    String date = instant.group(1);
    String time = instant.group(2);
    if (instant.group(3) == null) {
      throw new RefusedException(
          "has no zone, found " + scalar.shown(),
          "write " + date + "T" + (time == null ? "00:00:00" : time) + "Z if that is UTC");
    }
    String zone = instant.group(3).toUpperCase(Locale.ROOT);
    try {
      return OffsetDateTime.parse(date + "T" + time + zone).toInstant();
    } catch (DateTimeException e) {
      throw new RefusedException(
          "is not a time that exists, found " + scalar.shown(), "correct the date, time or zone");
    }
  }

  private static double number(Scalar scalar) throws RefusedException {
    if (!scalar.isPlain() || !Patterns.NUMBER.matcher(scalar.value()).matches()) {
      throw new RefusedException(
          "must be a number, found " + found(scalar), "write one such as 0.5, without quotes");
    }
    return Double.parseDouble(scalar.value());
  }

  private static int wholeNumber(Scalar scalar) throws RefusedException {
    if (!scalar.isPlain() || !Patterns.WHOLE.matcher(scalar.value()).matches()) {
      throw new RefusedException(
          "must be a whole number, found " + found(scalar), "write one such as 2, without quotes");
    }
    return Integer.parseInt(scalar.value());
  }

  private static String found(Scalar scalar) {
    return scalar.isPlain() ? scalar.shown() : "the text " + scalar.shown();
  }

  /** The patterns of the formats above. */
  final class Patterns {
    private static final Pattern DURATION = Pattern.compile("([0-9]{1,9})([smhd])");
    private static final Pattern INSTANT =
        Pattern.compile(
            "([0-9]{4}-[0-9]{2}-[0-9]{2})"
                + "(?:[Tt ]([0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\\.[0-9]{1,6})?)?)"
                + " ?([Zz]|[+-][0-9]{2}:[0-9]{2})?)?");
    private static final Pattern NUMBER =
        Pattern.compile("[-+]?([0-9]+(\\.[0-9]*)?|\\.[0-9]+)([eE][-+]?[0-9]{1,3})?");
    private static final Pattern WHOLE = Pattern.compile("-?[0-9]{1,9}");
    private static final Map<String, ChronoUnit> UNITS =
        Map.of(
            "s",
            ChronoUnit.SECONDS,
            "m",
            ChronoUnit.MINUTES,
            "h",
            ChronoUnit.HOURS,
            "d",
            ChronoUnit.DAYS);

    private Patterns() {}
  }
}
