/**
 * Reads {@code traffical.yaml}, and the {@code metrics.yaml} files that it includes, into
 * definitions and reports every problem at once, each with file, line and remedy. Imports neither
 * Flink nor {@code java.sql}.
 */
package io.traffical.pipeline.config;
