package io.traffical.pipeline.outcome;

import io.traffical.pipeline.definition.Definitions.Aggregation;
import io.traffical.pipeline.stats.ExactSum;

/** Accumulates the counted facts of one unit for one metric. Tallies of disjoint facts add up. */
final class Tally {
  private final ExactSum sum = new ExactSum();
  private long count;

  /** Counts one fact with its value; the value is ignored by counting aggregations. */
  void add(double value) {
    count++;
    sum.add(value);
  }

  /** Adds facts that were tallied elsewhere. */
  void add(long otherCount, double high, double low) {
    count += otherCount;
    sum.add(high, low);
  }

  boolean isEmpty() {
    return count == 0;
  }

  long count() {
    return count;
  }

  double high() {
    return sum.high();
  }

  double low() {
    return sum.low();
  }

  /** Returns the unit's value for the metric. */
  double value(Aggregation aggregation) {
    return switch (aggregation) {
      case CONVERSION_RATE -> count > 0 ? 1 : 0;
      case COUNT -> count;
      case SUM -> sum.value();
    };
  }
}
