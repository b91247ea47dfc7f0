package io.traffical.pipeline.model;

/**
 * A unit's totals for the metrics of one set, to write: everything before the metrics' new {@code
 * totals_to}.
 *
 * @param set place of the set among the policy's
 * @param tallies three numbers per metric of the set: how many facts, their sum, rounded, and what
 *     rounding left out of it; none if the set keeps entries
 * @param entries null unless the set keeps entries
 */
public record TotalChange(int policy, int set, String unit, double[] tallies, byte[] entries)
    implements PolicyRow {}
