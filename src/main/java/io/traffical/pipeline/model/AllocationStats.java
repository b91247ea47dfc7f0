package io.traffical.pipeline.model;

/**
 * What is known of one metric over the units of one allocation that one subtask has seen.
 *
 * @param dimension name of the dimension that the units have in common; empty for all units
 * @param dimensionValue their value of it; empty for all units
 * @param subtask which subtask; parts are merged in this order, so that equal input gives equal
 *     bits
 */
public record AllocationStats(
    int policy,
    int metric,
    int allocation,
    String dimension,
    String dimensionValue,
    int subtask,
    ArmStats arm) {}
