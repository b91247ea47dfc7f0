package io.traffical.pipeline.model;

/**
 * A row of {@code metric_results}: one metric of one allocation, and its comparison with the
 * control. Null where a number cannot be computed; {@code reason} says why.
 *
 * @param dimension name of the dimension that the units have in common; empty for all units
 * @param dimensionValue their value of it; empty for all units
 * @param asOf exclusive end of the data, microseconds since 1970
 * @param cuped whether the comparison is adjusted by what units did before the experiment
 * @param steps of a funnel, how many units have taken each step; else null
 * @param role goal, guardrail or metric
 * @param guardrailStatus passing, failing or insufficient_data; null where nothing is guarded
 */
public record MetricResult(
    String policyKey,
    String metricKey,
    String allocationKey,
    String dimension,
    String dimensionValue,
    long asOf,
    long units,
    Double numerator,
    Double denominator,
    Double value,
    Double variance,
    Double standardError,
    boolean isControl,
    Double lift,
    Double liftStandardError,
    Double liftLower,
    Double liftUpper,
    Double relativeLift,
    Double relativeLiftLower,
    Double relativeLiftUpper,
    Double pValue,
    Boolean significant,
    String method,
    boolean cuped,
    Double varianceReduction,
    long[] steps,
    String role,
    String guardrailStatus,
    String reason) {}
