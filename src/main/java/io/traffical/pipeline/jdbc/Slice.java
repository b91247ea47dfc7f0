package io.traffical.pipeline.jdbc;

import java.io.Serializable;
import org.apache.flink.api.connector.source.SourceSplit;

/**
 * One query of the source: a stretch of time of one definition, or one stored table's rows of one
 * policy or metric.
 *
 * @param splitId unique within a run
 * @param kind what is read
 * @param index place in the plan: of the read for definitions, of the policy otherwise
 * @param metric place of the metric in its policy; -1 where none is meant
 * @param start first microsecond of the slice; 0 for stored rows
 * @param end first microsecond after it; 0 for stored rows
 * @param sql the rendered SQL
 */
record Slice(String splitId, Kind kind, int index, int metric, long start, long end, String sql)
    implements SourceSplit, Serializable {
  enum Kind {
    DEFINITION,
    STORED_ASSIGNMENTS,
    STORED_TOTALS
  }
}
