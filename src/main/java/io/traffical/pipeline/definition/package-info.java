/**
 * What a team declares: connection, pipeline settings, entities, assignments, facts, metrics and
 * policies, as checked values. Imports neither Flink nor {@code java.sql}.
 */
package io.traffical.pipeline.definition;
