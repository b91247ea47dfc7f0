/**
 * The team's SQL as text: its statement, its template variables, its required columns. Imports
 * neither Flink nor {@code java.sql}.
 */
package io.traffical.pipeline.sql;
