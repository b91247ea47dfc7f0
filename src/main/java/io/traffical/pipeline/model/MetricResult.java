package io.traffical.pipeline.model;

/**
 * A row of {@code metric_results}: one metric of one allocation, and its comparison with the
 * control. Null where a number cannot be computed; {@code reason} says why.
 *
 * @param asOf exclusive end of the data, microseconds since 1970
 */
public record MetricResult(
    String policyKey,
    String metricKey,
    String allocationKey,
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
    String reason) {}
