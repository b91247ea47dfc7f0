package io.traffical.pipeline.model;

/**
 * A writer's word that its rows are staged.
 *
 * @param table the table that they are in
 * @param transactions the ids (32 bits) of the transactions that have written them; rows of others
 *     do not count
 * @param rows how many rows it staged
 */
public record StagedRows(String table, long[] transactions, long rows) {}
