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
import java.util.Arrays;
import java.util.List;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The health of policies: what runs write, and what the command says. */
@ExtendWith(SharedCluster.ForJobs.class)
class HealthIT {
  private static final String SOURCE =
      """
      CREATE SCHEMA src;
      CREATE TABLE src.exposures (user_id text, assigned_at timestamptz, policy text, variant text);
      CREATE TABLE src.orders (user_id text, event_time timestamptz, amount numeric);
      CREATE FUNCTION src.expose(policy text, variant text, units int, first timestamptz)
        RETURNS void LANGUAGE sql AS $$
          INSERT INTO src.exposures
          SELECT policy || ' ' || variant || ' ' || i, first + interval '1 second' * i, policy, variant
          FROM generate_series(0, units - 1) i
        $$;
      """;

  private static final String DEFINITIONS =
      """
      pipeline: { parallelism: 1 }
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
            SELECT user_id, event_time, amount FROM src.orders
            WHERE event_time BETWEEN '{{start_date}}' AND '{{end_date}}'
      metrics:
        buyers: { fact: orders, aggregation: conversion_rate }
        revenue: { fact: orders, aggregation: sum, valueColumn: amount }
      policies:
      """;

  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir private Path directory;
  private TestDatabase database;
  private Path file;

  @BeforeEach
  void createSource() {
    database = TestDatabase.create();
    database.execute(SOURCE);
  }

  @AfterEach
  void drop() {
    database.close();
  }

  /** Writes the file with policies, each a key and what it has beside allocations a and b. */
  private void policies(String... policies) throws IOException {
    StringBuilder text = new StringBuilder(DefinitionFiles.connection(database) + DEFINITIONS);
    for (String policy : policies) {
      String key = policy.split(":", -1)[0];
      String rest = policy.substring(key.length() + 1);
      text.append("  ").append(key).append(": { entity: user, startsAt: 2026-01-01T00:00:00Z, ");
      text.append(rest.contains("allocations") ? "" : "allocations: { a: 0.5, b: 0.5 }, ");
      text.append(rest).append(" }\n");
    }
    file = Files.writeString(directory.resolve("traffical.yaml"), text);
  }

  private void expose(String policy, String variant, int units, String first) {
    database.execute(
        "SELECT src.expose('%s', '%s', %d, '2026-01-%sZ')"
            .formatted(policy, variant, units, first));
  }

  private void expose(String policy, int a, int b, String first) {
    expose(policy, "a", a, first);
    expose(policy, "b", b, first);
  }

  /** Shows so many units of allocation a in b, too. */
  private void cross(String policy, int units, String at) {
    database.execute(
        "INSERT INTO src.exposures SELECT '%1$s a ' || i, '2026-01-%3$sZ', '%1$s', 'b' FROM generate_series(0, %2$d - 1) i"
            .formatted(policy, units, at));
  }

  private Invocation traffical(String... args) {
    String[] all = Arrays.copyOf(args, args.length + 2);
    all[args.length] = "-c";
    all[args.length + 1] = file.toString();
    return Invocation.of(all);
  }

  private void run(String to) {
    Invocation run = traffical("run", "--to", "2026-01-" + to + "Z");
    assertThat(run.exitCode()).as(run.err()).isZero();
  }

  private JsonNode health(String policy) throws IOException {
    JsonNode rows = JSON.readTree(traffical("health", policy, "--format", "json").out());
    assertThat(rows).hasSize(1);
    return rows.get(0);
  }

  /**
   * Returns the statuses of exposures, srm, allocation_floor, freshness, guardrails, crossovers.
   */
  private String statuses(String policy) throws IOException {
    JsonNode row = health(policy);
    StringBuilder words = new StringBuilder(row.get("status").asText() + ":");
    for (String key :
        List.of("exposures", "srm", "allocation_floor", "freshness", "guardrails", "crossovers")) {
      words.append(' ').append(row.get("checks").get(key).get("status").asText());
    }
    return words.toString();
  }

  private List<String> events() {
    return database.rows(
        "SELECT policy_key, check_key, old_status, status, to_char(as_of AT TIME ZONE 'UTC',"
            + " 'DD\"T\"HH24') FROM traffical.policy_health_events ORDER BY recorded_at, 1, 2");
  }

  private List<String> versions() {
    return database.rows(
        "SELECT ctid, xmin, h.* FROM traffical.policy_health h ORDER BY policy_key");
  }

