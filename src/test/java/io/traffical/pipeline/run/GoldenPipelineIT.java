package io.traffical.pipeline.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.traffical.pipeline.stats.Moments;
import io.traffical.pipeline.testing.DefinitionFiles;
import io.traffical.pipeline.testing.SharedCluster;
import io.traffical.pipeline.testing.TestDatabase;
import io.traffical.pipeline.window.Micros;
import io.traffical.pipeline.window.RunRequest;
import java.io.IOException;
import java.io.InputStream;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.postgresql.PGConnection;

/**
 * The golden cases that events can express, from rows of events through a first and two later runs
 * to rows of results. Expected values by numpy 2.4.6, scipy 1.17.1 and statsmodels 0.15.0.
 */
@ExtendWith(SharedCluster.ForJobs.class)
class GoldenPipelineIT {
  private static final String COLUMNS =
      "value, standard_error, lift, lift_standard_error, lift_lower, lift_upper, p_value,"
          + " relative_lift, relative_lift_lower, relative_lift_upper, variance_reduction, reason,"
          + " significant::text, cuped::text, method, units, numerator, denominator";

  private static final String FILE =
      """
      pipeline: { window: 1h, overlap: 3h, scan: 1d, parallelism: 2 }
      entities:
        user: { keyType: userId }
      assignments:
        exposures:
          entity: user
          sql: |
            SELECT user_id, assigned_at, p AS policy_key, variant AS allocation_key
            FROM golden.unit, unnest(ARRAY['fixed', 'adjusted', 'anytime', 'anytime_10k']) p
            WHERE assigned_at BETWEEN '{{start_date}}'::timestamptz AND '{{end_date}}'::timestamptz
      facts:
        orders:
          entity: user
          sql: |
            SELECT user_id, event_time, total FROM golden.orders
            WHERE event_time BETWEEN '{{start_date}}'::timestamptz AND '{{end_date}}'::timestamptz
        visits:
          entity: user
          sql: |
            SELECT user_id, event_time, n FROM golden.visits
            WHERE event_time BETWEEN '{{start_date}}'::timestamptz AND '{{end_date}}'::timestamptz
      metrics:
        converted: { fact: orders, aggregation: conversion_rate }
        orders: { fact: orders, aggregation: count }
        revenue: { fact: orders, aggregation: sum, valueColumn: total, cuped: { lookbackDays: 14 } }
        per_session:
          aggregation: ratio
          numerator: { fact: orders, valueColumn: total }
          denominator: { fact: visits, valueColumn: n }
        per_order:
          aggregation: ratio
          numerator: { fact: orders, valueColumn: total }
          denominator: { fact: orders }
        capped_95: { fact: orders, aggregation: sum, valueColumn: total, winsorizeAt: 0.95 }
        capped_99: { fact: orders, aggregation: sum, valueColumn: total, winsorizeAt: 0.99 }
        capped_999: { fact: orders, aggregation: sum, valueColumn: total, winsorizeAt: 0.999 }
        p95: { fact: orders, aggregation: percentile, valueColumn: total, percentile: 0.95, of: units }
        p99: { fact: orders, aggregation: percentile, valueColumn: total, percentile: 0.99, of: units }
        revenue_p50: { fact: orders, aggregation: percentile, valueColumn: total, percentile: 0.5, of: units }
        sessions_p50: { fact: visits, aggregation: percentile, valueColumn: n, percentile: 0.5, of: units }
      policies:
        fixed: &policy
          entity: user
          allocations: { control: 0.5, treatment: 0.5 }
          startsAt: 2026-01-20T00:00:00Z
        adjusted:
          entity: user
          allocations: { control: 0.5, treatment: 0.5 }
          startsAt: 2026-01-20T00:00:00Z
          metrics: [revenue]
          cuped: true
        anytime:
          entity: user
          allocations: { control: 0.5, treatment: 0.5 }
          startsAt: 2026-01-20T00:00:00Z
          metrics: [revenue, converted]
          sequential: { targetSampleSize: 5000 }
        anytime_10k:
          entity: user
          allocations: { control: 0.5, treatment: 0.5 }
          startsAt: 2026-01-20T00:00:00Z
          metrics: [per_session]
          sequential: { targetSampleSize: 10000 }
      """
          .replace(" &policy", "");

