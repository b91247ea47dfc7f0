package io.traffical.pipeline.cli;

import static org.assertj.core.api.Assertions.assertThat;

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

/** Every reason once, in rows that are read from a source. */
@ExtendWith(SharedCluster.ForJobs.class)
class ExplainIT {
  private static final String HOSTILE = "u'1\"; DROP TABLE src.orders; --\\";

  private static final String SOURCE =
      """
      CREATE SCHEMA src;
      CREATE TABLE src.exposures (user_id text, assigned_at timestamptz, policy text, variant text);
      CREATE TABLE src.orders (user_id text, event_time timestamptz, amount float8, status text, sku text);
      CREATE TABLE src.visits (user_id text, event_time timestamptz);
      INSERT INTO src.exposures VALUES
        ('UNIT', '2025-12-31T12:00Z', 'pricing', 'b'), ('UNIT', '2026-01-01T01:00Z', 'pricing', 'a'),
        ('UNIT', '2026-01-01T01:00Z', 'other', 'b'), ('UNIT', '2026-01-01T02:30Z', 'pricing', 'a'),
        ('UNIT', '2026-01-01T03:00Z', 'pricing', NULL),
        ('UNIT', '2026-01-02T12:00Z', 'pricing', 'b'), ('UNIT', '2026-01-03T00:00Z', 'pricing', 'b'),
        ('x', '2026-01-01T01:00Z', 'pricing', 'a'), ('x', '2026-01-01T05:00Z', 'pricing', 'zz'),
        ('beta', '2026-01-01T01:00Z', 'pricing', 'beta');
      INSERT INTO src.orders VALUES
        ('UNIT', '2025-12-31T23:59:59.999999Z', 1, 'paid', 's'),
        ('UNIT', '2026-01-01T00:30Z', 2, 'paid', 's'), ('UNIT', '2026-01-01T01:00Z', 10, 'paid', 's'),
        ('UNIT', '2026-01-01T02:10Z', 5, 'refunded', 't'), ('UNIT', '2026-01-01T02:20Z', NULL, 'paid', NULL),
        ('UNIT', '2026-01-01T02:30Z', 'NaN', 'paid', 's'), ('UNIT', '2026-01-01T20:00Z', 2.5, 'shipped', 't'),
        ('UNIT', '2026-01-02T01:00Z', 7, 'paid', 's'), ('UNIT', '2026-01-02T10:00Z', 1, 'paid', 'v'),
        ('UNIT', '2026-01-02T13:00Z', 8, 'paid', 's'), ('UNIT', '2026-01-03T00:00Z', 9, 'paid', 's'),
        ('UNIT', NULL, 9, 'paid', 's'), ('', '2026-01-01T02:10Z', 9, 'paid', 's'),
        ('x', '2026-01-01T02:10Z', 3, 'paid', 's'), ('beta', '2026-01-01T02:10Z', 3, 'paid', 's'),
        ('nobody', '2026-01-01T02:10Z', 3, 'paid', 's');
      INSERT INTO src.visits VALUES
        ('UNIT', '2026-01-01T00:10Z'), ('UNIT', '2026-01-01T02:15Z'), ('UNIT', '2026-01-01T02:16Z');
      """
          .replace("UNIT", HOSTILE.replace("'", "''"));

  private static final String DEFINITIONS =
      """
      pipeline: { maxRejectedShare: 1 }
      entities:
        user: { keyType: userId }
      assignments:
        exposures:
          entity: user
          sql: |
            SELECT user_id, assigned_at, policy AS policy_key, variant AS allocation_key FROM src.exposures
            WHERE assigned_at BETWEEN '{{start_date}}' AND '{{end_date}}'
      facts:
        orders:
          entity: user
          sql: |
            SELECT user_id, event_time, amount, status, sku FROM src.orders
            WHERE coalesce(event_time, '{{start_date}}') BETWEEN '{{start_date}}' AND '{{end_date}}'
        visits:
          entity: user
          sql: |
            SELECT user_id, event_time FROM src.visits
            WHERE event_time BETWEEN '{{start_date}}' AND '{{end_date}}'
      metrics:
        revenue: { fact: orders, aggregation: sum, valueColumn: amount, timeframe: { endDays: 1 },
                   filters: [ { column: status, operator: in, values: [paid, shipped] } ] }
        spend: { fact: orders, aggregation: sum, valueColumn: amount, cuped: { lookbackDays: 7 }, winsorizeAt: 0.9 }
        products: { fact: orders, aggregation: count_distinct, valueColumn: sku, timeframe: { startDays: 0 } }
        later: { fact: orders, aggregation: count, timeframe: { startDays: 1 } }
        finished: { fact: orders, aggregation: count, timeframe: { endDays: 2, completedOnly: true } }
        value: { aggregation: ratio, numerator: { fact: orders, valueColumn: amount }, denominator: { fact: orders } }
        median: { fact: orders, aggregation: percentile, valueColumn: amount, percentile: 0.5 }
        journey: { aggregation: funnel, steps: [ { fact: visits }, { fact: orders }, { fact: visits } ] }
        visited: { fact: visits, aggregation: conversion_rate }
      policies:
        pricing:
          entity: user
          allocations: { a: 0.5, b: 0.5 }
          startsAt: 2026-01-01T00:00:00Z
          endsAt: 2026-01-03T00:00:00Z
          cuped: true
      """;

