package io.traffical.pipeline.config;

import io.traffical.pipeline.definition.Definitions.MultipleAllocations;
import io.traffical.pipeline.definition.Definitions.Pipeline;
import java.time.Duration;

/** Reads {@code pipeline}: how runs behave. */
final class PipelineReader {
  private static final Duration DAY = Duration.ofDays(1);
  private static final Duration LONGEST_STATEMENT = Duration.ofDays(24);

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
        "confidence");
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
        section.value("confidence", PipelineReader::confidence, 0.95),
        null,
        false,
        20,
        100);
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

  /** Reads a confidence level, which is between 0 and 1 and neither of them. */
  static double confidence(Scalar scalar) throws RefusedException {
    double confidence = Format.NUMBER.parse(scalar);
    if (!(confidence > 0 && confidence < 1)) {
      throw new RefusedException(
          "must be between 0 and 1, found " + scalar.shown(), "use 0.95 for 95 percent");
    }
    return confidence;
  }
}
