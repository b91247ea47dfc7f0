package io.traffical.pipeline.oracle;

import java.util.ArrayList;
import java.util.List;

/**
 * Arms of percentiles of events, or of the sums of units; the error is that of the interval's width
 * times how much more units vary than events would if they were independent.
 */
final class PercentileArms implements Arms {
  private static final double Z = 1.959963984540054;

  private final Sql sql;
  private final Metric metric;
  private final List<String> allocations;

  PercentileArms(Sql sql, Metric metric, List<String> allocations) {
    this.sql = sql;
    this.metric = metric;
    this.allocations = allocations;
  }

  @Override
  public List<Arm> of(String condition) {
    List<Arm> arms = new ArrayList<>();
    for (String allocation : allocations) {
      arms.add(arm(allocation, condition));
    }
    return arms;
  }

  private Arm arm(String allocation, String condition) {
    String units =
        "SELECT unit, x FROM unit_value WHERE allocation = %s AND %s"
            .formatted(Sql.text(allocation), condition);
    String values =
        metric.isOfUnits()
            ? "SELECT unit, x AS v FROM (" + units + ") u"
            : "SELECT unit, value AS v FROM (" + units + ") u JOIN counted c USING (unit)";
    double q = metric.percentile();
    List<String> row =
        sql.rows(
                """
                SELECT (SELECT count(*) FROM (%s) u), count(*), count(DISTINCT unit),
                  percentile_cont(%s) WITHIN GROUP (ORDER BY v)
                FROM (%s) v
                """
                    .formatted(units, q, values))
            .get(0);
    double events = Double.parseDouble(row.get(1));
    Double value = Arms.number(row.get(3));
    boolean isClustered = events > Double.parseDouble(row.get(2));
    Double error =
        Integer.parseInt(row.get(2)) < 2 ? null : errorAsIfIndependent(values, q, events);
    boolean isUnsure = false;
    if (error != null && isClustered) {
      List<String> shares = shares(values, value);
      Double unevenness = Arms.number(shares.get(1));
      isUnsure = Math.abs(unevenness - 1) < 1e-9;
      error =
          unevenness > 1
              ? null
              : error * Math.sqrt(Arms.number(shares.get(0)) / (q * (1 - q) / events));
    }
    return new Arm(
        allocation,
        Long.parseLong(row.get(0)),
        null,
        null,
        value,
        null,
        error == null || error == 0 ? null : error,
        null,
        isUnsure,
        null);
  }

  private Double errorAsIfIndependent(String values, double q, double events) {
    double half = Z * Math.sqrt(q * (1 - q) / events);
    if (q - half <= 0 || q + half >= 1) {
      return null;
    }
    double width =
        Double.parseDouble(
            sql.value(
                "SELECT percentile_cont(%s) WITHIN GROUP (ORDER BY v) - percentile_cont(%s) WITHIN GROUP (ORDER BY v) FROM (%s) v"
                    .formatted(q + half, q - half, values)));
    return width > 0 ? width / (2 * Z) : null;
  }

  /** Returns the squared error of the share of values up to the percentile, and its unevenness. */
  private List<String> shares(String values, double value) {
    return sql.rows(
            """
            WITH clusters AS (
              SELECT count(*) FILTER (WHERE v <= %s::float8)::numeric AS z, count(*)::numeric AS y
              FROM (%s) v GROUP BY unit
            ), sums AS (
              SELECT count(*) AS n, sum(z) AS zs, sum(y) AS ys FROM clusters
            )
            SELECT sum((z * ys - zs * y) * (z * ys - zs * y)) / ys ^ 4 * n / (n - 1),
              9 * var_samp(y) * n / ys ^ 2
            FROM clusters, sums GROUP BY n, zs, ys
            """
                .formatted(value, values))
        .get(0);
  }
}
