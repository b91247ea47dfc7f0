package io.traffical.pipeline.model;

/**
 * The values of one analysed unit in one policy.
 *
 * @param policy place of the policy in the plan
 * @param unit the unit's key
 * @param allocation place of the unit's allocation among the policy's
 * @param dimensions values of the policy's dimensions, joined by NUL
 * @param firstAssignedAt microseconds since 1970
 * @param values the unit's values for the metrics of the policy's plan, 0 without facts; {@code
 *     outcome.ValueLayout} says where each metric's are
 * @param events by metric: the value of every fact, where the metric needs them; null if none does
 */
public record UnitValues(
    int policy,
    String unit,
    int allocation,
    String dimensions,
    long firstAssignedAt,
    double[] values,
    double[][] events) {}
