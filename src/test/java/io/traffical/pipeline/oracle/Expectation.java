package io.traffical.pipeline.oracle;

import io.traffical.pipeline.oracle.Experiments.Metric;
import io.traffical.pipeline.oracle.Experiments.Policy;
import io.traffical.pipeline.stats.ArmEstimate;
import io.traffical.pipeline.stats.Comparison;
import io.traffical.pipeline.stats.Moments;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;

/**
 * What one run over all the rows would publish of a policy or metric, said in one plain SQL
 * statement over those rows, in decimals; and how what was published differs from it.
 */
final class Expectation {
  private final Sql sql;
  private final Experiments experiments;
  private final String policyKey;
  private final Policy policy;
  private final Instant until;
  private final String exposures;

  /**
   * @param end exclusive end of what is published
   * @param exposures a query for unit, t and allocation
   */
  Expectation(Sql sql, Experiments experiments, String policyKey, Instant end, String exposures) {
    this.sql = sql;
    this.experiments = experiments;
    this.policyKey = policyKey;
    this.policy = experiments.policies().get(policyKey);
    this.until = policy.endsAt() == null || end.isBefore(policy.endsAt()) ? end : policy.endsAt();
    this.exposures = exposures;
  }

  /** The rows of the copy. */
  static String copied(String policyKey, String metricKey) {
    return "SELECT source, unit, t, allocation, amount, tax FROM oracle.read WHERE policy_key = %s AND metric_key = %s"
        .formatted(Sql.text(policyKey), Sql.text(metricKey));
  }

  /** The rows of the source now. */
  static String current(Experiments now, String policyKey, String metricKey) {
    return "SELECT source, unit, t, allocation, amount, tax FROM shop.rows WHERE source = ANY (%s) AND (policy IS NULL OR policy = %s)"
        .formatted(Sql.array(now.sources(metricKey)), Sql.text(policyKey));
  }

  private String assigned() {
    return """
        WITH seen AS (
          SELECT * FROM (%s) e WHERE t >= %s AND t < %s
        ), first AS (
          SELECT DISTINCT ON (unit) unit, allocation, t
          FROM seen
          ORDER BY unit, t, allocation COLLATE "C"
        ), assigned AS (
          SELECT unit, allocation, t,
            (SELECT min(s.t) FROM seen s WHERE s.unit = f.unit AND s.allocation <> f.allocation)
              AS crossed
          FROM first f
        )
        """
        .formatted(exposures, Sql.time(policy.startsAt()), Sql.time(until));
  }

  /** Returns how the rows of assignments differ. */
  List<String> assignmentsDiffer() {
    String found =
        "SELECT unit_key, allocation_key, first_assigned_at, crossed_over_at FROM traffical.assignments WHERE policy_key = "
            + Sql.text(policyKey);
    return texts(
        assigned()
            + """
            (SELECT 'expected', e.* FROM (SELECT * FROM assigned EXCEPT ALL %1$s) e)
            UNION ALL (SELECT 'found', f.* FROM (%1$s EXCEPT ALL SELECT * FROM assigned) f)
            ORDER BY 2, 1
            """
                .formatted(found));
  }

  /** Returns how the stored days of a metric differ from the facts before its totals' end. */
  List<String> daysDiffer(String metricKey, String facts, Instant totalsTo) {
    Metric metric = experiments.metrics().get(metricKey);
    String value = metric.isSum() ? metric.column() : "0";
    return texts(
        assigned()
            + """
            , days AS (
              SELECT a.unit, (f.t AT TIME ZONE 'UTC')::date AS day, count(%1$s) AS facts,
                sum(%1$s) AS total
              FROM assigned a JOIN (%2$s) f ON f.unit = a.unit
              WHERE f.t >= a.t AND f.t < LEAST(%3$s, %4$s)
              GROUP BY 1, 2 HAVING count(%1$s) > 0
            ), stored AS (
              SELECT unit_key AS unit, day, sum(facts) AS facts,
                sum(sum_high::numeric + sum_low::numeric) AS total
              FROM traffical.unit_outcomes WHERE policy_key = %5$s AND metric_key = %6$s
              GROUP BY 1, 2
            )
            SELECT unit, day, d.facts, s.facts, d.total, s.total
            FROM days d FULL JOIN stored s USING (unit, day)
            WHERE d.facts IS DISTINCT FROM s.facts OR abs(d.total - s.total) > 1e-9
            ORDER BY 1, 2
            """
                .formatted(
                    value,
                    facts,
                    Sql.time(totalsTo),
                    Sql.time(until),
                    Sql.text(policyKey),
                    Sql.text(metricKey)));
  }

  private record Arm(String allocation, ArmEstimate estimate) {}

