package io.traffical.pipeline.oracle;

import io.traffical.pipeline.window.MetricSet.Place;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** What is stored per unit and value of the facts' dimensions, decoded on its own. */
final class ValueTallies {
  private static final double TOLERANCE = 1e-9;

  private ValueTallies() {}

  /**
   * Returns units whose stored days are not what their totals are.
   *
   * @param ratios the metrics of policies, each {@code policy/metric}, that have two measures
   */
  static List<String> daysUnlikeTotals(Sql sql, Set<String> ratios) {
    Map<String, double[]> days =
        tallies(
            sql,
            ratios,
            """
            SELECT policy_key || '/' || metric_key, unit_key, encode(entries, 'hex')
            FROM traffical.unit_outcome_sets o JOIN traffical.metric_sets m USING (policy_key, set_id)
            WHERE m.slot = %d AND (m.days_before IS NULL OR o.day - date '1970-01-01' < m.days_before)
            """);
    Map<String, double[]> totals =
        tallies(
            sql,
            ratios,
            """
            SELECT policy_key || '/' || metric_key, unit_key, encode(entries, 'hex')
            FROM traffical.unit_total_sets t JOIN traffical.metric_sets m USING (policy_key, set_id)
            WHERE m.slot = %d AND m.holds_totals
            """);
    List<String> different = new ArrayList<>();
    days.forEach((key, sums) -> totals.computeIfAbsent(key, k -> new double[sums.length]));
    totals.forEach(
        (key, sums) -> {
          double[] ofDays = days.getOrDefault(key, new double[sums.length]);
          for (int i = 0; i < sums.length; i++) {
            if (Math.abs(sums[i] - ofDays[i]) > TOLERANCE * Math.max(1, Math.abs(sums[i]))) {
              different.add(key + ": " + ofDays[i] + " by days, " + sums[i] + " in all");
            }
          }
        });
    return different;
  }

  /** Returns counts and sums, by policy, metric, unit, dimension and value. */
  private static Map<String, double[]> tallies(Sql sql, Set<String> ratios, String query) {
    Map<String, double[]> tallies = new TreeMap<>();
    for (List<String> row : sql.rows(query.formatted(Place.BY_VALUE))) {
      ByteBuffer entries = ByteBuffer.wrap(HexFormat.of().parseHex(row.get(2)));
      int measures = ratios.contains(row.get(0)) ? 2 : 1;
      while (entries.hasRemaining()) {
        int dimension = entries.get();
        byte[] value = new byte[entries.getShort()];
        entries.get(value);
        String key =
            row.get(0)
                + "/"
                + row.get(1)
                + "/"
                + dimension
                + "/"
                + new String(value, StandardCharsets.UTF_8);
        double[] sums = tallies.computeIfAbsent(key, k -> new double[2 * measures]);
        for (int m = 0; m < measures; m++) {
          sums[2 * m] += entries.getDouble();
          BigDecimal sum = new BigDecimal(entries.getDouble());
          sums[2 * m + 1] += sum.add(new BigDecimal(entries.getDouble())).doubleValue();
        }
      }
    }
    return tallies;
  }
}