  @TempDir private static Path directory;
  private static TestDatabase database;
  private static Path file;

  @BeforeAll
  static void run() throws IOException {
    database = TestDatabase.create();
    database.execute(SOURCE);
    file = file("explain.yaml", DEFINITIONS);
    Invocation run = invoke("run", "--to", "2026-01-02T12:00:00Z");
    assertThat(run.exitCode()).as(run.err()).isZero();
  }

  @AfterAll
  static void drop() {
    database.close();
  }

  private static Path file(String name, String definitions) throws IOException {
    return Files.writeString(
        directory.resolve(name), DefinitionFiles.connection(database) + definitions);
  }

  private static Invocation invoke(String... args) {
    List<String> all = new ArrayList<>(Arrays.asList(args));
    all.addAll(1, List.of("-c", file.toString()));
    return Invocation.of(all.toArray(String[]::new));
  }

  /** Returns kind, time, value, counted and reason of each row; times without the year's start. */
  private static List<String> rows(String metric, String unit) throws IOException {
    Invocation explain = invoke("explain", "pricing", metric, unit, "--format", "json");
    assertThat(explain.exitCode()).as(explain.err()).isZero();
    List<String> rows = new ArrayList<>();
    for (JsonNode row : new ObjectMapper().readTree(explain.out())) {
      assertThat(row.fieldNames())
          .toIterable()
          .containsExactly(
              "kind", "definition", "time", "value", "allocation", "counted", "reason");
      rows.add(
          "%s %s %s %s %s"
              .formatted(
                  row.get("kind").asText(),
                  row.get("time").asText().replace("2026-01-", ""),
                  row.get("value").asText(),
                  row.get("counted").asText(),
                  row.get("reason").asText()));
    }
    return rows;
  }

  private static List<String> facts(String metric, String unit) throws IOException {
    return rows(metric, unit).stream().filter(row -> !row.startsWith("exposure")).toList();
  }

  @Test
  void saysOfEveryRowWhyItCounts() throws IOException {
    assertThat(rows("revenue", HOSTILE))
        .containsExactly(
            "exposure 2025-12-31T12:00:00Z null false before policy start",
            "fact 2025-12-31T23:59:59.999999Z 1.0 false before policy start",
            "fact 01T00:30:00Z 2.0 false before assignment",
            "exposure 01T01:00:00Z null true first assignment",
            "fact 01T01:00:00Z 10.0 true null",
            "fact 01T02:10:00Z 5.0 false filtered: status is none of paid, shipped",
            "fact 01T02:20:00Z null false no value: amount is null",
            "exposure 01T02:30:00Z null false seen again",
            "fact 01T02:30:00Z null false rejected: amount is NaN, infinite or too large",
            "exposure 01T03:00:00Z null false rejected: allocation_key is null",
            "fact 01T20:00:00Z 2.5 true null",
            "fact 02T01:00:00Z 7.0 false outside timeframe: it ends at 2026-01-02T01:00:00Z",
            "fact 02T10:00:00Z 1.0 false outside timeframe: it ends at 2026-01-02T01:00:00Z",
            "exposure 02T12:00:00Z null false not read yet: materialized up to"
                + " 2026-01-02T12:00:00Z",
            "fact 02T13:00:00Z 8.0 false not read yet: materialized up to 2026-01-02T12:00:00Z",
            "exposure 03T00:00:00Z null false after policy end",
            "fact 03T00:00:00Z 9.0 false after policy end",
            "fact null null false rejected: the time is null",
            "total 02T12:00:00Z 12.5 null 12.5 from 2 facts",
            "recomputed 02T09:00:00Z 12.5 null 12.5 from 2 facts",
            "stored 02T09:00:00Z 12.5 null 12.5 from 2 facts");
  }

