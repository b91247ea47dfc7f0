/**
 * Formulae only: moments, estimates, comparison with the control. Imports neither Flink nor {@code
 * java.sql}.
 */
package io.traffical.pipeline.stats;
