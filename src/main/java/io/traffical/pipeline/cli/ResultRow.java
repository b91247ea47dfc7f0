package io.traffical.pipeline.cli;

import io.traffical.pipeline.definition.Definitions;
import io.traffical.pipeline.definition.Metric.Direction;
import io.traffical.pipeline.jdbc.Rows;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;

/**
 * What people are shown of a row of {@code metric_results}. Grain: one (policy, metric, allocation,
 * dimension value).
 *
 * @param dimension name of the dimension that the units have in common; empty for all units
 * @param numerator null of a percentile, as the denominator
 * @param relative the lift relative to the control
 * @param adjustedP the p-value corrected for the policy's other comparisons; null without that
 * @param significant null on the control's row
 * @param isSequential whether the interval is valid however often one looks
 * @param varianceReduction share of variance that CUPED removed; null where it did not
 * @param steps of a funnel, the units that took each; else empty
 * @param reasons why numbers are missing; empty when none is
 */
record ResultRow(
    String policy,
    String metric,
    String allocation,
    String dimension,
    String dimensionValue,
    Instant asOf,
    MetricWords words,
    boolean isControl,
    long units,
    Double numerator,
    Double denominator,
    Double value,
    Range lift,
    Range relative,
    Double pValue,
    Double adjustedP,
    Boolean significant,
    boolean isSequential,
    Double varianceReduction,
    List<Long> steps,
    String role,
    String guardrailStatus,
    List<String> reasons) {

  /** An estimate and its interval, each null where it is missing. */
  record Range(Double estimate, Double lower, Double upper) {

    /** Returns whether nothing is missing. */
    boolean isWhole() {
      return estimate != null && lower != null && upper != null;
    }

    /** Returns whether 0 is inside or at an end. */
    boolean includesZero() {
      return lower <= 0 && upper >= 0;
    }
  }

  /** Reads a row; what the definitions no longer hold is shown in general words. */
  static ResultRow of(Rows rows, int row, Definitions definitions) {
    String metricKey = (String) rows.get(row, "metric_key");
    String policyKey = (String) rows.get(row, "policy_key");
    String reason = (String) rows.get(row, "reason");
    return new ResultRow(
        policyKey,
        metricKey,
        (String) rows.get(row, "allocation_key"),
        (String) rows.get(row, "dimension"),
        (String) rows.get(row, "dimension_value"),
        (Instant) rows.get(row, "as_of"),
        MetricWords.of(definitions, policyKey, metricKey),
        (Boolean) rows.get(row, "is_control"),
        (Long) rows.get(row, "units"),
        (Double) rows.get(row, "numerator"),
        (Double) rows.get(row, "denominator"),
        (Double) rows.get(row, "value"),
        range(rows, row, "lift"),
        range(rows, row, "relative_lift"),
        (Double) rows.get(row, "p_value"),
        (Double) rows.get(row, "p_value_adjusted"),
        (Boolean) rows.get(row, "significant"),
        "sequential".equals(rows.get(row, "method")),
        (Double) rows.get(row, "variance_reduction"),
        steps((Rows.Json) rows.get(row, "steps")),
        (String) rows.get(row, "role"),
        (String) rows.get(row, "guardrail_status"),
        reason == null ? List.of() : List.of(reason.split(",")));
  }

  private static Range range(Rows rows, int row, String column) {
    return new Range(
        (Double) rows.get(row, column),
        (Double) rows.get(row, column + "_lower"),
        (Double) rows.get(row, column + "_upper"));
  }

  private static List<Long> steps(Rows.Json json) {
    if (json == null) {
      return List.of();
    }
    return Arrays.stream(json.text().replaceAll("[^0-9]+", " ").strip().split(" "))
        .map(Long::valueOf)
        .toList();
  }

  /** Returns the metric's name, and of which units it is if not of all. */
  String title() {
    return words.name() + (dimension.isEmpty() ? "" : ", " + dimension + " " + dimensionValue);
  }

  /** Returns whether the lift is shown relative to the control: with both ends or with none. */
  boolean isShownRelative() {
    return relative.isWhole() || (relative.estimate() != null && !lift.isWhole());
  }

  /**
   * Returns whether a significant lift goes where it should; null if there is none, or nobody said
   * where it should go.
   */
  Boolean isBetter() {
    if (!Boolean.TRUE.equals(significant) || words.desired() == null || lift.estimate() == null) {
      return null;
    }
    return lift.estimate() > 0 == (words.desired() == Direction.INCREASE);
  }
}
