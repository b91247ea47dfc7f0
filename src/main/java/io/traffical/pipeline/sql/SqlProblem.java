package io.traffical.pipeline.sql;

/**
 * One thing that is wrong, or suspicious, in a piece of SQL.
 *
 * @param offset where in the text it is, in characters from 0
 * @param message what is wrong, as it continues the words "the SQL": {@code has 2 statements}
 * @param remedy what to do about it, without a final full stop
 */
public record SqlProblem(int offset, String message, String remedy) {}
