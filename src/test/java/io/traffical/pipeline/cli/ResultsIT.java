package io.traffical.pipeline.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.traffical.pipeline.testing.DefinitionFiles;
import io.traffical.pipeline.testing.SharedCluster;
import io.traffical.pipeline.testing.TestDatabase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Results of all kinds of metrics, and the sizes that follow from them, as people read them. */
@ExtendWith(SharedCluster.ForJobs.class)
class ResultsIT {
  private static final String SOURCE =
      """
      CREATE SCHEMA analytics;
      CREATE TABLE analytics.exposures AS
        SELECT 'u' || i AS user_id,
          timestamptz '2026-01-05Z' + interval '20 minutes' * (i - 1) AS assigned_at,
          p AS policy_key, CASE WHEN i % 2 = 0 THEN 'control' ELSE 'treatment' END AS allocation_key,
          CASE WHEN i % 9 < 5 THEN 'DE' WHEN i % 9 < 8 THEN 'FR' END AS country
        FROM generate_series(1, 400) i, unnest(ARRAY['checkout', 'anytime', 'corrected']) p;
      CREATE TABLE analytics.orders AS
        SELECT 'u' || i AS user_id, assigned_at + interval '3 hours' AS event_time,
          20 + 2 * (i % 7) + 5 * (i % 2) AS order_total
        FROM generate_series(1, 400) i JOIN analytics.exposures ON user_id = 'u' || i
        WHERE i % 3 > 0 AND policy_key = 'checkout';
      INSERT INTO analytics.orders
        SELECT 'u' || i, event_time - interval '2 days', 20 + 2 * (i % 7) + i * 13 % 23
        FROM generate_series(1, 400) i JOIN analytics.orders ON user_id = 'u' || i;
      CREATE TABLE analytics.views AS
        SELECT 'u' || i AS user_id, assigned_at + interval '1 minute' * k AS event_time,
          CASE k WHEN 1 THEN 'product' ELSE 'cart' END AS page
        FROM generate_series(1, 400) i JOIN analytics.exposures ON user_id = 'u' || i
        CROSS JOIN generate_series(1, CASE WHEN i % 5 = 0 THEN 0 WHEN i % 3 = 2 THEN 1 ELSE 2 END) k
        WHERE policy_key = 'checkout';
      CREATE TABLE analytics.signups AS
        SELECT user_id, assigned_at AS event_time FROM analytics.exposures
        WHERE policy_key = 'checkout'
          AND substr(user_id, 2)::int % CASE allocation_key WHEN 'control' THEN 4 ELSE 5 END = 0;
      """;

  private static final String BETWEEN =
      "BETWEEN '{{start_date}}'::timestamptz AND '{{end_date}}'::timestamptz";

  private static final String DEFINITIONS =
      """
      entities:
        user: { keyType: userId }
      assignments:
        exposures:
          entity: user
          sql: "SELECT * FROM analytics.exposures WHERE assigned_at BETWEEN_DATES"
          dimensions: [country]
      facts:
        orders: { entity: user, sql: "SELECT * FROM analytics.orders WHERE event_time BETWEEN_DATES" }
        views: { entity: user, sql: "SELECT * FROM analytics.views WHERE event_time BETWEEN_DATES" }
        signups: { entity: user, sql: "SELECT * FROM analytics.signups WHERE event_time BETWEEN_DATES" }
      metrics:
        revenue:
          fact: orders
          aggregation: sum
          valueColumn: order_total
          cuped: { lookbackDays: 3 }
          desiredDirection: increase
          unit: EUR
          displayName: revenue per user
        signup_rate: { fact: signups, aggregation: conversion_rate }
        order_value:
          aggregation: ratio
          numerator: { fact: orders, valueColumn: order_total }
          denominator: { fact: orders }
          unit: EUR
        p90: { fact: orders, aggregation: percentile, valueColumn: order_total, percentile: 0.9, unit: EUR }
        checkout:
          aggregation: funnel
          steps:
            - { fact: views, filters: [ { column: page, operator: equals, value: product } ] }
            - { fact: views, filters: [ { column: page, operator: equals, value: cart } ] }
            - { fact: orders }
        refunds: { fact: orders, aggregation: count, filters: [ { column: order_total, operator: equals, value: 0 } ] }
      policies:
        checkout:
          entity: user
          allocations: { control: 0.5, treatment: 0.5 }
          startsAt: 2026-01-05T00:00:00Z
          goal: revenue
          guardrails: [ { metric: signup_rate, direction: must_not_decrease, threshold: 0.01 } ]
          cuped: true
        anytime:
          entity: user
          allocations: { control: 0.5, treatment: 0.5 }
          startsAt: 2026-01-05T00:00:00Z
          metrics: [revenue]
          sequential: true
        corrected:
          entity: user
          allocations: { control: 0.5, treatment: 0.5 }
          startsAt: 2026-01-05T00:00:00Z
          metrics: [revenue, signup_rate]
          correction: holm
      """
          .replace("BETWEEN_DATES", BETWEEN);

