package io.traffical.pipeline.oracle;

import io.traffical.pipeline.window.MetricSet.Place;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Looks at what the program has published. */
final class Published {
  private static final List<String> DATA =
      List.of("assignments", "unit_totals", "unit_outcomes", "metric_results");
  private static final List<String> ALL =
      List.of(
          "assignments",
          "unit_totals",
          "unit_outcomes",
          "metric_results",
          "watermarks",
          "window_reads",
          "run_definitions",
          "definition_users");

  private final Sql sql;

  Published(Sql sql) {
    this.sql = sql;
  }

  /** A row of watermarks. */
  record Mark(
      String policy,
      String metric,
      Instant windowEnd,
      Instant readFrom,
      Instant totalsTo,
      Instant restartFrom,
      String fingerprint,
      String runId) {
    String key() {
      return policy + "/" + metric;
    }

    /** Returns from where on the next run reads again anyway. */
    Instant settledTo() {
      if (totalsTo == null) {
        return windowEnd;
      }
      return restartFrom != null && restartFrom.isBefore(totalsTo) ? restartFrom : totalsTo;
    }
  }

  /** Returns the watermarks by policy and metric, each {@code policy/metric}. */
  Map<String, Mark> marks() {
    Map<String, Mark> marks = new TreeMap<>();
    for (List<String> row :
        sql.rows(
            "SELECT policy_key, metric_key, "
                + micros("window_end")
                + ", "
                + micros("read_from")
                + ", "
                + micros("totals_to")
                + ", "
                + micros("restart_from")
                + ", fingerprint, run_id FROM traffical.watermarks")) {
      Mark mark =
          new Mark(
              row.get(0),
              row.get(1),
              instant(row.get(2)),
              instant(row.get(3)),
              instant(row.get(4)),
              instant(row.get(5)),
              row.get(6),
              row.get(7));
      marks.put(mark.key(), mark);
    }
    return marks;
  }

  private static String micros(String column) {
    return "CASE WHEN %1$s = '-infinity' THEN 'min' ELSE (extract(epoch FROM %1$s) * 1000000)::bigint::text END"
        .formatted(column);
  }

  private static Instant instant(String micros) {
    if (micros == null) {
      return null;
    }
    return micros.equals("min")
        ? Instant.MIN
        : Instant.EPOCH.plus(Long.parseLong(micros), java.time.temporal.ChronoUnit.MICROS);
  }

  /**
   * Returns units whose stored days are not what their totals are. Covariates have no days, and
   * entries by value have fewer bytes together.
   *
   * @param ratios the metrics of policies, each {@code policy/metric}, whose second slot is none
   */
  List<List<String>> daysUnlikeTotals(List<String> ratios) {
    return sql.rows(
        """
        SELECT policy_key, metric_key, slot, unit_key, o.f, t.facts FROM (
          SELECT policy_key, metric_key, slot, unit_key, sum(facts) AS f,
            sum(sum_high::numeric + sum_low::numeric) AS s
          FROM traffical.unit_outcomes GROUP BY 1, 2, 3, 4
        ) o FULL JOIN traffical.unit_totals t USING (policy_key, metric_key, slot, unit_key)
        WHERE (slot = 0 OR policy_key || '/' || metric_key = ANY (%1$s))
          AND (o.f IS DISTINCT FROM t.facts
            OR abs(o.s - (t.sum_high::numeric + t.sum_low::numeric)) > 1e-9)
        UNION ALL
        SELECT policy_key, metric_key, 0, unit_key, o.bytes, t.bytes FROM (
          SELECT policy_key, metric_key, unit_key, sum(octet_length(entries)) AS bytes
          FROM traffical.unit_outcome_sets o JOIN traffical.metric_sets m USING (policy_key, set_id)
          WHERE (m.days_before IS NULL OR o.day - date '1970-01-01' < m.days_before)
            AND m.slot <> %2$d
          GROUP BY 1, 2, 3
        ) o JOIN (
          SELECT policy_key, metric_key, unit_key, octet_length(entries) AS bytes
          FROM traffical.unit_total_sets t JOIN traffical.metric_sets m USING (policy_key, set_id)
          WHERE m.holds_totals AND entries IS NOT NULL AND m.slot <> %2$d
        ) t USING (policy_key, metric_key, unit_key)
        WHERE o.bytes IS DISTINCT FROM t.bytes
        """
            .formatted(Sql.array(ratios), Place.BY_VALUE));
  }

  /** Returns the latest results as texts, by policy and metric. */
  Map<String, List<String>> latest() {
    Map<String, List<String>> latest = new TreeMap<>();
    for (List<String> row :
        sql.rows(
            "SELECT policy_key || '/' || metric_key, r::text FROM traffical.latest_results r ORDER BY r::text")) {
      latest.computeIfAbsent(row.get(0), key -> new ArrayList<>()).add(row.get(1));
    }
    return latest;
  }

  /** Returns a digest of every table that only a publication may change. */
  Map<String, String> contents() {
    return digests(ALL);
  }

  /** Returns a digest of the tables with numbers. */
  Map<String, String> numbers() {
    return digests(DATA);
  }

  private Map<String, String> digests(List<String> tables) {
    Map<String, String> digests = new LinkedHashMap<>();
    for (String table : tables) {
      digests.put(
          table,
          sql.value(
              "SELECT count(*) || ' ' || coalesce(md5(string_agg(x::text, '|' ORDER BY x::text)), '') FROM traffical."
                  + table
                  + " x"));
    }
    return digests;
  }

  List<List<String>> leftovers() {
    return sql.rows(
        "SELECT relname FROM pg_class WHERE relnamespace = 'traffical'::regnamespace AND"
            + " starts_with(relname, '_s_') UNION ALL SELECT run_id FROM traffical.runs WHERE status"
            + " = 'running'");
  }
}
