package io.traffical.pipeline.model;

/**
 * A row of {@code unit_outcomes} to add: what one run read of one day of a unit.
 *
 * @param day days since 1970-01-01, UTC
 */
public record DayOutcome(
    int policy, int metric, String unit, int day, long count, double high, double low)
    implements PolicyRow {}
