package io.traffical.pipeline.cli;

import io.traffical.pipeline.jdbc.SourceClock;
import io.traffical.pipeline.window.Micros;
import java.time.Duration;
import java.time.temporal.ChronoUnit;

/** Says how far a replica is behind. */
final class ReplicaLag {
  private ReplicaLag() {}

  /** Returns a sentence about the source, which is a replica. */
  static String sentence(SourceClock clock) {
    return clock.micros() == 0
        ? "The source is a replica that has replayed nothing yet; no window is due."
        : "The source is a replica, "
            + span(Duration.of(clock.lagMicros(), ChronoUnit.MICROS))
            + " behind: it is complete up to "
            + Micros.toInstant(clock.micros()).truncatedTo(ChronoUnit.SECONDS)
            + ".";
  }

  private static String span(Duration lag) {
    if (lag.toHours() > 0) {
      return lag.toHours() + " h " + lag.toMinutesPart() + " min";
    }
    return lag.toMinutes() > 0
        ? lag.toMinutes() + " min " + lag.toSecondsPart() + " s"
        : lag.toSeconds() + " s";
  }
}