  /** Facts of a unit are spread over three days from its assignment on. */
  private static final String SHOP =
      """
      CREATE TABLE golden.orders AS
        SELECT user_id, total, event_time FROM (
          SELECT user_id, assigned_at + interval '1 minute' * (seq * 7 % 4000) + interval '1 hour' * k AS event_time,
            CASE WHEN k = 0 THEN revenue ELSE 0 END AS total
          FROM golden.unit, generate_series(0, orders - 1) k
          UNION ALL
          SELECT user_id, assigned_at - interval '1 hour' * (1 + seq % 300), pre_revenue
          FROM golden.unit WHERE pre_revenue IS NOT NULL
        ) o;
      CREATE TABLE golden.visits AS
        SELECT user_id, assigned_at + interval '1 minute' * (seq * 11 % 3000) AS event_time, sessions AS n
        FROM golden.unit;
      CREATE INDEX ON golden.orders (user_id);
      CREATE INDEX ON golden.orders (event_time);
      """;

  private static final JsonNode GOLDEN = golden();
  private static TestDatabase database;

  private static JsonNode golden() {
    try (InputStream json = Moments.class.getResourceAsStream("/golden/cases.json")) {
      return new ObjectMapper().readTree(json);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  @BeforeAll
  static void runThrice() throws SQLException, IOException {
    database = TestDatabase.create();
    database.execute(
        """
        CREATE SCHEMA golden;
        CREATE TABLE golden.raw (user_id text, seq int, variant text, sessions int, orders int,
          revenue numeric, converted int, pre_revenue numeric, pre_converted numeric);
        """);
    try (Connection connection = database.connect();
        InputStream csv = Moments.class.getResourceAsStream("/golden/d1_revenue.csv")) {
      connection
          .unwrap(PGConnection.class)
          .getCopyAPI()
          .copyIn("COPY golden.raw FROM STDIN (FORMAT csv, HEADER)", csv);
    }
    database.execute(
        "CREATE TABLE golden.unit AS SELECT *, timestamptz '2026-01-20Z' + interval '1 second' *"
            + " (seq * 4) AS assigned_at FROM golden.raw;"
            + SHOP);
    String file = DefinitionFiles.connection(database) + FILE;
    for (String until : new String[] {"2026-01-20T08:00", "2026-01-20T18:00", "2026-01-26T00:00"}) {
      RunReport report =
          new RunService(DefinitionFiles.read(file), new RunListener() {})
              .run(RunRequest.run(Micros.of(Instant.parse(until + ":00Z"))));
      assertThat(report.status()).as(report.error()).isEqualTo("succeeded");
    }
  }

  @AfterAll
  static void dropDatabase() {
    database.close();
  }

  @ParameterizedTest
  @CsvSource({
    "fixed, converted, d1.conversion_rate",
    "fixed, revenue, d1.sum.revenue",
    "fixed, orders, d1.count.orders",
    "fixed, per_session, d1.ratio.revenue_per_session",
    "fixed, per_order, d1.ratio.revenue_per_order",
    "fixed, capped_95, d1.winsorized.revenue.0.95.percentile_cont",
    "fixed, capped_99, d1.winsorized.revenue.0.99.percentile_cont",
    "fixed, capped_999, d1.winsorized.revenue.0.999.percentile_cont",
    "fixed, p95, d1.percentile.revenue.p95",
    "fixed, p99, d1.percentile.revenue.p99",
  })
  void fixedHorizon(String policy, String metric, String name) {
    JsonNode expected = GOLDEN.get("cases").get(name);
    Map<String, String> control = row(policy, metric, "control");
    Map<String, String> treatment = row(policy, metric, "treatment");

    close(control, "value", expected.get("control"), 1e-9);
    close(treatment, "value", expected.get("treatment"), 1e-9);
    close(control, "standard_error", expected.get("se_control"), 1e-7);
    close(treatment, "standard_error", expected.get("se_treatment"), 1e-7);
    compared(treatment, expected);
    assertThat(treatment.get("reason")).isNull();
    assertThat(treatment.get("method")).isEqualTo("fixed");
    assertThat(treatment.get("cuped")).isEqualTo("false");
  }

  private static void compared(Map<String, String> row, JsonNode expected) {
    close(row, "lift", expected.at("/abs/lift"), 1e-9);
    close(row, "lift_standard_error", expected.at("/abs/se"), 1e-7);
    close(row, "lift_lower", expected.at("/abs/ci/0"), 1e-7);
    close(row, "lift_upper", expected.at("/abs/ci/1"), 1e-7);
    close(row, "p_value", expected.at("/abs/p"), 1e-7);
    close(row, "relative_lift", expected.at("/rel_fieller/lift"), 1e-9);
    close(row, "relative_lift_lower", expected.at("/rel_fieller/ci/0"), 1e-7);
    close(row, "relative_lift_upper", expected.at("/rel_fieller/ci/1"), 1e-7);
  }

  /** Two of three units were assigned after the first run: their history was looked up by key. */
  @Test
  void covariatesOfLaterRunsAreThoseOfTheFirst() {
    JsonNode expected = GOLDEN.get("cases").get("d1.cuped.revenue.zero_imputed");
    Map<String, String> control = row("adjusted", "revenue", "control");
    Map<String, String> treatment = row("adjusted", "revenue", "treatment");

    close(control, "value", expected.get("unadjusted_control"), 1e-9);
    close(treatment, "value", expected.get("unadjusted_treatment"), 1e-9);
    compared(treatment, expected);
    close(treatment, "variance_reduction", expected.get("variance_reduction"), 1e-7);
    assertThat(treatment.get("cuped")).isEqualTo("true");
    assertThat(
            database.rows(
                "SELECT count(*), min(history_queries) > 0, min(history_rows) > 0"
                    + " FROM traffical.run_definitions WHERE name = 'orders'"))
        .containsExactly("3|t|t");
  }

  @Test
  void sequentialIntervals() {
    for (JsonNode look : GOLDEN.at("/cases/d1.sequential/looks")) {
      if (look.path("n_total").asInt() == 20_000 && look.path("n_star").asInt() == 5000) {
        anytime(row("anytime", look.get("metric").asText(), "treatment"), look);
      }
    }
    anytime(
        row("anytime_10k", "per_session", "treatment"),
        GOLDEN.get("cases").get("d1.sequential_ratio"));
  }

  private static void anytime(Map<String, String> row, JsonNode expected) {
    close(row, "lift", expected.at("/abs/lift"), 1e-9);
    close(row, "lift_lower", expected.at("/abs/ci/0"), 1e-7);
    close(row, "lift_upper", expected.at("/abs/ci/1"), 1e-7);
    assertThat(row.get("p_value")).isNull();
    assertThat(row.get("method")).isEqualTo("sequential");
    assertThat(row.get("significant")).isEqualTo(expected.get("significant").asText());
  }

  @ParameterizedTest
  @CsvSource({"sessions_p50, 3", "revenue_p50, 0"})
  void aPercentileInsideManyEqualValuesHasNoError(String metric, double value) {
    Map<String, String> row = row("fixed", metric, "treatment");
    assertThat(Double.parseDouble(row.get("value"))).isEqualTo(value);
    assertThat(row.get("standard_error")).isNull();
    assertThat(row.get("lift_lower")).isNull();
    assertThat(row.get("p_value")).isNull();
    assertThat(row.get("reason")).contains("atom_at_quantile");
    assertThat(row.get("significant")).isEqualTo("false");
  }

  private static Map<String, String> row(String policy, String metric, String allocation) {
    String sql =
        "SELECT %s FROM traffical.latest_results WHERE dimension = '' AND policy_key = '%s' AND metric_key = '%s' AND allocation_key = '%s'"
            .formatted(COLUMNS, policy, metric, allocation);
    Map<String, String> row = new HashMap<>();
    try (Connection connection = database.connect();
        var statement = connection.createStatement();
        var found = statement.executeQuery(sql)) {
      assertThat(found.next()).as(sql).isTrue();
      for (int i = 1; i <= found.getMetaData().getColumnCount(); i++) {
        row.put(found.getMetaData().getColumnLabel(i), found.getString(i));
      }
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
    return row;
  }

  private static void close(
      Map<String, String> row, String column, JsonNode expected, double share) {
    assertThat(expected.isMissingNode()).as("golden value of " + column).isFalse();
    assertThat(row.get(column)).as(column).isNotNull();
    assertThat(Double.parseDouble(row.get(column)))
        .as(column)
        .isCloseTo(expected.asDouble(), within(Math.abs(expected.asDouble()) * share));
  }
}
