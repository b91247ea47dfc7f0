package io.traffical.pipeline.health;

import java.util.LinkedHashMap;
import java.util.Map;

/** Whether few enough units were seen in more than one allocation. */
public final class CrossoversCheck {
  static final String KEY = "crossovers";
  private static final double WARN_ABOVE = 0.01;
  private static final double FAIL_ABOVE = 0.1;

  private CrossoversCheck() {}

  /** Returns what the check finds, among all units of the policy. */
  public static Check of(Exposures exposures, boolean areExcluded) {
    long units = exposures.units();
    long crossovers = exposures.crossovers();
    Status status = Status.PASS;
    if (crossovers > WARN_ABOVE * units) {
      status = crossovers > FAIL_ABOVE * units ? Status.FAIL : Status.WARN;
    }
    Map<String, Object> numbers = new LinkedHashMap<>();
    numbers.put("crossovers", crossovers);
    numbers.put("units", units);
    numbers.put("share", units == 0 ? null : (double) crossovers / units);
    return Check.of(KEY, status, detail(crossovers, units, areExcluded), numbers);
  }

  private static String detail(long crossovers, long units, boolean areExcluded) {
    return crossovers == 0
        ? "No unit was seen in more than one allocation."
        : "%d of %d units (%s) were seen in more than one allocation; %s."
            .formatted(
                crossovers,
                units,
                Phrases.percent((double) crossovers / units),
                areExcluded ? "metrics leave them out" : "each counts in its first");
  }
}
