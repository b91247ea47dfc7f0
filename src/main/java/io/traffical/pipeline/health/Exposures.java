package io.traffical.pipeline.health;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * How many units of a policy came when, each counted once, by its first assignment. Grain: one
 * policy.
 *
 * @param asOf exclusive end of the data, in microseconds since 1970
 * @param declared what came to each declared allocation, in the file's order
 * @param undeclared what came to all others together
 */
public record Exposures(long asOf, Map<String, Arrivals> declared, Arrivals undeclared) {
  /** For how many hours before the end units are counted per hour. */
  public static final int HOURS = 24;

  /** For how many days of 24 hours before the end units are counted per day. */
  public static final int DAYS = 30;

  /**
   * The units that came.
   *
   * @param crossovers how many of them were seen in another allocation later
   * @param newest the newest first assignment, in microseconds; null without units
   * @param perHour units per hour, {@link #HOURS} of them, the oldest first
   * @param perDay units per day of 24 hours, {@link #DAYS} of them, the oldest first
   */
  public record Arrivals(
      long units, long crossovers, Long newest, List<Long> perHour, List<Long> perDay) {}

  /** Returns the units of each declared allocation that metrics analyse. */
  public Map<String, Long> analysed(boolean excludeCrossovers) {
    Map<String, Long> units = new LinkedHashMap<>();
    declared.forEach(
        (allocation, came) ->
            units.put(allocation, came.units() - (excludeCrossovers ? came.crossovers() : 0)));
    return units;
  }

  /** Returns the newest first assignment to a declared allocation; null without one. */
  Long newest() {
    return declared.values().stream()
        .map(Arrivals::newest)
        .filter(time -> time != null)
        .max(Long::compare)
        .orElse(null);
  }

  long units() {
    return undeclared.units() + declared.values().stream().mapToLong(Arrivals::units).sum();
  }

  long crossovers() {
    return undeclared.crossovers()
        + declared.values().stream().mapToLong(Arrivals::crossovers).sum();
  }
}
