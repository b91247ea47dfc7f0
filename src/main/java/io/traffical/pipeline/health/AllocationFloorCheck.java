package io.traffical.pipeline.health;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Whether every allocation that should get units has enough for an analysis. Too few are a warning;
 * none at all, where the declared share makes one expect enough, is a failure.
 */
public final class AllocationFloorCheck {
  static final String KEY = "allocation_floor";

  private AllocationFloorCheck() {}

  /**
   * Returns what the check finds.
   *
   * @param shares declared share of each allocation
   * @param units units of each of them that metrics analyse
   * @param floor how many are enough
   */
  public static Check of(Map<String, Double> shares, Map<String, Long> units, int floor) {
    long total = units.values().stream().mapToLong(Long::longValue).sum();
    Map<String, Long> tooSmall = new LinkedHashMap<>();
    Status status = Status.PASS;
    for (Map.Entry<String, Double> share : shares.entrySet()) {
      long has = units.get(share.getKey());
      if (share.getValue() > 0 && has < floor) {
        tooSmall.put(share.getKey(), has);
        boolean isMissing = has == 0 && share.getValue() * total >= floor;
        status = isMissing || status == Status.FAIL ? Status.FAIL : Status.WARN;
      }
    }
    Map<String, Object> numbers = new LinkedHashMap<>();
    numbers.put("floor", floor);
    numbers.put("units", units);
    String detail =
        tooSmall.isEmpty()
            ? "Every allocation has at least %d units.".formatted(floor)
            : "Fewer than %d units: %s.".formatted(floor, Phrases.counts(tooSmall));
    return Check.of(KEY, status, detail, numbers);
  }
}
