package io.traffical.pipeline.run;

import io.traffical.pipeline.jdbc.Rows;
import io.traffical.pipeline.jdbc.Trouble;
import io.traffical.pipeline.sql.Column;
import java.time.Instant;
import java.util.List;

/**
 * Some rows of a definition.
 *
 * @param sql what was asked
 * @param from first time of what was asked for
 * @param to first time after it
 * @param columns what the SQL returns; empty when the server refuses it
 * @param rows null when the server refuses the SQL
 * @param troubles what keeps a run from reading the definition; empty when nothing does
 */
public record Sample(
    String sql,
    Instant from,
    Instant to,
    List<Column> columns,
    Rows rows,
    List<Trouble> troubles) {}
