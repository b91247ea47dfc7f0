package io.traffical.pipeline.job;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * The values of a dimension that results are broken down by: those with the most units, at equal
 * numbers the bytewise smaller ones. All others share one row.
 */
final class DimensionValues {
  /** What the values beyond the most frequent ones are called together. */
  static final String OTHER = "(other)";

  private static final Comparator<String> BYTEWISE =
      Comparator.comparing(text -> text.getBytes(StandardCharsets.UTF_8), Arrays::compareUnsigned);

  private final Set<String> kept;

  /** Chooses among values by how many units have them. */
  DimensionValues(Map<String, Long> unitsByValue, int most) {
    Comparator<Map.Entry<String, Long>> byUnits =
        Map.Entry.<String, Long>comparingByValue().reversed();
    kept =
        new HashSet<>(
            unitsByValue.entrySet().stream()
                .sorted(byUnits.thenComparing(Map.Entry.comparingByKey(BYTEWISE)))
                .limit(most)
                .map(Map.Entry::getKey)
                .toList());
  }

  /** Returns the values that are shown by themselves. */
  Set<String> kept() {
    return kept;
  }

  /** Returns the value that a unit's is shown as. */
  String shown(String value) {
    return kept.contains(value) ? value : OTHER;
  }
}
