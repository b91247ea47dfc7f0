package io.traffical.pipeline.config;

import io.traffical.pipeline.definition.Definitions.MultipleAllocations;
import io.traffical.pipeline.definition.Definitions.Pipeline;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;

/** Reads {@code pipeline}: how runs behave. */
final class PipelineReader {
  private static final Duration DAY = Duration.ofDays(1);
  private static final long DEFAULT_TARGET_SAMPLE_SIZE = 5000;
  private static final Format<Integer> TARGET_SAMPLE_SIZE =
      Format.wholeNumber(2, 999_999_999, "write the units of all allocations together");
  private static final Format<Integer> MAX_DIMENSION_VALUES =
      Format.wholeNumber(1, 1000, "use 20, for example");
  private static final Format<Integer> ALLOCATION_FLOOR =
      Format.wholeNumber(0, 999_999_999, "use 0 for no floor");
  private static final Duration LONGEST_STATEMENT = Duration.ofDays(24);

  /** A confidence level, which is between 0 and 1 and neither of them. */
  static final Format<Double> CONFIDENCE = Format.fraction("use 0.95 for 95 percent");

  private PipelineReader() {}

  static Pipeline read(Section section) {
    section.allow(
        "window",
        "overlap",
        "delay",
        "scan",
        "multipleAllocations",
        "maxRejectedShare",
        "parallelism",
        "statementTimeout",
        "confidence",
        "sequential",
        "cuped",
        "maxDimensionValues",
        "allocationFloor",
        "readers");
    Duration window = section.value("window", PipelineReader::window, Duration.ofHours(1));
    return new Pipeline(
        window,
        section.value("overlap", Format.DURATION, Duration.ofHours(3)),
        section.value("delay", Format.DURATION, Duration.ofMinutes(5)),
        scan(section, window),
        section.value(
            "multipleAllocations",
            Format.choice(MultipleAllocations.class),
            MultipleAllocations.EXCLUDE),
        section.value("maxRejectedShare", PipelineReader::share, 0.01),
        section.value("parallelism", PipelineReader::parallelism, 0),
        section.value("statementTimeout", PipelineReader::timeout, Duration.ofMinutes(10)),
        section.value("confidence", CONFIDENCE, 0.95),
        sequential(section, null),
        section.value("cuped", Format.BOOLEAN, false),
        section.value("maxDimensionValues", MAX_DIMENSION_VALUES, 20),
        section.value("allocationFloor", ALLOCATION_FLOOR, 100),
        readers(section));
  }

  private static List<String> readers(Section section) {
    List<String> readers = section.values("readers", PipelineReader::role);
    return readers == null ? List.of() : readers.stream().distinct().toList();
  }

  private static String role(Scalar scalar) throws RefusedException {
    String name = scalar.value();
    int bytes = name.getBytes(StandardCharsets.UTF_8).length;
    if (bytes == 0 || bytes > 63 || name.indexOf('\0') >= 0) {
      throw new RefusedException(
          "must be a role of 1 to 63 bytes, found " + scalar.shown(),
          "name a role of the database");
    }
    return name;
  }

  private static Duration window(Scalar scalar) throws RefusedException {
    Duration window = Format.DURATION.parse(scalar);
    boolean isTooShort = window.compareTo(Duration.ofMinutes(1)) < 0;
    if (isTooShort || DAY.toSeconds() % window.toSeconds() != 0) {
      throw new RefusedException(
          "must divide a day and be at least 1m, found " + scalar.shown(),
          "use 1h, 15m, 6h or 1d, for example");
    }
    return window;
  }

  /** The default of 1d fits every window, because a window divides a day. */
  private static Duration scan(Section section, Duration window) {
    Format<Duration> wholeWindows =
        scalar -> {
          Duration scan = Format.DURATION.parse(scalar);
          if (scan.isZero() || scan.toSeconds() % window.toSeconds() != 0) {
            throw new RefusedException(
                "must be a whole number of windows, found " + scalar.shown(),
                "use a multiple of pipeline.window");
          }
          return scan;
        };
    return section.value("scan", wholeWindows, DAY);
  }

  private static Duration timeout(Scalar scalar) throws RefusedException {
    Duration timeout = Format.DURATION.parse(scalar);
    if (timeout.isZero() || timeout.compareTo(LONGEST_STATEMENT) > 0) {
      throw new RefusedException(
          "must be 1s to 24d, found " + scalar.shown(), "use 10m, for example");
    }
    return timeout;
  }

  private static double share(Scalar scalar) throws RefusedException {
    double share = Format.NUMBER.parse(scalar);
    if (!(share >= 0 && share <= 1)) {
      throw new RefusedException(
          "must be 0 to 1, found " + scalar.shown(), "use 0.01 for one percent");
    }
    return share;
  }

  private static int parallelism(Scalar scalar) throws RefusedException {
    int parallelism = Format.WHOLE_NUMBER.parse(scalar);
    if (parallelism < 1 || parallelism > 1024) {
      throw new RefusedException(
          "must be 1 to 1024, found " + scalar.shown(), "remove it to use every core");
    }
    return parallelism;
  }

  /**
   * Returns for how many units results may be looked at any time: {@code true}, {@code false} or
   * {@code { targetSampleSize: N }}; null for a fixed horizon.
   */
  static Long sequential(Section section, Long fallback) {
    if (!section.isMap("sequential")) {
      return section.value("sequential", PipelineReader::sequential, fallback);
    }
    Section sequential = section.section("sequential");
    sequential.allow("targetSampleSize");
    Integer units =
        sequential.required(
            "targetSampleSize", TARGET_SAMPLE_SIZE, "add the units that you expect in total");
    return units == null ? fallback : Long.valueOf(units);
  }

  private static Long sequential(Scalar scalar) throws RefusedException {
    if (!scalar.isPlain() || !List.of("true", "false").contains(scalar.value())) {
      throw new RefusedException(
          "must be true, false or { targetSampleSize: N }, found " + scalar.shown(),
          "write one of them, without quotes");
    }
    return scalar.value().equals("true") ? DEFAULT_TARGET_SAMPLE_SIZE : null;
  }
}
