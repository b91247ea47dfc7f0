/**
 * What the rows of one unit amount to: its first assignment per policy, which facts count, and what
 * they add up to. Imports neither Flink nor {@code java.sql}.
 */
package io.traffical.pipeline.outcome;