  @Test
  void judgesEveryCheck() throws Exception {
    policies(
        "good:",
        "ratio_warn:",
        "ratio_fail:",
        "ratio_alarm:",
        "zero_share: allocations: { a: 0.5, b: 0.5, c: 0 }",
        "small:",
        "one_sided:",
        "crossed_warn:",
        "crossed_fail:",
        "quiet:",
        "silent:",
        "ended: endsAt: 2026-01-01T12:30:00Z",
        "no_units:",
        "guarded: guardrails: [ { metric: buyers, direction: must_not_decrease, threshold: 0.01 } ]",
        "unsure: guardrails: [ { metric: buyers, direction: must_not_decrease, threshold: 0.01 } ]");
    expose("good", 150, 150, "02T23:30:00");
    expose("ratio_warn", 260, 340, "02T23:30:00");
    expose("ratio_fail", 255, 345, "02T23:30:00");
    expose("ratio_alarm", 200, 300, "02T23:30:00");
    expose("zero_share", 200, 200, "02T23:30:00");
    expose("zero_share", "c", 1, "02T23:30:00");
    expose("small", 100, 99, "02T23:30:00");
    expose("one_sided", 250, 0, "02T23:30:00");
    expose("crossed_warn", 150, 148, "02T23:30:00");
    cross("crossed_warn", 4, "02T23:50:00");
    expose("crossed_fail", 160, 120, "02T23:30:00");
    cross("crossed_fail", 40, "02T23:50:00");
    expose("quiet", 150, 150, "02T20:00:00");
    expose("silent", 150, 150, "01T20:00:00");
    expose("ended", 150, 150, "01T01:00:00");
    expose("ended", "a", 500, "01T12:30:00");
    expose("guarded", 200, 200, "02T22:30:00");
    expose("unsure", 200, 200, "02T22:30:00");
    database.execute(
        """
        INSERT INTO src.orders SELECT 'guarded a ' || i, '2026-01-02T23:00Z', 1 FROM generate_series(0, 149) i;
        INSERT INTO src.orders SELECT 'guarded b ' || i, '2026-01-02T23:00Z', 1 FROM generate_series(0, 49) i;
        INSERT INTO src.orders SELECT 'unsure ' || v || ' ' || i, '2026-01-02T23:00Z', 1
          FROM generate_series(0, 49) i, unnest(ARRAY['a', 'b']) v;
        """);

    run("03T00:00:00");

    assertThat(statuses("good")).isEqualTo("pass: pass pass pass pass pass pass");
    assertThat(statuses("ratio_warn")).isEqualTo("warn: pass warn pass pass pass pass");
    assertThat(statuses("ratio_fail")).isEqualTo("fail: pass fail pass pass pass pass");
    assertThat(statuses("ratio_alarm")).isEqualTo("fail: pass fail pass pass pass pass");
    assertThat(statuses("zero_share")).isEqualTo("fail: pass fail pass pass pass pass");
    assertThat(statuses("small")).isEqualTo("warn: pass pass warn pass pass pass");
    assertThat(statuses("one_sided")).isEqualTo("fail: pass fail fail pass pass pass");
    assertThat(statuses("crossed_warn")).isEqualTo("warn: pass pass pass pass pass warn");
    assertThat(statuses("crossed_fail")).isEqualTo("fail: pass pass pass pass pass fail");
    assertThat(statuses("quiet")).isEqualTo("warn: warn pass pass pass pass pass");
    assertThat(statuses("silent")).isEqualTo("fail: fail pass pass pass pass pass");
    assertThat(statuses("ended")).isEqualTo("pass: pass pass pass pass pass pass");
    assertThat(statuses("no_units")).isEqualTo("fail: fail pass warn pass pass pass");
    assertThat(statuses("guarded")).isEqualTo("fail: pass pass pass pass fail pass");
    assertThat(statuses("unsure")).isEqualTo("pass: pass pass pass pass pass pass");

    for (String policy : List.of("good", "ratio_warn", "ratio_fail", "quiet", "small", "ended")) {
      assertThat(traffical("health", policy).exitCode()).as(policy).isZero();
    }
    for (String policy :
        List.of("ratio_alarm", "zero_share", "silent", "crossed_fail", "guarded", "one_sided")) {
      assertThat(traffical("health", policy).exitCode()).as(policy).isEqualTo(11);
    }
    assertThat(traffical("health").exitCode()).isEqualTo(11);
    assertThat(events())
        .hasSize(14)
        .contains("small|allocation_floor|∅|warn|03T00", "silent|exposures|∅|fail|03T00")
        .noneMatch(event -> event.startsWith("good|") || event.contains("|pass|"));
    showsRows();
  }

