package io.traffical.pipeline.health;

import io.traffical.pipeline.stats.SampleRatio;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Whether units are shared out among the allocations as declared. The status follows the chi-square
 * test as documented. Looked at every hour, that test gives false alarms: only the anytime-valid
 * p-value tells that somebody must act. It is 0 when units are where none should be.
 */
public final class SampleRatioCheck {
  static final String KEY = "srm";
  private static final double ATTENTION_BELOW = 0.01;

  private SampleRatioCheck() {}

  /**
   * Returns what the check finds.
   *
   * @param shares declared share of each allocation
   * @param units units of each of them that metrics analyse, in the same order
   */
  public static Check of(Map<String, Double> shares, Map<String, Long> units) {
    SampleRatio test =
        SampleRatio.of(
            shares.values().stream().mapToDouble(Double::doubleValue).toArray(),
            units.values().stream().mapToLong(Long::longValue).toArray());
    Map<String, Object> numbers = new LinkedHashMap<>();
    numbers.put("units", units);
    numbers.put("expected", shares);
    numbers.put("chi_square", test.chiSquare());
    numbers.put("p_value", test.pValue());
    numbers.put("anytime_p_value", test.anytimePValue());
    numbers.put("largest_deviation", test.largestDeviation());
    Double anytime = test.anytimePValue();
    return new Check(
        KEY,
        Status.valueOf(test.status().name()),
        anytime != null && anytime < ATTENTION_BELOW,
        detail(test, shares, units),
        numbers);
  }

  private static String detail(
      SampleRatio test, Map<String, Double> shares, Map<String, Long> units) {
    List<String> unexpected = new ArrayList<>();
    List<String> observed = new ArrayList<>();
    long total = units.values().stream().mapToLong(Long::longValue).sum();
    for (Map.Entry<String, Double> share : shares.entrySet()) {
      long has = units.get(share.getKey());
      String percent = Phrases.percent(total == 0 ? 0 : (double) has / total);
      observed.add(share.getKey() + " " + percent + " of " + Phrases.percent(share.getValue()));
      if (share.getValue() == 0 && has > 0) {
        unexpected.add(share.getKey());
      }
    }
    if (!unexpected.isEmpty()) {
      return "Units in allocations whose declared share is 0: %s."
          .formatted(Phrases.list(unexpected));
    }
    if (test.chiSquare() == null) {
      return total == 0 ? "There are no units to test yet." : "Only one allocation gets units.";
    }
    return "%s declared: p %s; over all looks, p %s."
        .formatted(
            Phrases.list(observed),
            Phrases.probability(test.pValue()),
            Phrases.probability(test.anytimePValue()));
  }
}
