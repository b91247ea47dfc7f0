/**
 * Everything that talks to Postgres: the sliced source, staging writers, the publisher, schema, run
 * lease.
 */
package io.traffical.pipeline.jdbc;
