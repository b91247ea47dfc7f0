package io.traffical.pipeline.oracle;

import java.util.ArrayList;
import java.util.List;

/** Arms of ratios of two sums over units; the error is that of the delta formula. */
final class RatioArms implements Arms {
  private static final int FEWEST_WITH_DENOMINATOR = 5;

  private final Sql sql;
  private final List<String> allocations;
  private final Cap cap;

  RatioArms(Sql sql, Metric metric, List<String> allocations) {
    this.sql = sql;
    this.allocations = allocations;
    this.cap = Cap.of(sql, metric);
  }

  /**
   * In the last three columns: the squared error; how many units have a denominator; and how large
   * the squared error of the mean denominator is, relative to a third of it.
   */
  @Override
  public List<Arm> of(String condition) {
    List<List<String>> rows =
        sql.rows(
            """
            WITH numbers AS (
              SELECT allocation, %1$s AS z, y FROM unit_value WHERE %2$s
            ), sums AS (
              SELECT allocation, count(*) AS n, sum(z) AS zs, sum(y) AS ys FROM numbers GROUP BY 1
            ), residuals AS (
              SELECT allocation, sum((z * ys - zs * y) * (z * ys - zs * y)) / nullif(ys, 0) ^ 4 AS squares,
                count(*) FILTER (WHERE y <> 0) AS filled,
                9 * var_samp(y) * n / nullif(ys, 0) ^ 2 AS unevenness
              FROM numbers JOIN sums USING (allocation) GROUP BY allocation, n, zs, ys
            )
            SELECT allocation, coalesce(n, 0), coalesce(zs, 0), coalesce(ys, 0),
              zs / nullif(ys, 0), squares * n / nullif(n - 1, 0), filled, unevenness
            FROM unnest(%3$s) WITH ORDINALITY AS d(allocation, place)
            LEFT JOIN sums USING (allocation) LEFT JOIN residuals USING (allocation)
            ORDER BY place
            """
                .formatted(cap.of("x"), condition, Sql.array(allocations)));
    List<Arm> arms = new ArrayList<>();
    for (List<String> row : rows) {
      Double squared = Arms.number(row.get(5));
      Double unevenness = Arms.number(row.get(7));
      boolean isSparse =
          row.get(6) == null || Integer.parseInt(row.get(6)) < FEWEST_WITH_DENOMINATOR;
      boolean hasError = squared != null && squared > 0 && !isSparse && unevenness <= 1;
      arms.add(
          new Arm(
              row.get(0),
              Long.parseLong(row.get(1)),
              Arms.number(row.get(2)),
              Arms.number(row.get(3)),
              Arms.number(row.get(4)),
              null,
              hasError ? Math.sqrt(squared) : null,
              null,
              unevenness != null && Math.abs(unevenness - 1) < 1e-9,
              null));
    }
    return arms;
  }
}
