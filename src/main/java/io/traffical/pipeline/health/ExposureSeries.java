package io.traffical.pipeline.health;

import io.traffical.pipeline.health.Exposures.Arrivals;
import io.traffical.pipeline.window.Micros;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * New units over time as a document: per hour, per day, and in all; in total and per allocation.
 */
public final class ExposureSeries {
  private final Exposures exposures;

  private ExposureSeries(Exposures exposures) {
    this.exposures = exposures;
  }

  /** Returns {@code per_hour}, {@code per_day} and {@code lifetime}. */
  public static Map<String, Object> of(Exposures exposures) {
    ExposureSeries series = new ExposureSeries(exposures);
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("per_hour", series.steps(Duration.ofHours(1), Exposures.HOURS, Arrivals::perHour));
    all.put("per_day", series.steps(Duration.ofDays(1), Exposures.DAYS, Arrivals::perDay));
    all.put("lifetime", series.counts(Arrivals::units, exposures.units()));
    return all;
  }

  private Map<String, Object> steps(
      Duration step, int length, Function<Arrivals, List<Long>> values) {
    Map<String, Object> steps = new LinkedHashMap<>();
    steps.put("start", Phrases.time(exposures.asOf() - length * Micros.of(step)));
    steps.put("end", Phrases.time(exposures.asOf()));
    steps.put("step_seconds", step.toSeconds());
    steps.putAll(counts(values, total(length, values)));
    return steps;
  }

  private Map<String, Object> counts(Function<Arrivals, ?> value, Object total) {
    Map<String, Object> counts = new LinkedHashMap<>();
    Map<String, Object> allocations = new LinkedHashMap<>();
    exposures.declared().forEach((key, came) -> allocations.put(key, value.apply(came)));
    counts.put("total", total);
    counts.put("allocations", allocations);
    counts.put("undeclared", value.apply(exposures.undeclared()));
    return counts;
  }

  private List<Long> total(int length, Function<Arrivals, List<Long>> values) {
    List<Long> total = new ArrayList<>();
    for (int i = 0; i < length; i++) {
      long sum = values.apply(exposures.undeclared()).get(i);
      for (Arrivals came : exposures.declared().values()) {
        sum += values.apply(came).get(i);
      }
      total.add(sum);
    }
    return total;
  }
}
