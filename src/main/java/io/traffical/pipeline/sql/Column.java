package io.traffical.pipeline.sql;

import java.io.Serializable;

/**
 * A column of the team's SQL, as the server describes it.
 *
 * @param type Postgres's own name of the type, such as {@code timestamptz} or {@code int4}
 */
public record Column(String name, String type) implements Serializable {}
