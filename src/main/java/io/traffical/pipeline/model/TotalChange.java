package io.traffical.pipeline.model;

/**
 * A row of {@code unit_totals} to write: everything before the metric's new {@code totals_to}.
 *
 * @param high the sum, rounded
 * @param low what rounding left out of {@code high}
 */
public record TotalChange(int policy, int metric, String unit, long count, double high, double low)
    implements PolicyRow {}
