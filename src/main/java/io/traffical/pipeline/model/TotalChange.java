package io.traffical.pipeline.model;

/**
 * A unit's totals for the metrics of one set, to write: everything before the metrics' new {@code
 * totals_to}.
 *
 * @param set place of the set among the policy's
 * @param tallies three numbers per metric of the set: how many facts, their sum, rounded, and what
 *     rounding left out of it
 */
public record TotalChange(int policy, int set, String unit, double[] tallies)
    implements PolicyRow {}
