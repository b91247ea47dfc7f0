package io.traffical.pipeline.cli;

import io.traffical.pipeline.definition.Definitions;
import io.traffical.pipeline.definition.Definitions.Aggregation;
import io.traffical.pipeline.jdbc.Rows;
import java.time.Instant;
import java.util.List;

/**
 * What people are shown of a row of {@code metric_results}. Grain: one (policy, metric,
 * allocation).
 *
 * @param entity the kind of unit, for words such as {@code per user}
 * @param isProportion whether values are shares of units
 * @param significant null on the control's row
 * @param reasons why numbers are missing; empty when none is
 */
record ResultRow(
    String policy,
    String metric,
    String allocation,
    Instant asOf,
    String entity,
    boolean isProportion,
    boolean isControl,
    long units,
    Double value,
    Double lift,
    Double liftLower,
    Double liftUpper,
    Double relativeLift,
    Double relativeLower,
    Double relativeUpper,
    Double pValue,
    Boolean significant,
    List<String> reasons) {

  /** Reads a row; what the definitions no longer hold is shown in general words. */
  static ResultRow of(Rows rows, int row, Definitions definitions) {
    String metricKey = (String) rows.get(row, "metric_key");
    String policyKey = (String) rows.get(row, "policy_key");
    Definitions.Metric metric = definitions.metrics().get(metricKey);
    Definitions.Policy policy = definitions.policies().get(policyKey);
    String reason = (String) rows.get(row, "reason");
    return new ResultRow(
        policyKey,
        metricKey,
        (String) rows.get(row, "allocation_key"),
        (Instant) rows.get(row, "as_of"),
        policy == null ? "unit" : policy.entity(),
        metric != null && metric.aggregation() == Aggregation.CONVERSION_RATE,
        (Boolean) rows.get(row, "is_control"),
        (Long) rows.get(row, "units"),
        (Double) rows.get(row, "value"),
        (Double) rows.get(row, "lift"),
        (Double) rows.get(row, "lift_lower"),
        (Double) rows.get(row, "lift_upper"),
        (Double) rows.get(row, "relative_lift"),
        (Double) rows.get(row, "relative_lift_lower"),
        (Double) rows.get(row, "relative_lift_upper"),
        (Double) rows.get(row, "p_value"),
        (Boolean) rows.get(row, "significant"),
        reason == null ? List.of() : List.of(reason.split(",")));
  }

  /** Returns whether the relative lift and both ends of its interval are there. */
  boolean hasRelativeInterval() {
    return relativeLift != null && relativeLower != null && relativeUpper != null;
  }

  /** Returns whether the lift and both ends of its interval are there. */
  boolean hasInterval() {
    return lift != null && liftLower != null && liftUpper != null;
  }
}
