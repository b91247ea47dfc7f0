package io.traffical.pipeline.model;

/**
 * What one run read of one day of a unit for the metrics of one set, to add.
 *
 * @param set place of the set among the policy's
 * @param day days since 1970-01-01, UTC
 * @param tallies as in {@link TotalChange}
 * @param entries as in {@link TotalChange}
 */
public record DayOutcome(
    int policy, int set, String unit, int day, double[] tallies, byte[] entries)
    implements PolicyRow {}
