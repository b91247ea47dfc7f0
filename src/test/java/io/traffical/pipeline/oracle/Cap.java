package io.traffical.pipeline.oracle;

/**
 * What values are cut down to.
 *
 * @param at the quantile of the values of all units of all allocations; null without a cap
 */
record Cap(Double at) {
  static Cap of(Sql sql, Metric metric) {
    if (metric.winsorizeAt() == null) {
      return new Cap(null);
    }
    return new Cap(
        Arms.number(
            sql.value(
                "SELECT percentile_cont(%s) WITHIN GROUP (ORDER BY x) FROM unit_value"
                    .formatted(metric.winsorizeAt()))));
  }

  /** Returns whether the cap would not be positive, so that there is none. */
  boolean isRefused() {
    return at != null && at <= 0;
  }

  /** Returns the capped column. */
  String of(String column) {
    return at == null || isRefused() ? column : "LEAST(" + column + ", " + at + "::numeric)";
  }
}
