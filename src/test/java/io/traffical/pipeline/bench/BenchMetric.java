package io.traffical.pipeline.bench;

/**
 * A metric on the one fact {@code orders}: as the program is told, and as SQL computes it from a
 * unit's counted facts.
 *
 * @param column the value column; null when the metric counts
 */
record BenchMetric(String key, String aggregation, String column) {
  /** Returns the metric's entry in the definitions. */
  String definition() {
    String value = column == null ? "" : ", valueColumn: " + column;
    return "%s: { fact: orders, aggregation: %s%s }".formatted(key, aggregation, value);
  }

  /** Returns the value of a unit, as an aggregate over its counted facts {@code o}. */
  String unitValue() {
    return switch (aggregation) {
      case "conversion_rate" -> "least(count(o.user_id), 1)::float8";
      case "count" -> "count(o.user_id)::float8";
      default -> "coalesce(sum(o.%s), 0)::float8".formatted(column);
    };
  }

  /** Returns the variance of the per-unit values, given their number, sum and sum of squares. */
  String variance(String units, String sum, String squares) {
    return aggregation.equals("conversion_rate")
        ? "%2$s / %1$s * (1 - %2$s / %1$s)".formatted(units, sum)
        : "(%3$s - %2$s * %2$s / %1$s) / (%1$s - 1)".formatted(units, sum, squares);
  }
}