  private static final String TO = "2026-01-12T00:00:00Z";
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir private static Path directory;
  private static TestDatabase database;
  private static Path file;

  @BeforeAll
  static void runOnce() throws IOException {
    database = TestDatabase.create();
    database.execute(SOURCE);
    file =
        Files.writeString(
            directory.resolve("traffical.yaml"),
            DefinitionFiles.connection(database) + DEFINITIONS);
    Invocation run = run("run", "--to", TO);
    assertThat(run.exitCode()).as(run.out() + run.err()).isZero();
  }

  @AfterAll
  static void drop() {
    database.close();
  }

  private static Invocation run(String... args) {
    List<String> all = new ArrayList<>(Arrays.asList(args));
    all.addAll(List.of("-c", file.toString()));
    return Invocation.of(all.toArray(String[]::new));
  }

  private static JsonNode json(String... args) throws IOException {
    List<String> all = new ArrayList<>(Arrays.asList(args));
    all.addAll(List.of("--format", "json"));
    return JSON.readTree(run(all.toArray(String[]::new)).out());
  }

  @Test
  void showsEveryKindOfMetricTheGoalFirst() {
    assertThat(run("results", "checkout").out())
        .isEqualTo(
            """
            checkout, as of 2026-01-12T00:00:00Z
            users: control 200, treatment 200

            metric            role                allocation  units      value        lift       95 % interval        p  significant  note
            revenue per user  goal                control       200  17.37 EUR                                                        should increase
            revenue per user  goal                treatment     200  20.64 EUR     +18.9 %  +13.8 % to +24.4 %  < 0.001  yes, better  CUPED -90 % variance
            signup_rate       guardrail           control       200    50.00 %                                                        should increase
            signup_rate       guardrail: FAILING  treatment     200    20.00 %     -60.0 %  -71.8 % to -46.6 %  < 0.001  yes, WORSE
            order_value                           control       200  25.93 EUR
            order_value                           treatment     200  31.05 EUR     +19.7 %  +15.7 % to +23.9 %  < 0.001  yes
            p90                                   control       200     32 EUR
            p90                                   treatment     200     37 EUR     +15.6 %  +10.9 % to +20.5 %  < 0.001  yes
            checkout                              control       200    26.50 %
            checkout                              treatment     200    27.00 %      +1.9 %  -26.9 % to +42.2 %    0.910  no
            refunds                               control       200          0
            refunds                               treatment     200          0  0 per user

            order_value: order_total of orders / rows of orders
              control    3474 / 134
              treatment  4129 / 133

            p90: 90th percentile of order_total, over all rows of orders

            checkout: views where page = product → views where page = cart → orders
              control    200 users → 160 (80.0 %) → 106 (66.2 %) → 53 (50.0 %)
              treatment  200 users → 160 (80.0 %) → 108 (67.5 %) → 54 (50.0 %)

            revenue per user: treatment is better than control: 18.9 % higher, as desired (95 % interval 13.8 % to 24.4 %); this is unlikely to be chance (p < 0.001); adjusted by what the users did before (CUPED), which takes 90.4 % off the variance.
            signup_rate: treatment is worse than control: 60.0 % lower, and it should increase (95 % interval -71.8 % to -46.6 %); this is unlikely to be chance (p < 0.001); guardrail FAILING: all of the interval is a decrease of more than 1.0 %.
            order_value: treatment is 19.7 % higher than control (95 % interval 15.7 % to 23.9 %); this is unlikely to be chance (p < 0.001).
            p90: treatment is 15.6 % higher than control (95 % interval 10.9 % to 20.5 %); this is unlikely to be chance (p < 0.001).
            checkout: no difference between treatment and control is shown yet: the 95 % interval, -26.9 % to +42.2 %, includes 0 (p = 0.910).
            refunds: treatment and control cannot be told apart: all users of an allocation have the same value; control is 0, so there is no lift relative to it.
            """);
  }

