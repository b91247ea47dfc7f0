package io.traffical.pipeline.oracle;

import io.traffical.pipeline.oracle.Metric.Frame;
import io.traffical.pipeline.oracle.Metric.Measure;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** The facts that count for a metric, and what they make of each unit. */
final class Counted {
  private static final int BYTES_OF_A_STEP = 9;
  private static final int BYTES_OF_A_DISTINCT_VALUE = 16;
  private static final int BYTES_OF_AN_EVENT = 8;

  private final Sql sql;
  private final Assigned assigned;
  private final String metricKey;
  private final Metric metric;

  /**
   * Makes the tables "assigned"; "counted": a row per fact and measure that it counts for; and
   * "steps": a row per unit and step of a funnel that it has taken.
   *
   * @param facts a query for rows of the source
   */
  Counted(Sql sql, Assigned assigned, String metricKey, String facts) {
    this.sql = sql;
    this.assigned = assigned;
    this.metricKey = metricKey;
    this.metric = assigned.experiments().metrics().get(metricKey);
    assigned.make();
    List<String> parts = new ArrayList<>();
    for (int i = 0; i < metric.measures().size(); i++) {
      parts.add(ofMeasure(i, metric.measures().get(i), facts));
    }
    sql.execute(
        "DROP TABLE IF EXISTS pg_temp.counted; CREATE TEMP TABLE counted AS "
            + String.join(" UNION ALL ", parts));
    sql.execute(
        "DROP TABLE IF EXISTS pg_temp.steps; CREATE TEMP TABLE steps (unit text, step int, t timestamptz)");
    if (metric.is("funnel")) {
      new Funnel(sql, metric.measures().size()).take();
    }
  }

  private String ofMeasure(int number, Measure measure, String facts) {
    Frame frame = metric.frame();
    String end =
        frame.endDays() == null
            ? "'infinity'"
            : "a.t + interval '" + 24 * frame.endDays() + " hours'";
    String value = measure.column() == null || measure.isOfText() ? "1" : measure.column();
    String identity = measure.isOfText() ? "item" : "trim_scale(" + measure.column() + ")::text";
    return """
        SELECT a.unit, %d AS measure, f.id, f.t, (%s)::numeric AS value, %s AS identity,
          coalesce(kind, '(none)') AS kind, coalesce(item, '(none)') AS item
        FROM assigned a JOIN (%s) f ON f.unit = a.unit
        WHERE f.t >= a.t + interval '%d hours' AND f.t < LEAST(%s, %s) AND %s
        """
        .formatted(
            number,
            value,
            measure.column() == null ? "NULL" : identity,
            facts,
            24 * frame.startDays(),
            end,
            Sql.time(assigned.until()),
            metric.condition(measure));
  }

  /** Returns how the stored days differ from the facts before the end of the totals. */
  List<String> daysDiffer(Instant totalsTo) {
    return metric.keepsEntries() ? entriesDiffer(totalsTo) : talliesDiffer(totalsTo);
  }

  private List<String> talliesDiffer(Instant totalsTo) {
    List<String> sums = new ArrayList<>(List.of("false"));
    for (int i = 0; i < metric.measures().size(); i++) {
      boolean isSum = metric.measures().get(i).column() != null;
      sums.add("measure = " + i + " AND " + isSum);
    }
    return sql.texts(
        """
        WITH days AS (
          SELECT unit, measure, (t AT TIME ZONE 'UTC')::date AS day, count(*) AS facts,
            sum(CASE WHEN %1$s THEN value ELSE 0 END) AS total
          FROM counted WHERE t < %2$s GROUP BY 1, 2, 3
        ), stored AS (
          SELECT unit_key AS unit, slot AS measure, day, sum(facts) AS facts,
            sum(sum_high::numeric + sum_low::numeric) AS total
          FROM traffical.unit_outcomes WHERE policy_key = %3$s AND metric_key = %4$s
          GROUP BY 1, 2, 3
        )
        SELECT unit, measure, day, d.facts, s.facts, d.total, s.total
        FROM days d FULL JOIN stored s USING (unit, measure, day)
        WHERE d.facts IS DISTINCT FROM s.facts OR abs(d.total - s.total) > 1e-9
        ORDER BY 1, 2, 3
        """
            .formatted(
                String.join(" OR ", sums),
                Sql.time(totalsTo),
                Sql.text(assigned.policyKey()),
                Sql.text(metricKey)));
  }

