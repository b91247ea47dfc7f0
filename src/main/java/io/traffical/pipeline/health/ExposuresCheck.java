package io.traffical.pipeline.health;

import java.util.LinkedHashMap;
import java.util.Map;

/** Whether new units still come to the allocations of a policy that has not ended. */
public final class ExposuresCheck {
  static final String KEY = "exposures";

  private ExposuresCheck() {}

  /**
   * Returns what the check finds. Times are in microseconds.
   *
   * @param startsAt from when on units are expected
   * @param hasEnded whether no further units are expected
   * @param window width of a window
   */
  public static Check of(Exposures exposures, long startsAt, boolean hasEnded, long window) {
    Long newest = exposures.newest();
    long lag = Math.max(0, exposures.asOf() - (newest == null ? startsAt : newest));
    Map<String, Object> numbers = new LinkedHashMap<>();
    numbers.put("newest_unit_at", newest == null ? null : Phrases.time(newest));
    numbers.put("lag_seconds", lag / 1e6);
    numbers.put("has_ended", hasEnded);
    Status status = hasEnded ? Status.PASS : Status.ofLag(lag, window);
    return Check.of(KEY, status, detail(newest, lag, hasEnded), numbers);
  }

  private static String detail(Long newest, long lag, boolean hasEnded) {
    if (hasEnded) {
      return newest == null
          ? "The policy has ended; no unit came."
          : "The policy has ended; its last unit came %s before the end."
              .formatted(Phrases.duration(lag));
    }
    return newest == null
        ? "No unit has come in the %s since the start.".formatted(Phrases.duration(lag))
        : "The newest unit came %s before the end of the data.".formatted(Phrases.duration(lag));
  }
}
