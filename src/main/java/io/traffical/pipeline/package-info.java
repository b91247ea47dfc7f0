/** Traffical Flink: experiment metrics computed in the team's own Postgres by Apache Flink. */
package io.traffical.pipeline;
