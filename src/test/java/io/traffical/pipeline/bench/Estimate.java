package io.traffical.pipeline.bench;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** One result, whoever has computed it: a metric's mean and variance over an allocation's units. */
record Estimate(
    String policy, String metric, String allocation, long units, double value, double variance) {
  private static final double TOLERANCE = 1e-9;
  private static final Comparator<Estimate> BY_KEY =
      Comparator.comparing(Estimate::policy)
          .thenComparing(Estimate::metric)
          .thenComparing(Estimate::allocation);

  /** Reads rows with the columns policy, metric, allocation, units, value, variance. */
  static List<Estimate> read(ResultSet rows) throws SQLException {
    List<Estimate> estimates = new ArrayList<>();
    while (rows.next()) {
      estimates.add(
          new Estimate(
              rows.getString(1),
              rows.getString(2),
              rows.getString(3),
              rows.getLong(4),
              rows.getDouble(5),
              rows.getDouble(6)));
    }
    return estimates;
  }

  /**
   * Compares two computations of the same results: units exactly, the numbers within 1e-9 of each
   * other.
   *
   * @throws AssertionError showing the first pair of rows that differ
   */
  static void assertEqual(List<Estimate> actual, List<Estimate> expected) {
    if (actual.size() != expected.size() || expected.isEmpty()) {
      throw new AssertionError(
          "%d results, but SQL says %d".formatted(actual.size(), expected.size()));
    }
    List<Estimate> left = actual.stream().sorted(BY_KEY).toList();
    List<Estimate> right = expected.stream().sorted(BY_KEY).toList();
    for (int i = 0; i < left.size(); i++) {
      if (!left.get(i).isSameAs(right.get(i))) {
        throw new AssertionError(
            "results differ%nprogram: %s%nSQL:     %s".formatted(left.get(i), right.get(i)));
      }
    }
  }

  private boolean isSameAs(Estimate other) {
    return BY_KEY.compare(this, other) == 0
        && units == other.units
        && isClose(value, other.value)
        && isClose(variance, other.variance);
  }

  private static boolean isClose(double a, double b) {
    return Math.abs(a - b) <= TOLERANCE * Math.max(Math.abs(a), Math.abs(b));
  }
}
