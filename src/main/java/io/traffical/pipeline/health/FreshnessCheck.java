package io.traffical.pipeline.health;

import io.traffical.pipeline.window.Micros;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Whether everything of a policy, its assignments and each of its metrics, is published up to the
 * last due window, or up to the policy's end.
 */
public final class FreshnessCheck {
  /** The check's key. */
  public static final String KEY = "freshness";

  private FreshnessCheck() {}

  /**
   * Returns what the check finds. Times are in microseconds.
   *
   * @param startsAt where a part that was never published would begin
   * @param endsAt the policy's end, or {@link Micros#AFTER_ALL}
   * @param window width of a window
   * @param due exclusive end of the last due window
   * @param publishedTo exclusive end of what is published of each metric, and of the assignments
   *     under the key {@code ""}; null where nothing is
   */
  public static Check of(
      long startsAt, long endsAt, long window, long due, Map<String, Long> publishedTo) {
    long oldest = Long.MAX_VALUE;
    String part = "";
    for (Map.Entry<String, Long> published : publishedTo.entrySet()) {
      long end = published.getValue() == null ? startsAt : published.getValue();
      if (end < oldest) {
        oldest = end;
        part = published.getKey();
      }
    }
    long lag = Math.max(0, Math.min(due, Micros.ceil(endsAt, window)) - oldest);
    Map<String, Object> numbers = new LinkedHashMap<>();
    numbers.put("published_to", Phrases.time(oldest));
    numbers.put("lag_seconds", lag / 1e6);
    numbers.put("metric_key", lag == 0 || part.isEmpty() ? null : part);
    return Check.of(KEY, Status.ofLag(lag, window), detail(part, oldest, lag), numbers);
  }

  private static String detail(String part, long oldest, long lag) {
    if (lag == 0) {
      return "Everything is published up to %s.".formatted(Phrases.time(oldest));
    }
    return "%s published up to %s only, %s behind the last due window."
        .formatted(
            part.isEmpty() ? "Assignments are" : "The metric " + part + " is",
            Phrases.time(oldest),
            Phrases.duration(lag));
  }
}
