package io.traffical.pipeline.job;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Finds the values that most units have, exactly, whatever the number of values: they are counted
 * in shares by hash, as many as it takes for one share to be small, each in a pass of its own.
 */
final class FrequentValues {
  /** So many values are counted at once. */
  static final int MOST_AT_ONCE = 100_000;

  private final int most;
  private final int mostAtOnce;

  /** Hands every value to a consumer, as often as units have it. */
  interface Values {
    void read(Consumer<String> value) throws IOException;
  }

  /** Finds so many values. */
  FrequentValues(int most) {
    this(most, MOST_AT_ONCE);
  }

  FrequentValues(int most, int mostAtOnce) {
    this.most = most;
    this.mostAtOnce = mostAtOnce;
  }

  /** Returns the values that are shown, the others being called together. */
  DimensionValues of(Values values) throws IOException {
    int shares = 1;
    while (true) {
      Map<String, Long> frequent = new HashMap<>();
      boolean isComplete = true;
      for (int share = 0; share < shares && isComplete; share++) {
        Map<String, Long> counts = counts(values, share, shares);
        isComplete = counts.size() <= mostAtOnce;
        if (isComplete) {
          frequent.putAll(counts);
          frequent.keySet().retainAll(new DimensionValues(frequent, most).kept());
        }
      }
      if (isComplete) {
        return new DimensionValues(frequent, most);
      }
      shares *= 4;
    }
  }

  /** Returns how many units have each value of a share; stops beyond as many as are too many. */
  private Map<String, Long> counts(Values values, int share, int shares) throws IOException {
    Map<String, Long> counts = new HashMap<>();
    values.read(
        value -> {
          boolean isOfShare = Math.floorMod(value.hashCode(), shares) == share;
          if (isOfShare && counts.size() <= mostAtOnce) {
            counts.merge(value, 1L, Long::sum);
          }
        });
    return counts;
  }
}
