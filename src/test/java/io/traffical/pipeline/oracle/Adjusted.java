package io.traffical.pipeline.oracle;

import java.util.List;

/**
 * How a lift is adjusted by what units did before: {@code y - theta x}, theta over the units of
 * both arms.
 *
 * @param lift null unless the adjustment makes the error smaller
 * @param varianceReduction null with the lift
 * @param isCovariateConstant whether it would have been adjusted if the covariate varied
 * @param isUnsure whether rounding decides any of this
 */
record Adjusted(
    Double lift,
    Double standardError,
    Double varianceReduction,
    boolean isCovariateConstant,
    boolean isUnsure) {
  private static final int FEWEST_WITH_HISTORY = 3;
  private static final double ROUNDING = 1e-9;
  static final Adjusted NOT = new Adjusted(null, null, null, false, false);

  static Adjusted of(Sql sql, Metric metric, Arm control, Arm arm) {
    if (control.standardError() == null || arm.standardError() == null) {
      return NOT;
    }
    Cap cap = Cap.of(sql, metric);
    List<List<String>> rows =
        sql.rows(
            """
            WITH u AS (
              SELECT allocation, %s AS y, %s AS x, history FROM unit_value
              WHERE allocation IN (%s, %s)
            ), p AS (
              SELECT count(*) AS n, sum(x * x) - sum(x) * sum(x) / count(*) AS sxx,
                sum(x * y) - sum(x) * sum(y) / count(*) AS sxy, sum((history > 0)::int) AS having_any,
                bool_and(x = first_x) AS is_constant
              FROM u, (SELECT x AS first_x FROM u LIMIT 1) f
            ), t AS (
              SELECT *, CASE WHEN is_constant THEN 0 ELSE sxy / sxx END AS theta FROM p
            )
            SELECT allocation, count(*), avg(x), var_samp(y - theta * x), var_samp(y) + theta * theta * var_samp(x),
              theta, is_constant, having_any
            FROM u, t GROUP BY allocation, theta, is_constant, having_any
            ORDER BY allocation <> %s
            """
                .formatted(
                    cap.of("x"),
                    cap.of("covariate"),
                    Sql.text(control.allocation()),
                    Sql.text(arm.allocation()),
                    Sql.text(control.allocation())));
    if (rows.get(0).get(6).equals("t")) {
      return new Adjusted(null, null, null, true, false);
    }
    double theta = Arms.number(rows.get(0).get(5));
    double squared = 0;
    boolean isExact = false;
    for (List<String> row : rows) {
      double units = Arms.number(row.get(1));
      double variance = Arms.number(row.get(3));
      isExact |= variance <= ROUNDING * Arms.number(row.get(4));
      squared += variance / units * (metric.isProportion() ? (units - 1) / units : 1);
    }
    double before =
        control.standardError() * control.standardError()
            + arm.standardError() * arm.standardError();
    double share = squared / before;
    boolean isUnsure = isExact || Math.abs(share - 1) < ROUNDING;
    if (share >= 1 || Integer.parseInt(rows.get(0).get(7)) < FEWEST_WITH_HISTORY) {
      return new Adjusted(null, null, null, false, isUnsure);
    }
    double shift = Arms.number(rows.get(1).get(2)) - Arms.number(rows.get(0).get(2));
    return new Adjusted(
        arm.value() - control.value() - theta * shift,
        Math.sqrt(squared),
        1 - share,
        false,
        isUnsure);
  }
}
