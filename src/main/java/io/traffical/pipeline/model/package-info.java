/** The records that flow through the job. Imports neither Flink nor {@code java.sql}. */
package io.traffical.pipeline.model;
