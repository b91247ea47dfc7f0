package io.traffical.pipeline.window;

/**
 * How far a policy's assignments or one of its metrics are materialized: a row of {@code
 * watermarks}.
 *
 * @param policyKey the policy
 * @param metricKey the metric, or {@code ""} for the policy's assignments
 * @param windowEnd exclusive end of what is materialized
 * @param fingerprint hash of what its values depend on
 * @param totalsTo exclusive end of the stored totals; for assignments the same as {@code windowEnd}
 * @param restartFrom where the next run must start because assignments changed behind the metric's
 *     back; {@link Micros#AFTER_ALL} when nothing did
 */
public record Watermark(
    String policyKey,
    String metricKey,
    long windowEnd,
    String fingerprint,
    long totalsTo,
    long restartFrom) {}
