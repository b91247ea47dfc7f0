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
 * @param shares what the values are for single values of the facts' dimensions, of each metric in
 *     order of dimension and value; null if no metric has such dimensions
 */
public record UnitValues(
    int policy,
    String unit,
    int allocation,
    String dimensions,
    long firstAssignedAt,
    double[] values,
    double[][] events,
    Share[] shares) {

  /**
   * A unit's values for one metric over those facts only that have a value of a dimension.
   *
   * @param metric place of the metric in the policy's plan
   * @param dimension place of the dimension among the metric's
   * @param value the dimension's value
   * @param values as in {@link UnitValues}, of this metric only
   */
  public record Share(int metric, int dimension, String value, double[] values) {}
}
