package io.traffical.pipeline.oracle;

import java.time.Instant;
import java.util.List;

/**
 * What units did before their first assignment, as it was when each was last looked up: all units
 * of what is new or changed, else those first assigned since the run's start of reading.
 */
final class Covariates {
  private final Sql sql;

  Covariates(Sql sql) {
    this.sql = sql;
    sql.execute(
        """
        CREATE TABLE oracle.covariate (
          policy_key text, metric_key text, unit text, first timestamptz, facts bigint, total numeric
        )
        """);
  }

  /**
   * Looks up what a run has looked up. Returns units of which there is no valid covariate.
   *
   * @param from null for all units
   */
  List<String> lookUp(Assigned assigned, String metricKey, Instant from) {
    int days = assigned.experiments().lookbackDays(assigned.policyKey(), metricKey);
    String key =
        "policy_key = %s AND metric_key = %s"
            .formatted(Sql.text(assigned.policyKey()), Sql.text(metricKey));
    assigned.make();
    String since = Sql.time(from == null ? Instant.MIN : from);
    if (days == 0) {
      sql.execute("DELETE FROM oracle.covariate WHERE " + key);
      return List.of();
    }
    sql.execute(
        "DELETE FROM oracle.covariate WHERE %1$s AND (first >= %2$s OR unit NOT IN (SELECT unit FROM assigned))"
            .formatted(key, since));
    Metric metric = assigned.experiments().metrics().get(metricKey);
    Metric.Measure measure = metric.measures().get(0);
    sql.execute(
        """
        INSERT INTO oracle.covariate
        SELECT %s, %s, a.unit, a.t, count(f.t), coalesce(sum(%s), 0)
        FROM assigned a
        LEFT JOIN (SELECT * FROM shop.rows WHERE %s) f
          ON f.unit = a.unit AND f.t >= a.t - interval '%d hours' AND f.t < a.t
        WHERE a.t >= %s
        GROUP BY a.unit, a.t
        """
            .formatted(
                Sql.text(assigned.policyKey()),
                Sql.text(metricKey),
                measure.column() == null ? "0" : measure.column(),
                metric.condition(measure),
                24 * days,
                since));
    return sql.texts(
        "SELECT unit, t FROM assigned WHERE (unit, t) NOT IN (SELECT unit, first FROM oracle.covariate WHERE %s)"
            .formatted(key));
  }

  /** Returns stored covariates unlike those that were looked up behind the overlap. */
  List<String> storedDiffer(Assigned assigned, String metricKey, Instant totalsTo) {
    return sql.texts(
        """
        WITH stored AS (
          SELECT unit_key AS unit, facts, sum_high::numeric + sum_low::numeric AS total
          FROM traffical.unit_totals
          WHERE policy_key = %1$s AND metric_key = %2$s AND slot = 1 AND facts > 0
        ), known AS (
          SELECT unit, facts, total FROM oracle.covariate
          WHERE policy_key = %1$s AND metric_key = %2$s AND first < %3$s AND facts > 0
        )
        SELECT unit, k.facts, s.facts, k.total, s.total
        FROM known k FULL JOIN stored s USING (unit)
        WHERE k.facts IS DISTINCT FROM s.facts OR abs(k.total - s.total) > 1e-9
        """
            .formatted(Sql.text(assigned.policyKey()), Sql.text(metricKey), Sql.time(totalsTo)));
  }

  /** Returns the covariate of a unit, as SQL over "assigned" a; 0 for none. */
  static String value(Assigned assigned, String metricKey) {
    return switch (assigned.experiments().metrics().get(metricKey).aggregation()) {
      case "sum" -> of(assigned, metricKey, "total");
      case "count" -> of(assigned, metricKey, "facts");
      default -> of(assigned, metricKey, "(facts > 0)::int");
    };
  }

  /** Returns how many facts a unit's covariate is made of, as SQL over "assigned" a. */
  static String facts(Assigned assigned, String metricKey) {
    return of(assigned, metricKey, "facts");
  }

  private static String of(Assigned assigned, String metricKey, String column) {
    return "coalesce((SELECT %s FROM oracle.covariate c WHERE c.unit = a.unit AND policy_key = %s AND metric_key = %s), 0)"
        .formatted(column, Sql.text(assigned.policyKey()), Sql.text(metricKey));
  }
}