  private List<Arm> arms(String metricKey, String facts) {
    Metric metric = experiments.metrics().get(metricKey);
    String value =
        metric.isSum()
            ? "coalesce(sum(f." + metric.column() + "), 0)"
            : metric.isProportion() ? "(count(f.t) > 0)::int::numeric" : "count(f.t)::numeric";
    List<List<String>> rows =
        sql.rows(
            assigned()
                + """
                , analysed AS (
                  SELECT a.allocation, a.unit, %s AS x
                  FROM assigned a
                  LEFT JOIN (%s) f ON f.unit = a.unit AND f.t >= a.t AND f.t < %s
                  %s
                  GROUP BY 1, 2
                )
                SELECT allocation, count(x), coalesce(sum(x), 0),
                  coalesce(var_samp(x) * (count(x) - 1), 0)
                FROM unnest(%s) WITH ORDINALITY AS d(allocation, place) LEFT JOIN analysed USING (allocation)
                GROUP BY allocation, place ORDER BY place
                """
                    .formatted(
                        value,
                        facts,
                        Sql.time(until),
                        experiments.keepsFirst() ? "" : "WHERE a.crossed IS NULL",
                        Sql.array(policy.allocations())));
    List<Arm> arms = new ArrayList<>();
    for (List<String> row : rows) {
      long n = Long.parseLong(row.get(1));
      double sum = new BigDecimal(row.get(2)).doubleValue();
      double m2 = new BigDecimal(row.get(3)).doubleValue();
      Moments moments = new Moments(n, n == 0 ? 0 : sum / n, m2, sum);
      ArmEstimate.Kind kind =
          metric.isProportion() ? ArmEstimate.Kind.PROPORTION : ArmEstimate.Kind.MEAN;
      arms.add(new Arm(row.get(0), ArmEstimate.of(kind, moments)));
    }
    return arms;
  }

  /** Returns how the latest results of a metric differ. */
  List<String> resultsDiffer(String metricKey, String facts) {
    List<Arm> arms = arms(metricKey, facts);
    List<List<String>> found =
        sql.rows(
            """
            SELECT allocation_key, (extract(epoch FROM as_of) * 1000000)::bigint, units, numerator,
              denominator, value, variance, standard_error, is_control, lift, lift_standard_error,
              lift_lower, lift_upper, p_value, relative_lift, significant, reason
            FROM traffical.latest_results
            WHERE policy_key = %s AND metric_key = %s AND dimension = '' AND dimension_value = ''
            ORDER BY array_position(%s, allocation_key)
            """
                .formatted(
                    Sql.text(policyKey), Sql.text(metricKey), Sql.array(policy.allocations())));
    List<String> differences = new ArrayList<>();
    if (found.size() != arms.size()) {
      differences.add("expected " + arms + "\n    found " + found);
      return differences;
    }
    ArmEstimate control = arms.get(0).estimate();
    for (int i = 0; i < arms.size(); i++) {
      ArmEstimate arm = arms.get(i).estimate();
      Comparison comparison = i == 0 ? null : Comparison.of(control, arm, 0.95);
      List<Object> expected = new ArrayList<>();
      expected.add(arms.get(i).allocation());
      expected.add(
          String.valueOf(java.time.temporal.ChronoUnit.MICROS.between(Instant.EPOCH, until)));
      expected.add((double) arm.units());
      expected.add(arm.numerator());
      expected.add((double) arm.units());
      expected.add(arm.value());
      expected.add(arm.variance());
      expected.add(arm.standardError());
      expected.add(i == 0 ? "t" : "f");
      expected.add(i == 0 ? null : comparison.lift());
      expected.add(i == 0 ? null : comparison.liftStandardError());
      expected.add(i == 0 ? null : comparison.liftLower());
      expected.add(i == 0 ? null : comparison.liftUpper());
      expected.add(i == 0 ? null : comparison.pValue());
      boolean isNearlyZero = control.value() != null && Math.abs(control.value()) < 1e-9;
      if (!isNearlyZero) {
        expected.add(i == 0 ? null : comparison.relativeLift());
        expected.add(i == 0 ? null : comparison.significant() ? "t" : "f");
        expected.add(i == 0 ? null : comparison.reason());
      }
      if (!isEqual(expected, found.get(i))) {
        differences.add("expected " + expected + "\n    found    " + found.get(i));
      }
    }
    return differences;
  }

  private static boolean isEqual(List<Object> expected, List<String> found) {
    for (int i = 0; i < expected.size(); i++) {
      Object e = expected.get(i);
      String f = found.get(i);
      boolean isSame =
          (e instanceof Double number && f != null)
              ? isClose(number, Double.parseDouble(f), i < 11 ? 1e-9 : 1e-7)
              : Objects.equals(e, f);
      if (!isSame) {
        return false;
      }
    }
    return true;
  }

  private static boolean isClose(double expected, double found, double relative) {
    double distance = Math.abs(expected - found);
    return distance <= relative * Math.max(Math.abs(expected), Math.abs(found))
        || distance <= 1e-11;
  }

  private List<String> texts(String query) {
    return sql.rows(query).stream()
        .map(row -> row.stream().map(String::valueOf).collect(Collectors.joining(" | ")))
        .toList();
  }
}