  private List<String> entriesDiffer(Instant totalsTo) {
    String entries = "SELECT unit, t FROM counted";
    int bytes = BYTES_OF_AN_EVENT;
    if (metric.is("funnel")) {
      entries = "SELECT unit, t FROM steps";
      bytes = BYTES_OF_A_STEP;
    } else if (metric.is("count_distinct")) {
      entries = "SELECT unit, min(t) AS t FROM counted GROUP BY unit, identity";
      bytes = BYTES_OF_A_DISTINCT_VALUE;
    }
    return sql.texts(
        """
        WITH days AS (
          SELECT unit, (t AT TIME ZONE 'UTC')::date AS day, %1$d * count(*) AS bytes
          FROM (%2$s) e WHERE t < %3$s GROUP BY 1, 2
        ), stored AS (
          SELECT unit_key AS unit, day, sum(octet_length(entries)) AS bytes
          FROM traffical.unit_outcome_sets o
          JOIN traffical.metric_sets m USING (policy_key, set_id)
          WHERE policy_key = %4$s AND metric_key = %5$s
            AND (m.days_before IS NULL OR o.day - date '1970-01-01' < m.days_before)
          GROUP BY 1, 2
        )
        SELECT unit, day, d.bytes, s.bytes
        FROM days d FULL JOIN stored s USING (unit, day)
        WHERE d.bytes IS DISTINCT FROM s.bytes
        ORDER BY 1, 2
        """
            .formatted(
                bytes,
                entries,
                Sql.time(totalsTo),
                Sql.text(assigned.policyKey()),
                Sql.text(metricKey)));
  }

  /**
   * Makes the table "unit_value": a row per unit that the metric has, with its value x, a ratio's
   * denominator y, the steps it has taken, its covariate, and how many facts that is made of.
   */
  void makeUnits() {
    makeUnits("true");
  }

  /**
   * Makes the same of those facts only that meet a condition.
   *
   * @param ofFacts a condition on "counted"
   */
  void makeUnits(String ofFacts) {
    Frame frame = metric.frame();
    String completed =
        frame.completedOnly()
            ? "a.t + interval '%d hours' <= %s"
                .formatted(24 * frame.endDays(), Sql.time(assigned.until()))
            : "true";
    sql.execute(
        """
        DROP TABLE IF EXISTS pg_temp.unit_value;
        CREATE TEMP TABLE unit_value AS
        SELECT a.unit, a.allocation, a.dimensions, (%s)::numeric AS x, (%s)::numeric AS y,
          (SELECT count(*) FROM steps s WHERE s.unit = a.unit) AS steps,
          (%s)::numeric AS covariate, %s AS history
        FROM assigned a
        WHERE a.is_analysed AND %s
        """
            .formatted(
                value(ofFacts),
                sum(1, ofFacts),
                Covariates.value(assigned, metricKey),
                Covariates.facts(assigned, metricKey),
                completed));
  }

  private String value(String ofFacts) {
    String ofUnit = " FROM counted c WHERE c.unit = a.unit AND " + ofFacts;
    return switch (metric.aggregation()) {
      case "conversion_rate" -> "SELECT (count(*) > 0)::int" + ofUnit;
      case "count_distinct" -> "SELECT count(DISTINCT identity)" + ofUnit;
      case "funnel" ->
          "SELECT (count(*) = %d)::int FROM steps s WHERE s.unit = a.unit"
              .formatted(metric.measures().size());
      default -> sum(0, ofFacts);
    };
  }

  private static String sum(int measure, String ofFacts) {
    return "SELECT coalesce(sum(value), 0) FROM counted c WHERE c.unit = a.unit AND measure = %d AND %s"
        .formatted(measure, ofFacts);
  }
}