  private void showsRows() throws IOException {
    JsonNode row = health("crossed_fail");
    assertThat(row.fieldNames())
        .toIterable()
        .containsExactly(
            "policy_key", "as_of", "status", "checks", "series", "run_id", "computed_at");
    assertThat(row.get("as_of").asText()).isEqualTo("2026-01-03T00:00:00Z");
    assertThat(row.get("checks").get("srm").get("units").toString())
        .as("crossovers are left out")
        .isEqualTo("{\"a\":120,\"b\":120}");
    assertThat(row.get("checks").get("crossovers").get("share").asDouble()).isEqualTo(40 / 280.0);
    assertThat(health("ended").get("as_of").asText()).isEqualTo("2026-01-01T12:30:00Z");

    // scipy.stats.chisquare([255, 345]) of scipy 1.17.1; the last by scipy.special.gammaln
    JsonNode ratio = health("ratio_fail").get("checks").get("srm");
    assertThat(ratio.get("chi_square").asDouble()).isEqualTo(13.5);
    assertThat(ratio.get("p_value").asDouble()).isCloseTo(0.00023856345402870974, within(1e-12));
    assertThat(ratio.get("anytime_p_value").asDouble())
        .isCloseTo(0.022589833843951624, within(1e-10));
    assertThat(ratio.get("needs_attention").asBoolean()).isFalse();

    JsonNode series = health("quiet").get("series");
    JsonNode hours = series.get("per_hour");
    assertThat(hours.get("start").asText()).isEqualTo("2026-01-02T00:00:00Z");
    assertThat(hours.get("end").asText()).isEqualTo("2026-01-03T00:00:00Z");
    assertThat(numbers(hours.get("total"))).hasSize(24).endsWith(300L, 0L, 0L, 0L).contains(0L);
    assertThat(numbers(hours.get("allocations").get("b"))).endsWith(150L, 0L, 0L, 0L);
    assertThat(numbers(series.get("per_day").get("total"))).hasSize(30).endsWith(0L, 0L, 300L);
    assertThat(numbers(health("silent").get("series").get("per_day").get("total")))
        .endsWith(0L, 300L, 0L);
    assertThat(series.get("lifetime").toString())
        .isEqualTo("{\"total\":300,\"undeclared\":0,\"allocations\":{\"a\":150,\"b\":150}}");

    assertThat(traffical("health", "quiet").out())
        .isEqualTo(
            """
            quiet, as of 2026-01-03T00:00:00Z: warn

            check             status  what it says
            exposures         warn    The newest unit came 3 h 57 min before the end of the data.
            srm               pass    a 50 % of 50 %, b 50 % of 50 % declared: p = 1; over all looks, p = 1.
            allocation_floor  pass    Every allocation has at least 100 units.
            freshness         pass    Everything is published up to 2026-01-03T00:00:00Z.
            guardrails        pass    No guardrails.
            crossovers        pass    No unit was seen in more than one allocation.

            new users per hour, last 24 h: 300 0 0 0
            new users per day, last 30 d: 300
            users in all: 300 (a 150, b 150)
            """);
  }

  private static List<Long> numbers(JsonNode array) {
    return StreamSupport.stream(array.spliterator(), false).map(JsonNode::asLong).toList();
  }

  @Test
  void recordsEveryChangeOnceAndRewritesNothingThatIsEqual() throws Exception {
    policies("p:");
    expose("p", 150, 150, "01T00:00:00");
    run("01T01:00:00");
    assertThat(statuses("p")).isEqualTo("pass: pass pass pass pass pass pass");
    assertThat(events()).isEmpty();

    cross("p", 50, "01T00:30:00");
    run("01T01:00:00");
    List<String> versions = versions();
    run("01T01:00:00");
    run("01T01:00:00");
    assertThat(versions()).isEqualTo(versions);
    assertThat(events()).containsExactly("p|crossovers|pass|fail|01T01", "p|srm|pass|warn|01T01");

    database.execute("DELETE FROM src.exposures WHERE assigned_at = '2026-01-01T00:30Z'");
    run("01T04:00:00");
    assertThat(statuses("p")).isEqualTo("warn: warn pass pass pass pass pass");
    assertThat(events())
        .hasSize(5)
        .contains(
            "p|crossovers|fail|pass|01T04", "p|exposures|pass|warn|01T04", "p|srm|warn|pass|01T04");
  }