  @Test
  void showsAnytimeValidIntervalsWithoutP() {
    assertThat(run("results", "anytime").out())
        .isEqualTo(
            """
            anytime, as of 2026-01-12T00:00:00Z
            users: control 200, treatment 200
            intervals are anytime-valid: look as often as you like; there is no p

            metric            allocation  units      value     lift  anytime-valid 95 % interval  significant  note
            revenue per user  control       200  17.37 EUR                                                     should increase
            revenue per user  treatment     200  20.64 EUR  +18.9 %           -12.3 % to +61.0 %  no

            revenue per user: no difference between treatment and control is shown yet: the anytime-valid 95 % interval, -12.3 % to +61.0 %, includes 0.
            """);
  }

  @Test
  void showsCorrectedPBesideP() {
    assertThat(run("results", "corrected").out())
        .isEqualTo(
            """
            corrected, as of 2026-01-12T00:00:00Z
            users: control 200, treatment 200
            significance is corrected for all comparisons of the policy by Holm

            metric            allocation  units      value     lift       95 % interval        p  corrected p  significant  note
            revenue per user  control       200  17.37 EUR                                                                  should increase
            revenue per user  treatment     200  20.64 EUR  +18.9 %   +2.9 % to +37.2 %    0.019        0.019  yes, better
            signup_rate       control       200    50.00 %
            signup_rate       treatment     200    20.00 %  -60.0 %  -71.8 % to -46.6 %  < 0.001      < 0.001  yes

            revenue per user: treatment is better than control: 18.9 % higher, as desired (95 % interval 2.9 % to 37.2 %); this is unlikely to be chance (p = 0.019, corrected = 0.019 by Holm).
            signup_rate: treatment is 60.0 % lower than control (95 % interval -71.8 % to -46.6 %); this is unlikely to be chance (p < 0.001, corrected < 0.001 by Holm).
            """);
  }

  @Test
  void breaksDownByADimensionInsteadOfTotals() throws IOException {
    assertThat(run("results", "checkout", "--dimension", "country").out())
        .startsWith(
            """
            checkout by country, as of 2026-01-12T00:00:00Z
            users: control 200, treatment 200

            metric            role       country  allocation  units      value        lift       95 % interval        p  significant  note
            revenue per user  goal       DE       control       112   15.8 EUR                                                        should increase
            revenue per user  goal       DE       treatment     112  18.62 EUR     +17.8 %   -5.7 % to +47.1 %    0.147  no
            revenue per user  goal       FR       control        66  17.21 EUR                                                        should increase
            revenue per user  goal       FR       treatment      66  20.64 EUR     +19.9 %   -7.2 % to +55.0 %    0.161  no
            revenue per user  goal       (none)   control        22  25.82 EUR                                                        should increase
            revenue per user  goal       (none)   treatment      22     31 EUR     +20.1 %  +10.0 % to +31.2 %  < 0.001  yes, better
            signup_rate       guardrail  DE       control       112    50.00 %                                                        should increase
            signup_rate       guardrail  DE       treatment     112    17.86 %     -64.3 %  -79.1 % to -46.9 %  < 0.001  yes, WORSE
            signup_rate       guardrail  FR       control        66    50.00 %                                                        should increase
            signup_rate       guardrail  FR       treatment      66    22.73 %     -54.5 %  -75.8 % to -27.6 %  < 0.001  yes, WORSE
            signup_rate       guardrail  (none)   control        22    50.00 %                                                        should increase
            signup_rate       guardrail  (none)   treatment      22    22.73 %     -54.5 %   -90.9 % to +2.5 %   0.0568  no
            """)
        .contains(
            "\n"
                + "signup_rate, country DE: treatment is worse than control: 64.3 % lower, and it"
                + " should increase (95 % interval -79.1 % to -46.9 %); this is unlikely to be"
                + " chance (p < 0.001).\n")
        .endsWith(
            "\n8 of 14 comparisons are significant; about 0.7 would be by chance alone, if nothing"
                + " differed.\n");
    JsonNode rows = json("results", "checkout", "--dimension", "country");
    assertThat(rows).hasSize(36);
    assertThat(rows.findValuesAsText("dimension")).containsOnly("country");
    assertThat(rows.findValuesAsText("dimension_value")).contains("DE", "FR", "(none)");
    assertThat(json("results", "checkout").findValuesAsText("dimension")).containsOnly("");
  }

