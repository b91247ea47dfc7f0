/**
 * Whether the data of a policy can be trusted: the six checks, from counts that others have read.
 * Imports neither Flink nor {@code java.sql}.
 */
package io.traffical.pipeline.health;
