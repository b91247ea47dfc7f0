package io.traffical.pipeline.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.traffical.pipeline.definition.Definitions;
import io.traffical.pipeline.run.Explanation.Total;
import io.traffical.pipeline.testing.DefinitionFiles;
import io.traffical.pipeline.testing.TestDatabase;
import io.traffical.pipeline.window.Micros;
import io.traffical.pipeline.window.RunRequest;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Companies are randomised, values are counted per exposed user: after several runs with late rows
 * everything equals one computation in SQL over all rows, the error that of a ratio over companies.
 */
class ClusterIT {
  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

  private final TestDatabase database = TestDatabase.create();

  @AfterEach
  void dropDatabase() {
    database.close();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void resultsEqualPlainSql(long seed) {
    fill(new Random(seed));
    for (int until : new int[] {20, 21, 27, 60, 61, 80}) {
      database.execute(
          "INSERT INTO src.exposures SELECT company_id, user_id, assigned_at, policy, variant FROM src.later_exposures WHERE heard_at < "
              + time(until)
              + "; DELETE FROM src.later_exposures WHERE heard_at < "
              + time(until)
              + "; INSERT INTO src.orders SELECT company_id, user_id, event_time, amount FROM src.later_orders WHERE heard_at < "
              + time(until)
              + "; DELETE FROM src.later_orders WHERE heard_at < "
              + time(until));
      run(RunRequest.run(Micros.of(hour(until))));
      compare("seed " + seed + " until " + until, until);
    }
    run(RunRequest.backfill(Micros.of(hour(30)), Micros.AFTER_ALL, "pricing", "revenue_per_user"));
    compare("seed " + seed + " after a backfill of one metric", 80);
    run(RunRequest.backfill(Micros.of(hour(25)), Micros.AFTER_ALL, null, null));
    compare("seed " + seed + " after a backfill", 80);
    for (String metric : new String[] {"revenue_per_user", "orders_per_user", "buyers"}) {
      explained("seed " + seed, metric);
    }
  }

  /** What is explained company by company adds up to the results of all. */
  private void explained(String what, String metric) {
    Map<String, double[]> sums = new TreeMap<>();
    ExplainService service = new ExplainService(definitions(), "pricing", metric);
    for (int company = 1; company <= 60; company++) {
      Explanation explanation = service.explain(Integer.toString(company), 1000);
      String unit = what + " " + metric + " of company " + company;
      assertThat(explanation.stored().isSame()).as(unit).isTrue();
      Total users = explanation.totals().get(0);
      Total facts = explanation.totals().get(1);
      assertThat(users.name()).isEqualTo("users");
      if (!metric.equals("buyers")) {
        assertThat(counted(explanation)).as(unit).isEqualTo(facts.count());
      }
      if (explanation.leftOut() == null && explanation.found() != null) {
        double[] sum = sums.computeIfAbsent(explanation.found().allocation(), a -> new double[2]);
        sum[0] += facts.sum() == null ? facts.count() : facts.sum();
        sum[1] += users.count();
      }
    }
    List<String> found =
        database.rows(
            "SELECT allocation_key, numerator, denominator FROM traffical.latest_results WHERE policy_key = 'pricing' AND metric_key = '%s' AND dimension = '' ORDER BY 1"
                .formatted(metric));
    assertThat(found).hasSameSizeAs(sums.keySet());
    for (String row : found) {
      double[] sum = sums.get(row.substring(0, row.indexOf('|')));
      same(
          what + " " + metric,
          row,
          row.substring(0, row.indexOf('|')) + "|" + sum[0] + "|" + sum[1]);
    }
  }

  private static long counted(Explanation explanation) {
    return explanation.rows().stream()
        .filter(row -> row.kind().equals("fact"))
        .filter(
            row ->
                row.isCounted()
                    ? row.reason().startsWith("user: u")
                    : row.reason().equals(explanation.leftOut()))
        .count();
  }

  private static Instant hour(int hours) {
    return START.plus(Duration.ofHours(hours));
  }

  private static String time(int hours) {
    return "'" + hour(hours) + "'::timestamptz";
  }

  /** Rows are heard of up to two hours late, which the overlap covers. */
  private void fill(Random random) {
    database.execute(
        """
        CREATE SCHEMA src;
        CREATE TABLE src.exposures (company_id int, user_id text, assigned_at timestamptz, policy text, variant text);
        CREATE TABLE src.orders (company_id int, user_id text, event_time timestamptz, amount numeric);
        CREATE TABLE src.later_exposures (LIKE src.exposures, heard_at timestamptz);
        CREATE TABLE src.later_orders (LIKE src.orders, heard_at timestamptz);
        SELECT setseed(%s);
        INSERT INTO src.later_exposures
          SELECT c, CASE WHEN random() < 0.02 THEN NULL ELSE 'u' || c || '-' || floor(random() * 6) END,
            t, CASE WHEN random() < 0.9 THEN 'pricing' ELSE 'other' END,
            CASE WHEN (c %% 2 = 0) <> (random() < 0.01) THEN 'control' ELSE 'treatment' END,
            t + interval '2 hours' * random() ^ 4
          FROM generate_series(1, 60) c, generate_series(1, 12) n,
            LATERAL (SELECT timestamptz '2026-01-01Z' + interval '1 minute' * floor(random() * 4700 + 0 * (c + n)) AS t) x;
        INSERT INTO src.later_orders
          SELECT c, CASE WHEN random() < 0.03 THEN NULL ELSE 'u' || c || '-' || floor(random() * 8) END,
            t, CASE WHEN random() < 0.02 THEN NULL ELSE round((10 * random() * c)::numeric, 2) END,
            t + interval '2 hours' * random() ^ 4
          FROM generate_series(1, 62) c, generate_series(1, 30) n,
            LATERAL (SELECT timestamptz '2026-01-01Z' + interval '1 minute' * floor(random() * 4700 + 0 * (c + n)) AS t) x;
        """
            .formatted(random.nextDouble()));
  }

  private Definitions definitions() {
    String file =
        DefinitionFiles.connection(database)
            + """
            pipeline: { parallelism: 2, maxRejectedShare: 0.5, scan: 1d }
            entities: { user: { keyType: userId }, company: { keyType: companyId } }
            assignments:
              exposures:
                entity: company
                sql: |
                  SELECT company_id, user_id, assigned_at, policy AS policy_key, variant AS allocation_key
                  FROM src.exposures WHERE assigned_at BETWEEN '{{start_date}}' AND '{{end_date}}'
            facts:
              orders:
                entities: [user, company]
                sql: |
                  SELECT * FROM src.orders WHERE event_time BETWEEN '{{start_date}}' AND '{{end_date}}'
            metrics:
              revenue_per_user: { fact: orders, aggregation: sum, valueColumn: amount, per: user }
              orders_per_user: { fact: orders, aggregation: count, per: user }
              buyers: { fact: orders, aggregation: conversion_rate, per: user, timeframe: { startDays: 0, endDays: 2 } }
              revenue_per_company: { fact: orders, aggregation: sum, valueColumn: amount }
            policies:
              pricing: { entity: company, allocations: { control: 0.5, treatment: 0.5 }, startsAt: 2026-01-01T00:00:00Z }
              other: { entity: company, allocations: { control: 0.5, treatment: 0.5 }, startsAt: 2026-01-01T00:00:00Z }
            """;
    return DefinitionFiles.read(file);
  }

  private void run(RunRequest request) {
    RunReport report = new RunService(definitions(), new RunListener() {}).run(request);
    assertThat(report.status()).as(report.error()).isEqualTo("succeeded");
  }

  private void compare(String what, int until) {
    for (String policy : new String[] {"pricing", "other"}) {
      for (String metric :
          new String[] {"revenue_per_user", "orders_per_user", "buyers", "revenue_per_company"}) {
        List<String> expected = database.rows(expected(policy, metric, until));
        List<String> found =
            database.rows(
                "SELECT allocation_key, units, numerator, denominator, value, standard_error FROM traffical.latest_results WHERE policy_key = '%s' AND metric_key = '%s' AND dimension = '' ORDER BY 1"
                    .formatted(policy, metric));
        assertThat(found).as(what + " " + policy + " " + metric).hasSize(expected.size());
        for (int i = 0; i < found.size(); i++) {
          same(what + " " + policy + " " + metric, found.get(i), expected.get(i));
        }
      }
    }
  }

  private static void same(String what, String found, String expected) {
    String[] one = found.split("\\|", -1);
    String[] other = expected.split("\\|", -1);
    assertThat(one[0]).as(what).isEqualTo(other[0]);
    for (int i = 1; i < one.length; i++) {
      double wanted = Double.parseDouble(other[i]);
      assertThat(Double.parseDouble(one[i]))
          .as("%s: %s instead of %s", what, found, expected)
          .isCloseTo(wanted, within(1e-7 * Math.abs(wanted)));
    }
  }

  private static String expected(String policy, String metric, int until) {
    String value =
        switch (metric) {
          case "orders_per_user" -> "count(o.event_time)";
          case "buyers" -> "least(count(o.event_time), 1)";
          default -> "coalesce(sum(o.amount), 0)";
        };
    String timeframe =
        metric.equals("buyers") ? "AND o.event_time < c.first + interval '2 days'" : "";
    boolean isPerCompany = metric.equals("revenue_per_company");
    String member =
        isPerCompany
            ? "SELECT company_id, variant, first, company_id::text AS user_id FROM company"
            : "SELECT DISTINCT c.company_id, c.variant, c.first, e.user_id FROM company c LEFT JOIN seen e ON e.company_id = c.company_id AND e.user_id IS NOT NULL";
    String ofMember = isPerCompany ? "" : "AND o.user_id = c.user_id";
    return """
    WITH seen AS (
      SELECT * FROM src.exposures WHERE policy = '%1$s' AND assigned_at < %2$s
    ), first AS (
      SELECT DISTINCT ON (company_id) company_id, variant, assigned_at AS first
      FROM seen ORDER BY company_id, assigned_at, variant COLLATE "C"
    ), company AS (
      SELECT f.* FROM first f WHERE NOT EXISTS (
        SELECT FROM seen s WHERE s.company_id = f.company_id AND s.variant <> f.variant)
    ), member AS (%3$s
    ), per_member AS (
      SELECT c.company_id, c.variant, c.user_id, %4$s AS y
      FROM member c LEFT JOIN src.orders o ON o.company_id = c.company_id %5$s
        AND o.event_time >= c.first AND o.event_time < %2$s %6$s
      GROUP BY 1, 2, 3
    ), per_company AS (
      SELECT variant, company_id, sum(y) FILTER (WHERE user_id IS NOT NULL)::float8 AS num,
        count(user_id)::float8 AS den
      FROM per_member GROUP BY 1, 2
    ), arm AS (
      SELECT variant, count(*) AS n, sum(coalesce(num, 0)) AS num, sum(den) AS den,
        var_samp(coalesce(num, 0)) AS vn, var_samp(den) AS vd,
        covar_samp(coalesce(num, 0), den) AS cv
      FROM per_company GROUP BY 1
    )
    SELECT variant, n, num, den, num / den,
      sqrt((vn - 2 * num / den * cv + (num / den) ^ 2 * vd) / n) / (den / n)
    FROM arm ORDER BY 1
    """
        .formatted(policy, time(until), member, value, ofMember, timeframe);
  }
}