  @Test
  void namesTheDimensionsThatThereAre() {
    assertThat(run("results", "--dimension", "browser"))
        .isEqualTo(
            new Invocation(
                1,
                "",
                "ERROR traffical results: unknown dimension \"browser\"; there is country\n"));
  }

  /** By numpy 2.4.6 and statsmodels 0.15.0 from the same rows: NormalIndPower, half of alpha. */
  @Test
  void sizesFollowFromTheVarianceThatCupedLeaves() throws IOException {
    assertThat(run("power", "--policy", "checkout", "--metric", "revenue").out())
        .isEqualTo(
            """
            revenue per user of checkout, as of 2026-01-12T00:00:00Z
            users so far: 400, new ones per day: 57.14
            control: 17.37 EUR per user

            treatment against control: the users so far can show a change of 7.0 % or more; CUPED takes 90.4 % off the variance
            change  users needed  in control  in treatment  still to come  days to go
             1.0 %         19358        9679          9679          18958         332
             2.0 %          4840        2420          2420           4440          78
             5.0 %           775         388           388            375           7
            10.0 %           194          97            97              0           0

            A change of this size is found with a chance of 80 %, by a two-sided test at 95 % confidence.
            """);
    JsonNode rows = json("power", "--policy", "checkout", "--metric", "revenue");
    assertThat(rows).hasSize(4);
    JsonNode first = rows.get(0);
    assertThat(first.get("unit_variance").asDouble()).isCloseTo(18.602523986579, within(1e-9));
    assertThat(first.get("detectable_effect").asDouble()).isCloseTo(0.06956486640781, within(1e-9));
    assertThat(rows.findValuesAsText("required_units"))
        .containsExactly("19358", "4840", "775", "194");
    assertThat(rows.findValuesAsText("days_to_go")).containsExactly("332", "78", "7", "0");
  }

  @Test
  void sizesHaveAReasonWhereThereAreNone() throws IOException {
    assertThat(run("power", "--policy", "checkout", "--metric", "refunds").out())
        .isEqualTo(
            """
            refunds of checkout, as of 2026-01-12T00:00:00Z
            users so far: 400, new ones per day: 57.14
            control: 0 per user

            treatment against control: no size can be computed: all users of an allocation have the same value

            A change of this size is found with a chance of 80 %, by a two-sided test at 95 % confidence.
            """);
    JsonNode row =
        json("power", "--policy", "checkout", "--metric", "refunds", "--mde", "0.1").get(0);
    assertThat(row.get("reason").asText()).isEqualTo("zero_variance,control_zero");
    assertThat(row.get("required_units").isNull()).isTrue();
    assertThat(row.get("detectable_effect").isNull()).isTrue();
  }

  @Test
  void sizesOfOneChange() {
    assertThat(run("power", "--policy", "anytime", "--metric", "revenue", "--mde", "0.02").out())
        .isEqualTo(
            """
            revenue per user of anytime, as of 2026-01-12T00:00:00Z
            users so far: 400, new ones per day: 57.14
            control: 17.37 EUR per user

            treatment against control: the users so far can show a change of 22.4 % or more
            change  users needed  in control  in treatment  still to come  days to go
             2.0 %         50286       25143         25143          49886         874

            A change of this size is found with a chance of 80 %, by a two-sided test at 95 % confidence.
            That is one look at the end; anytime-valid intervals are wider and need more.
            """);
    assertThat(run("power", "--policy", "anytime", "--metric", "refunds").err())
        .isEqualTo("ERROR traffical power: unknown metric \"refunds\"; there is revenue\n");
  }
}
