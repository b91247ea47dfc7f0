package io.traffical.pipeline.oracle;

import java.util.List;

/** Computes the arms of a metric of one kind, from the tables that {@link Counted} has made. */
interface Arms {
  /** Returns the arms of the units that meet a condition, in the order of the allocations. */
  List<Arm> of(String condition);

  /** Returns the arms of a metric. */
  static Arms of(Sql sql, Metric metric, List<String> allocations) {
    return switch (metric.aggregation()) {
      case "ratio" -> new RatioArms(sql, metric, allocations);
      case "percentile" -> new PercentileArms(sql, metric, allocations);
      default -> new MeanArms(sql, metric, allocations);
    };
  }

  /** Returns the number that a text says, null for null. */
  static Double number(String text) {
    return text == null ? null : Double.valueOf(text);
  }
}