  @Test
  void keepsTheOldHealthWhenPublishingFails() throws Exception {
    policies("p:");
    expose("p", 150, 150, "01T00:00:00");
    run("01T01:00:00");
    List<String> versions = versions();
    database.execute(
        """
        CREATE FUNCTION traffical.refuse() RETURNS trigger LANGUAGE plpgsql AS
          $$ BEGIN RAISE EXCEPTION 'refused'; END $$;
        CREATE TRIGGER refuse BEFORE INSERT ON traffical.run_definitions
          FOR EACH ROW EXECUTE FUNCTION traffical.refuse();
        """);

    assertThat(traffical("run", "--to", "2026-01-01T06:00:00Z").exitCode()).isEqualTo(4);

    assertThat(versions()).isEqualTo(versions);
    assertThat(events()).isEmpty();
    database.execute("DROP TRIGGER refuse ON traffical.run_definitions");
    run("01T06:00:00");
    assertThat(health("p").get("as_of").asText()).isEqualTo("2026-01-01T06:00:00Z");
    assertThat(events()).containsExactly("p|exposures|pass|warn|01T06");
  }

  @Test
  void freshnessFollowsWhatFailsWhileEverythingElseStands() throws Exception {
    policies("p:");
    expose("p", 150, 150, "01T00:00:00");
    run("01T01:00:00");
    JsonNode first = health("p");

    database.execute("ALTER TABLE src.orders RENAME TO lost");
    assertThat(traffical("run", "--to", "2026-01-01T04:00:00Z").exitCode()).isEqualTo(4);
    JsonNode freshness = health("p").get("checks").get("freshness");
    assertThat(health("p").get("as_of").asText()).isEqualTo("2026-01-01T04:00:00Z");
    assertThat(freshness.get("status").asText()).isEqualTo("warn");
    assertThat(freshness.get("metric_key").asText()).isEqualTo("buyers");
    assertThat(freshness.get("detail").asText())
        .isEqualTo(
            "The metric buyers is published up to 2026-01-01T01:00:00Z only, 3 h behind the last"
                + " due window.");

    database.execute("ALTER TABLE src.exposures RENAME TO gone");
    Invocation nothing = traffical("run", "--to", "2026-01-02T02:00:00Z");
    assertThat(nothing.exitCode()).as(nothing.err()).isEqualTo(4);
    assertThat(statuses("p")).isEqualTo("fail: warn pass pass fail pass pass");
    assertThat(health("p").get("as_of").asText()).isEqualTo("2026-01-01T04:00:00Z");
    assertThat(traffical("health").exitCode()).isEqualTo(11);
    assertThat(events()).endsWith("p|freshness|warn|fail|01T04");

    database.execute(
        "ALTER TABLE src.lost RENAME TO orders; ALTER TABLE src.gone RENAME TO exposures");
    run("01T01:00:00");
    run("01T04:00:00");
    assertThat(statuses("p")).isEqualTo("warn: warn pass pass pass pass pass");
    assertThat(first.get("status").asText()).isEqualTo("pass");
  }

  @Test
  void saysThatThereIsNothingAndWhatNobodyKnows() throws Exception {
    policies("p:", "later: endsAt: 2026-01-02T00:00:00Z");

    assertThat(traffical("health"))
        .isEqualTo(new Invocation(0, "", "No health yet in schema traffical.\n"));
    Invocation json = traffical("health", "p", "--format", "json");
    assertThat(JSON.readTree(json.out())).isEmpty();
    assertThat(json.err()).isEqualTo("No health of policy p yet in schema traffical.\n");
    assertThat(traffical("health", "latter"))
        .isEqualTo(
            new Invocation(
                1,
                "",
                "ERROR traffical health: unknown policy \"latter\"; did you mean \"later\"?\n"));

    expose("p", 150, 150, "01T00:00:00");
    expose("later", 150, 100, "01T00:00:00");
    run("03T00:00:00");
    assertThat(traffical("health").err())
        .as("an ended policy needs no runs")
        .isEqualTo(
            "Nothing of policy p has been published since 2026-01-03T00:00:00Z; traffical plan"
                + " shows what is due.\n");
    policies("later: endsAt: 2026-01-02T00:00:00Z");
    Invocation left = traffical("health", "p");
    assertThat(left.out())
        .contains("this policy is no longer in the file; its last numbers stay until it is dropped")
        .startsWith("p, as of 2026-01-03T00:00:00Z: fail\n");
    assertThat(left.exitCode()).as("nobody has to act on a policy that is gone").isZero();
  }
}
