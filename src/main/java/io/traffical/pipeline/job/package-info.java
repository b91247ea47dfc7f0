/** The Flink job: the pipeline on one page and one class per operator. */
package io.traffical.pipeline.job;
