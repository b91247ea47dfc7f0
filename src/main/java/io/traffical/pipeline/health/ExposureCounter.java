package io.traffical.pipeline.health;

import io.traffical.pipeline.health.Exposures.Arrivals;
import io.traffical.pipeline.window.Micros;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Adds up units by when they came. Its buckets cover the days and the last day's hours at once:
 * bucket 0 is everything before, and bucket i begins at the i-th of the {@link #bounds}.
 */
public final class ExposureCounter {
  private static final long HOUR = Micros.of(Duration.ofHours(1));
  private static final int FIRST_HOUR = Exposures.DAYS;

  private final long asOf;
  private final Map<String, Tally> declared = new LinkedHashMap<>();
  private final Tally undeclared = new Tally();

  /** Counts the units of a policy with these allocations, up to a time. */
  public ExposureCounter(long asOf, Collection<String> allocations) {
    this.asOf = asOf;
    allocations.forEach(allocation -> declared.put(allocation, new Tally()));
  }

  /** Returns where the buckets begin, ascending: days of 24 hours, then the last one's hours. */
  public static List<Long> bounds(long asOf) {
    Long[] bounds = new Long[FIRST_HOUR - 1 + Exposures.HOURS];
    for (int i = 0; i < bounds.length; i++) {
      int hours = i - (FIRST_HOUR - 1);
      bounds[i] =
          hours < 0
              ? asOf - (Exposures.DAYS - i) * Micros.DAY
              : asOf - (Exposures.HOURS - hours) * HOUR;
    }
    return List.of(bounds);
  }

  /**
   * Adds units of one allocation that came in one bucket.
   *
   * @param allocation null for one that is not declared
   * @param newest the newest first assignment among them, in microseconds
   */
  public void add(String allocation, int bucket, long units, long crossovers, long newest) {
    Tally tally = allocation == null ? undeclared : declared.get(allocation);
    tally.units += units;
    tally.crossovers += crossovers;
    tally.newest = tally.newest == null ? newest : Long.valueOf(Math.max(tally.newest, newest));
    if (bucket >= FIRST_HOUR) {
      tally.perHour[bucket - FIRST_HOUR] += units;
      tally.perDay[Exposures.DAYS - 1] += units;
    } else if (bucket > 0) {
      tally.perDay[bucket - 1] += units;
    }
  }

  /** Returns what has been added up. */
  public Exposures exposures() {
    Map<String, Arrivals> arrivals = new LinkedHashMap<>();
    declared.forEach((allocation, tally) -> arrivals.put(allocation, tally.arrivals()));
    return new Exposures(asOf, Collections.unmodifiableMap(arrivals), undeclared.arrivals());
  }

  private static final class Tally {
    private long units;
    private long crossovers;
    private Long newest;
    private final long[] perHour = new long[Exposures.HOURS];
    private final long[] perDay = new long[Exposures.DAYS];

    private Arrivals arrivals() {
      return new Arrivals(
          units,
          crossovers,
          newest,
          Arrays.stream(perHour).boxed().toList(),
          Arrays.stream(perDay).boxed().toList());
    }
  }
}
