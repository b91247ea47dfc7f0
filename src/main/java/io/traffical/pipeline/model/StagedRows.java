package io.traffical.pipeline.model;

/**
 * A writer's word that its rows are staged.
 *
 * @param table which staging table
 * @param writer the writer's subtask
 * @param attempt the attempt that reached its end; rows of other attempts do not count
 * @param rows how many rows it staged
 */
public record StagedRows(String table, int writer, int attempt, long rows) {}
