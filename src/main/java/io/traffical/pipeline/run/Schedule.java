package io.traffical.pipeline.run;

import io.traffical.pipeline.definition.Definitions;
import io.traffical.pipeline.window.Micros;
import io.traffical.pipeline.window.Watermark;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * When windows are due, by the database's clock. Times are microseconds since 1970.
 *
 * @param window width of a window
 * @param delay how long after its end a window is due
 */
record Schedule(long window, long delay) {
  /** The most windows that one run goes on by, as time: what a long pause left is done in steps. */
  static final long STEP = Micros.DAY;

  static Schedule of(Definitions definitions) {
    return new Schedule(
        Micros.of(definitions.pipeline().window()), Micros.of(definitions.pipeline().delay()));
  }

  /** Returns the exclusive end of the last window that is due. */
  long due(long clock) {
    return Micros.floor(clock - delay, window);
  }

  /** Returns when the first window after the given time is due. */
  long nextDueAt(long published) {
    return Micros.floor(published, window) + window + delay;
  }

  /** Returns how far the next run goes when this is published and more is due. */
  long to(long clock, long published) {
    return Math.min(due(clock), Micros.floor(published, window) + Math.max(STEP, window));
  }

  /**
   * Returns up to where everything is published that can be: the newest end among policies that go
   * on. What is behind it (new policies, definitions that had failed) is caught up by whatever run
   * comes next. When no policy goes on, new ones count from their start. {@link Micros#AFTER_ALL}
   * when all have ended and are published to their ends, {@link Micros#BEFORE_ALL} without
   * policies.
   */
  static long published(Definitions definitions, List<Watermark> watermarks) {
    Map<String, Long> ends =
        watermarks.stream()
            .filter(watermark -> watermark.metricKey().isEmpty())
            .collect(Collectors.toMap(Watermark::policyKey, Watermark::windowEnd));
    long running = Micros.BEFORE_ALL;
    long starting = Micros.AFTER_ALL;
    for (Definitions.Policy policy : definitions.policies().values()) {
      Long end = ends.get(policy.key());
      if (end == null) {
        starting = Math.min(starting, Micros.of(policy.startsAt()));
      } else if (policy.endsAt() == null || end < Micros.of(policy.endsAt())) {
        running = Math.max(running, end);
      }
    }
    if (definitions.policies().isEmpty() || running != Micros.BEFORE_ALL) {
      return running;
    }
    return starting; // which none is when all have ended
  }
}