  @Test
  void knowsEveryTypeOfMetric() throws IOException {
    assertThat(facts("products", HOSTILE))
        .contains(
            "fact 01T01:00:00Z s true null",
            "fact 01T02:10:00Z t true null",
            "fact 01T02:20:00Z null false no value: sku is null",
            "fact 01T02:30:00Z s false value already counted",
            "fact 02T10:00:00Z v true null",
            "total 02T12:00:00Z 3 null 3 different values",
            "recomputed 02T09:00:00Z 2 null 2 different values",
            "stored 02T09:00:00Z 2 null 2 different values");
    assertThat(facts("later", HOSTILE))
        .contains(
            "fact 01T20:00:00Z null false outside timeframe: it begins at 2026-01-02T01:00:00Z",
            "fact 02T01:00:00Z null true null",
            "stored 02T09:00:00Z 1 null 1 fact");
    assertThat(facts("finished", HOSTILE))
        .contains(
            "fact 01T00:30:00Z null false before assignment",
            "fact 01T01:00:00Z null false timeframe not over: it ends at 2026-01-03T01:00:00Z");
    assertThat(facts("value", HOSTILE))
        .contains(
            "fact 01T01:00:00Z 10.0 true null",
            "fact 01T02:20:00Z null true numerator: no value: amount is null; denominator: counted",
            "total 02T12:00:00Z 25.5 null numerator 25.5 from 5 facts",
            "total 02T12:00:00Z 7 null denominator 7 facts",
            "recomputed 02T09:00:00Z 24.5 null numerator 24.5 from 4 facts",
            "stored 02T09:00:00Z 24.5 null numerator 24.5 from 4 facts",
            "stored 02T09:00:00Z 6 null denominator 6 facts");
    assertThat(facts("median", HOSTILE))
        .contains(
            "total 02T12:00:00Z 25.5 null 25.5 from 5 facts",
            "stored 02T09:00:00Z 24.5 null 24.5 from 4 facts");
    assertThat(facts("journey", HOSTILE))
        .contains(
            "fact 01T00:10:00Z null false before assignment",
            "fact 01T01:00:00Z null false out of order: step 1 was not taken before",
            "fact 01T02:15:00Z null true step 1",
            "fact 01T02:16:00Z null false step 1: not the earliest: step 1 was taken at"
                + " 2026-01-01T02:15:00Z; step 3: out of order: step 2 was not taken before",
            "fact 01T02:20:00Z null true step 2",
            "fact 01T02:30:00Z null false not the earliest: step 2 was taken at"
                + " 2026-01-01T02:20:00Z",
            "stored 02T09:00:00Z 2 null 2 of 3 steps");
    assertThat(facts("visited", HOSTILE)).contains("stored 02T09:00:00Z 2 null 2 facts");
    assertThat(facts("spend", HOSTILE))
        .contains(
            "covariate 2025-12-31T23:59:59.999999Z 1.0 true covariate: within 7 days before the"
                + " assignment",
            "covariate 01T00:30:00Z 2.0 true covariate: within 7 days before the assignment",
            "total 02T12:00:00Z 25.5 null 25.5 from 5 facts",
            "total 02T12:00:00Z 3.0 null covariate 3.0 from 2 facts");
  }

  @Test
  void saysWhyAUnitIsLeftOut() throws IOException {
    assertThat(rows("spend", "x"))
        .startsWith(
            "exposure 01T01:00:00Z null true first assignment",
            "fact 01T02:10:00Z 3.0 false crossover: seen in another allocation at"
                + " 2026-01-01T05:00:00Z",
            "exposure 01T05:00:00Z null false crossover: first assigned to a; undeclared"
                + " allocation: zz");
    assertThat(rows("spend", "beta"))
        .startsWith(
            "exposure 01T01:00:00Z null true first assignment; undeclared allocation: beta",
            "fact 01T02:10:00Z 3.0 false undeclared allocation: beta");
    assertThat(rows("revenue", "nobody"))
        .startsWith(
            "fact 01T02:10:00Z 3.0 false not assigned: the policy has no assignment of the unit");
    assertThat(invoke("explain", "pricing", "revenue", "who"))
        .isEqualTo(
            new Invocation(
                0,
                "",
                "No row of unit \"who\" from 2025-12-02T00:00:00Z to 2026-02-02T00:00:00Z: neither"
                    + " an exposure of policy pricing nor a fact of metric revenue.\n"));
    assertThat(rows("revenue", "who")).isEmpty();
  }

  @Test
  void refusesWhatCannotBeAndNamesTheNearest() throws IOException {
    assertThat(invoke("explain", "pricin", "revenue", "u").err())
        .isEqualTo(
            "ERROR traffical explain: unknown policy \"pricin\"; did you mean \"pricing\"?\n");
    assertThat(invoke("explain", "pricing", "revenu", "u").exitCode()).isEqualTo(1);
    assertThat(invoke("explain", "pricing", "revenue", "u", "--limit", "0").err())
        .isEqualTo("ERROR traffical explain: --limit must be at least 1, found \"0\"\n");
    assertThat(invoke("explain", "pricing", "revenue", "").err())
        .isEqualTo(
            "ERROR CONFIG a unit's key is not empty and has no NUL | hint: give the unit's key as"
                + " the source has it\n");
  }

