package io.traffical.pipeline.oracle;

import io.traffical.pipeline.oracle.Experiments.Policy;
import io.traffical.pipeline.oracle.Published.Mark;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What is remembered of each window that was read: enough to see drift, and no more than is so. */
final class Windows {
  private final Sql sql;
  private final Experiments now;
  private final Map<String, Mark> marks;

  /**
   * @param marks the watermarks by policy and metric
   */
  Windows(Sql sql, Experiments now, Map<String, Mark> marks) {
    this.sql = sql;
    this.now = now;
    this.marks = marks;
  }

  /** Returns rows in windows with a checksum that a user of the definition does not have so. */
  List<String> unsound(Map<String, String> essences) {
    List<String> unsound = new ArrayList<>();
    for (Mark mark : marks.values()) {
      Policy policy = now.policies().get(mark.policy());
      boolean isUser =
          policy != null
              && (mark.metric().isEmpty() || policy.metrics().contains(mark.metric()))
              && now.essence(mark.policy(), mark.metric()).equals(essences.get(mark.key()));
      if (isUser) {
        String value = String.join(", ", columns(mark.metric()));
        String scope =
            "SELECT source, unit, t, %s FROM %%s r WHERE t >= %s AND t < LEAST(%s, %s) AND source = ANY (%s)"
                .formatted(
                    value,
                    Sql.time(policy.startsAt()),
                    Sql.time(policy.endsAt()),
                    Sql.time(mark.settledTo()),
                    Sql.array(now.sources(mark.metric())));
        String copy = scope.formatted("(" + Expectation.copied(mark.policy(), mark.metric()) + ")");
        String window =
            scope.formatted("oracle.window_read")
                + " AND (policy IS NULL OR policy = "
                + Sql.text(mark.policy())
                + ")";
        sql.rows(
                """
                SELECT x.*, w.window_start, w.checksum FROM (
                  SELECT 'only in the copy', c.* FROM (%1$s EXCEPT ALL %2$s) c
                  UNION ALL SELECT 'only in the window', o.* FROM (%2$s EXCEPT ALL %1$s) o
                ) x JOIN traffical.window_reads w
                  ON w.name = x.source AND x.t >= w.window_start AND x.t < w.window_end
                WHERE w.checksum IS NOT NULL
                """
                    .formatted(copy, window))
            .forEach(row -> unsound.add(mark + " " + row));
        sql.rows(gaps(mark, policy))
            .forEach(row -> unsound.add("no window " + row + " of " + mark));
      }
    }
    return unsound;
  }

  /**
   * A query for what was read for the mark, but is in no window, so that nobody could see drift.
   */
  private String gaps(Mark mark, Policy policy) {
    return """
        SELECT name, gap FROM unnest(%s) AS d(name), LATERAL (
          SELECT tstzmultirange(tstzrange(%s, LEAST(%s, %s))) - coalesce(
            (SELECT range_agg(tstzrange(window_start, window_end))
             FROM traffical.window_reads w WHERE w.name = d.name), '{}') AS gap
        ) g
        WHERE NOT isempty(gap)
        """
        .formatted(
            Sql.array(now.sources(mark.metric())),
            Sql.time(policy.startsAt()),
            "GREATEST(" + Sql.time(policy.startsAt()) + ", " + Sql.time(mark.settledTo()) + ")",
            Sql.time(policy.endsAt()));
  }

  /** What of a row the policy's assignments or a metric depend on. */
  private List<String> columns(String metricKey) {
    List<String> columns = new ArrayList<>();
    if (metricKey.isEmpty()) {
      columns.add("allocation");
      now.unitDimensions().forEach(dimension -> columns.add(now.label(dimension)));
      return columns;
    }
    Metric metric = now.metrics().get(metricKey);
    for (Metric.Measure measure : metric.measures()) {
      String condition = metric.condition(measure);
      columns.add(condition);
      if (measure.column() != null) {
        columns.add("CASE WHEN " + condition + " THEN " + measure.column() + " END");
      }
    }
    return columns;
  }

  /** Returns the windows in use that have no checksum. */
  List<List<String>> uncertain() {
    return sql.rows("SELECT * FROM (" + inUse() + ") w WHERE checksum IS NULL");
  }

  /** Returns the start of the first window in use that is uncertain or unlike its source. */
  Instant drift() {
    String rows =
        "SELECT count(*) || ' ' || coalesce(string_agg(id::text, ',' ORDER BY id), '') FROM ";
    String window = " r WHERE r.source = w.name AND r.t >= w.window_start AND r.t < w.window_end";
    String first =
        sql.value(
            "SELECT extract(epoch FROM min(window_start))::bigint FROM (%s) w WHERE checksum IS NULL OR (%s) <> (%s)"
                .formatted(
                    inUse(), rows + "shop.rows" + window, rows + "oracle.window_read" + window));
    return first == null ? null : Instant.ofEpochSecond(Long.parseLong(first));
  }

  private String inUse() {
    List<String> uses = new ArrayList<>();
    for (Mark mark : marks.values()) {
      Policy policy = now.policies().get(mark.policy());
      if (policy != null && (mark.metric().isEmpty() || policy.metrics().contains(mark.metric()))) {
        uses.add(
            "w.name = ANY (%s) AND w.window_end > %s AND w.window_start < LEAST(%s, %s)"
                .formatted(
                    Sql.array(now.sources(mark.metric())),
                    Sql.time(policy.startsAt()),
                    Sql.time(policy.endsAt()),
                    Sql.time(marks.get(mark.policy() + "/").windowEnd())));
      }
    }
    uses.add("false");
    return "SELECT w.* FROM traffical.window_reads w WHERE (" + String.join(") OR (", uses) + ")";
  }
}
