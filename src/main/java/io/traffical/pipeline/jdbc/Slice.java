package io.traffical.pipeline.jdbc;

import io.traffical.pipeline.window.MetricSet.Place;
import java.io.Serializable;
import java.util.List;
import org.apache.flink.api.connector.source.SourceSplit;

/**
 * One query of the source: a stretch of time of one definition, or the stored rows of one policy or
 * one of its sets of metrics.
 *
 * @param splitId unique within a run
 * @param kind what is read
 * @param index place in the plan: of the read for definitions, of the policy otherwise
 * @param places of stored tallies: what is at each place; else empty
 * @param start first microsecond of the slice; 0 for stored rows
 * @param end first microsecond after it; 0 for stored rows
 * @param sql the rendered SQL
 */
record Slice(
    String splitId, Kind kind, int index, List<Place> places, long start, long end, String sql)
    implements SourceSplit, Serializable {
  enum Kind {
    /** What the run computes from. */
    DEFINITION,
    /** What units did before their assignment. */
    HISTORY,
    STORED_ASSIGNMENTS,
    STORED_TALLIES;

    /** Returns whether the team's SQL is read, not the program's own tables. */
    boolean isOfSource() {
      return this == DEFINITION || this == HISTORY;
    }
  }
}
