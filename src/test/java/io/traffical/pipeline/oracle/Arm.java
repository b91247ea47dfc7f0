package io.traffical.pipeline.oracle;

import io.traffical.pipeline.stats.ArmEstimate;

/**
 * What is expected of one allocation, over all units or over those of a dimension's value.
 *
 * @param steps how many units have taken each step of a funnel, as JSON; else null
 * @param isUnsure whether rounding decides if there is a standard error
 * @param estimate what it is compared by; null where comparisons are not looked at
 */
record Arm(
    String allocation,
    long units,
    Double numerator,
    Double denominator,
    Double value,
    Double variance,
    Double standardError,
    String steps,
    boolean isUnsure,
    ArmEstimate estimate) {}
