package io.traffical.pipeline.model;

import io.traffical.pipeline.stats.Moments;

/**
 * The moments of one metric over the units of one allocation that one subtask has seen.
 *
 * @param subtask which subtask; parts are merged in this order, so that equal input gives equal
 *     bits
 */
public record AllocationStats(
    int policy, int metric, int allocation, int subtask, Moments moments) {}