  @Test
  void limitsTheRowsButNotTheTotals() throws IOException {
    Invocation explain = invoke("explain", "pricing", "revenue", HOSTILE, "--limit", "2");

    assertThat(explain.out())
        .isEqualTo(
            """
            user UNIT in policy pricing, metric revenue (sum), as of 2026-01-02T12:00:00Z
            first assigned to a at 2026-01-01T01:00:00Z
            timeframe: from day 0 to day 1 after the first assignment
            looked for rows from 2025-12-02T00:00:00Z to 2026-02-02T00:00:00Z
            not shown: 4 newer exposures; --limit shows more
            not shown: 10 older facts; --limit shows more

            kind      definition  time                  value  allocation  counted  reason
            exposure  exposures   2025-12-31T12:00:00Z         b           no       before policy start
            exposure  exposures   2026-01-01T01:00:00Z         a           yes      first assignment
            fact      orders      2026-01-03T00:00:00Z    9.0              no       after policy end
            fact      orders                                               no       rejected: the time is null

            Total as of 2026-01-02T12:00:00Z: 12.5 from 2 facts.
            Stored up to 2026-01-02T09:00:00Z: 12.5 from 2 facts, the same as in the source. The rest is in the overlap, which every run reads again.
            """
                .replace("UNIT", HOSTILE));
  }

  @Test
  void saysHowToReadLateRowsAgain() throws IOException {
    database.execute(
        "INSERT INTO src.exposures VALUES ('late', '2026-01-01T05:30Z', 'pricing', 'a');"
            + "INSERT INTO src.visits VALUES ('late', '2026-01-01T06:00Z')");
    Invocation explain = invoke("explain", "pricing", "visited", "late");
    assertThat(explain.out())
        .endsWith(
            """
            Total as of 2026-01-02T12:00:00Z: 1 fact.
            Stored up to 2026-01-02T09:00:00Z: 0 facts. The source has 1 fact.
            The stored assignment is another: no assignment in the policy.
            They differ: rows arrived later than the overlap, or were corrected or deleted, after a run had read them. To read them again: traffical backfill --from 2026-01-01T05:00:00Z --policy pricing
            """);
    Invocation again = invoke("backfill", "--from", "2026-01-01T05:00:00Z", "--policy", "pricing");
    assertThat(again.exitCode()).as(again.err()).isZero();
    assertThat(invoke("explain", "pricing", "visited", "late").out())
        .contains("Stored up to 2026-01-02T09:00:00Z: 1 fact, the same as in the source.");
    database.execute("DELETE FROM src.exposures WHERE user_id = 'late'");
    database.execute("DELETE FROM src.visits WHERE user_id = 'late'");
  }

  @Test
  void takesKeysOfTheTypesThatTheSourceHas() throws IOException {
    String uuid = "0b5c3c9e-6c0e-4e33-9a57-3a1f0a5f7d0f";
    for (List<String> type :
        List.of(
            List.of("int", "7", "007"),
            List.of("bigint", "-7", "-07"),
            List.of("uuid", uuid, uuid.toUpperCase(java.util.Locale.ROOT)))) {
      Path whole = file;
      file =
          file(
              "typed.yaml",
              "schema: none\n"
                  + DEFINITIONS
                      .replace(
                          "SELECT user_id,",
                          "SELECT '" + type.get(1) + "'::" + type.get(0) + " AS user_id,")
                      .replace(
                          "FROM src.visits",
                          "FROM (SELECT 'x' AS user_id, event_time FROM src.visits) v"));
      try {
        Invocation explain = invoke("explain", "--", "pricing", "visited", type.get(2));
        assertThat(explain.out()).as(explain.err()).startsWith("user " + type.get(1) + " in");
        assertThat(explain.out()).contains("Nothing of the metric is stored yet");
        Invocation refused = invoke("explain", "pricing", "visited", "abc");
        assertThat(refused.exitCode()).isEqualTo(1);
        assertThat(refused.err())
            .startsWith(
                "ERROR CONFIG \"abc\" is no key: column \"user_id\" of assignment exposures");
      } finally {
        file = whole;
      }
    }
  }

  @Test
  void saysWhatTheServerRefuses() throws IOException {
    Path whole = file;
    file = file("refused.yaml", DEFINITIONS.replace("FROM src.visits", "FROM src.nothing"));
    try {
      Invocation explain = invoke("explain", "pricing", "visited", "u");
      assertThat(explain.exitCode()).isEqualTo(4);
      assertThat(explain.err())
          .isEqualTo(
              "ERROR fact visits: DEFINITION [42P01]: relation \"src.nothing\" does not exist\n");
    } finally {
      file = whole;
    }
  }
}
