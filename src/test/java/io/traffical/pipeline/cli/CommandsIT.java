package io.traffical.pipeline.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.traffical.pipeline.definition.Definitions;
import io.traffical.pipeline.jdbc.Tables;
import io.traffical.pipeline.testing.DefinitionFiles;
import io.traffical.pipeline.testing.SharedCluster;
import io.traffical.pipeline.testing.TestDatabase;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The commands against a database: what they print, and how they end. */
@ExtendWith(SharedCluster.ForJobs.class)
class CommandsIT {
  private static final String SOURCE =
      """
      CREATE SCHEMA analytics;
      CREATE TABLE analytics.exposures (
        user_id text, assigned_at timestamptz, policy_key text, allocation_key text);
      CREATE TABLE analytics.orders (
        user_id text, event_time timestamptz, order_total numeric);
      INSERT INTO analytics.exposures
        SELECT 'u' || i, '2026-01-01T00:30:00Z', 'pricing_test',
          CASE WHEN i % 2 = 0 THEN 'control' ELSE 'treatment' END
        FROM generate_series(1, 400) i;
      INSERT INTO analytics.exposures VALUES
        ('u1', '2026-01-01T00:40:00Z', 'pricing_test', 'control'),
        ('u999', '2026-01-01T00:40:00Z', 'pricing_test', 'beta');
      INSERT INTO analytics.orders
        SELECT 'u' || i, '2026-01-01T02:30:00Z', 20 + i % 7 + CASE WHEN i % 2 = 0 THEN 0 ELSE 5 END
        FROM generate_series(1, 400) i WHERE i % 3 > 0;
      """;

  private static final String DEFINITIONS =
      """
      entities:
        user: { keyType: userId }
      assignments:
        exposures:
          entity: user
          sql: |
            SELECT user_id, assigned_at, policy_key, allocation_key FROM analytics.exposures
            WHERE assigned_at BETWEEN '{{start_date}}'::timestamptz AND '{{end_date}}'::timestamptz
      facts:
        orders:
          entity: user
          sql: |
            SELECT user_id, event_time, order_total FROM analytics.orders
            WHERE event_time BETWEEN '{{start_date}}'::timestamptz AND '{{end_date}}'::timestamptz
      metrics:
        purchase_rate: { fact: orders, aggregation: conversion_rate }
        revenue_per_user: { fact: orders, aggregation: sum, valueColumn: order_total }
      policies:
        pricing_test:
          entity: user
          allocations: { control: 0.5, treatment: 0.5 }
          startsAt: 2026-01-01T00:00:00Z
      """;

  private static final String BROKEN_FACT =
      """
        carts:
          entity: user
          sql: |
            SELECT user_id, event_time
            -- é𝄞: characters, not bytes
            FROM analytics.no_such_table
            WHERE event_time BETWEEN '{{start_date}}'::timestamptz AND '{{end_date}}'::timestamptz
      metrics:
        carts_per_user: { fact: carts, aggregation: count }
      """;

  private static final String TO = "2026-01-01T06:00:00Z";
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir private static Path directory;
  private static TestDatabase database;

  @BeforeAll
  static void createSource() {
    database = TestDatabase.create();
    database.execute(SOURCE);
  }

  @AfterAll
  static void drop() {
    database.close();
  }

  private static Path file(String name, String schema, String definitions) throws IOException {
    return Files.writeString(
        directory.resolve(name),
        DefinitionFiles.connection(database) + "schema: " + schema + "\n" + definitions);
  }

  private static Invocation run(Path file, String... args) {
    List<String> all = new ArrayList<>(Arrays.asList(args));
    all.addAll(List.of("-c", file.toString()));
    return Invocation.of(all.toArray(String[]::new));
  }

  private static JsonNode json(Path file, String... args) throws IOException {
    List<String> all = new ArrayList<>(Arrays.asList(args));
    all.addAll(List.of("--format", "json"));
    return JSON.readTree(run(file, all.toArray(String[]::new)).out());
  }

  @Test
  void validatesPlansRunsAndShowsResults() throws Exception {
    Path file = file("good.yaml", "good", DEFINITIONS);

    Invocation validate = run(file, "validate");
    assertThat(validate.exitCode()).isZero();
    assertThat(validate.out())
        .endsWith(
            " is valid: 1 policy, 2 metrics, 1 assignment definition, 1 fact definition; 1"
                + " warning.\n");

    assertThat(run(file, "results").err()).isEqualTo("No results yet in schema good.\n");
    assertThat(run(file, "runs")).isEqualTo(new Invocation(0, "", "No run yet in schema good.\n"));
    assertThat(json(file, "runs")).isEmpty();
    assertThat(run(file, "runs", "x").exitCode()).isEqualTo(1);

    Invocation plan = run(file, "run", "--to", TO, "--dry-run");
    assertThat(plan.exitCode()).isZero();
    assertThat(plan.out())
        .isEqualTo(
            """
            kind        name       range_start           range_end             reason
            assignment  exposures  2026-01-01T00:00:00Z  2026-01-01T06:00:00Z  new policy pricing_test
            fact        orders     2026-01-01T00:00:00Z  2026-01-01T06:00:00Z  new metric purchase_rate; new metric revenue_per_user
            """);
    assertThat(database.rows("SELECT to_regnamespace('good')")).containsExactly("∅");

    Invocation first = run(file, "run", "--to", TO);
    assertThat(first.exitCode()).as(first.err()).isZero();
    assertThat(first.out())
        .matches(
            "succeeded: 669 rows read, 0 late, [0-9.]+ s, run [0-9a-f-]{36}, as of"
                + " 2026-01-01T06:00:00Z\n");
    assertThat(first.err())
        .contains(
            "reading assignment exposures [2026-01-01T00:00:00Z,2026-01-01T06:00:00Z): new policy"
                + " pricing_test\n");

    JsonNode again = json(file, "backfill", "--full-refresh");
    assertThat(again).hasSize(1);
    assertThat(again.get(0).get("command").asText()).isEqualTo("backfill");
    assertThat(again.get(0).get("status").asText()).isEqualTo("succeeded");
    assertThat(again.get(0).get("rows_read").isIntegralNumber()).isTrue();

    showsRuns(file, again.get(0).get("run_id").asText());
    showsResults(file);
  }

  private static void showsRuns(Path file, String newest) throws IOException {
    JsonNode runs = json(file, "runs");
    assertThat(runs).hasSize(2);
    assertThat(runs.get(0).get("run_id").asText()).isEqualTo(newest);
    assertThat(runs.get(0).fieldNames())
        .toIterable()
        .containsExactly(
            "run_id",
            "command",
            "status",
            "range_start",
            "range_end",
            "started_at",
            "finished_at",
            "definitions",
            "rows_read",
            "late_rows",
            "error");
    JsonNode definitions = json(file, "runs", newest).get(0).get("run_definitions");
    assertThat(definitions).hasSize(2);
    assertThat(definitions.get(0).get("name").asText()).isEqualTo("exposures");
    assertThat(definitions.get(0).get("undeclared").isObject()).isTrue();
    assertThat(definitions.get(0).has("rendered_sql")).isFalse();
    assertThat(run(file, "runs", newest, "--sql").out())
        .contains("-- fact orders\nSELECT user_id, event_time, order_total");
    assertThat(run(file, "runs", "no-such-run"))
        .isEqualTo(
            new Invocation(
                1,
                "",
                "ERROR traffical runs: unknown run \"no-such-run\"; traffical runs lists the last"
                    + " 20\n"));
  }

  private static void showsResults(Path file) throws Exception {
    Invocation results = run(file, "results", "pricing_test");
    assertThat(results.exitCode()).isZero();
    assertThat(results.out())
        .startsWith(
            """
            pricing_test, as of 2026-01-01T06:00:00Z
            users: control 200, treatment 199
            seen in more than one allocation: 1, left out
            in undeclared allocations, left out: beta 1

            metric            allocation  units    value     lift       95 % interval      p  significant
            purchase_rate     control       200  67.00 %
            purchase_rate     treatment     199  66.33 %  -1.00 %  -13.9 % to +13.8 %  0.887  no
            revenue_per_user  control       200    15.38
            revenue_per_user  treatment     199     18.6  +20.9 %   +4.9 % to +39.2 %  0.009  yes
            """)
        .contains(
            "purchase_rate: no difference between treatment and control is shown yet: the 95 %"
                + " interval, ")
        .contains("revenue_per_user: treatment is ")
        .contains(" higher than control (95 % interval ")
        .contains("; this is unlikely to be chance (p = 0.0");
    assertThat(run(file, "results", "--as-of", TO).out()).isEqualTo(results.out());
    assertThat(run(file, "results", "--as-of", "2026-01-01T05:00:00Z").err())
        .isEqualTo("No results as of 2026-01-01T05:00:00Z in schema good.\n");
    assertThat(run(file, "results", "pricing_tset").err())
        .isEqualTo(
            "ERROR traffical results: unknown policy \"pricing_tset\"; did you mean"
                + " \"pricing_test\"?\n");

    JsonNode rows = json(file, "results");
    assertThat(rows).hasSize(4);
    assertThat(rows.get(0).get("as_of").asText()).isEqualTo(TO);
    assertThat(rows.get(0).get("is_control").asBoolean()).isTrue();
    assertThat(rows.get(0).get("lift").isNull()).isTrue();
    assertThat(rows.get(1).get("relative_lift").isDouble()).isTrue();
    assertThat(rows.get(1)).hasSize(32);

    Definitions definitions = DefinitionFiles.read(Files.readString(file));
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (Connection connection = database.connect()) {
      ResultsTable.print(
          connection,
          new Tables("good"),
          definitions,
          ResultsTable.View.NEWEST,
          new PrintStream(bytes));
    }
    assertThat(bytes.toString(StandardCharsets.UTF_8)).isEqualTo(results.out());
  }

  @Test
  void saysWhatTheDatabaseRefusesWithTheLineOfTheDefinition() throws IOException {
    Path file =
        file(
            "refused.yaml",
            "refused",
            DEFINITIONS.replace("metrics:\n", BROKEN_FACT).replace("order_total FROM", "1 FROM"));
    int line = Files.readAllLines(file).indexOf("      FROM analytics.no_such_table") + 1;
    int orders = Files.readAllLines(file).indexOf("  orders:") + 1;

    Invocation validate = run(file, "validate");

    assertThat(validate.exitCode()).isEqualTo(1);
    assertThat(validate.out())
        .contains(
            file
                + ":"
                + line
                + ": fact carts: DEFINITION [42P01]: relation \"analytics.no_such_table\" does not"
                + " exist; correct its sql.\n")
        .contains(
            file
                + ":"
                + orders
                + ": fact orders: column \"order_total\" is missing, found user_id, event_time,"
                + " ?column?; add it to the SELECT list.\n")
        .endsWith("2 problems, nothing was run.\n");
    assertThat(run(file, "validate", "--offline").exitCode()).isZero();
  }

  @Test
  void publishesTheRestOfAPartialRunWithCode4() throws IOException {
    Path file = file("partial.yaml", "partial", DEFINITIONS.replace("metrics:\n", BROKEN_FACT));

    Invocation run = run(file, "run", "--to", TO);

    assertThat(run.exitCode()).isEqualTo(4);
    assertThat(run.out()).startsWith("partial: 669 rows read, ");
    assertThat(run.err())
        .contains(
            "ERROR fact carts: DEFINITION [42P01]: relation \"analytics.no_such_table\" does not"
                + " exist\n");
    assertThat(json(file, "results")).hasSize(4);
    JsonNode plan = json(file, "plan");
    assertThat(plan).hasSize(3);
    assertThat(plan.get(2).get("name").asText()).isEqualTo("carts");
    assertThat(plan.get(2).get("range_start").isNull()).isTrue();
    assertThat(plan.get(2).get("reason").asText()).contains("does not exist");
    String runId = json(file, "runs").get(0).get("run_id").asText();
    JsonNode read = json(file, "runs", runId, "--sql").get(0);
    assertThat(read.get("status").asText()).isEqualTo("partial");
    JsonNode carts = read.get("run_definitions").get(1);
    assertThat(carts.get("status").asText()).isEqualTo("failed");
    assertThat(carts.get("set_aside").asText()).isEqualTo("pricing_test/carts_per_user");
    assertThat(carts.get("error").asText())
        .isEqualTo(
            "fact carts: DEFINITION [42P01]: relation \"analytics.no_such_table\" does not exist");
    assertThat(carts.get("rendered_sql").asText())
        .contains("analytics.no_such_table", "BETWEEN '2026-01-01T05:00:00Z'");
    assertThat(read.get("run_definitions").get(2).get("set_aside").isNull()).isTrue();

    database.execute("CREATE VIEW analytics.no_such_table AS SELECT * FROM analytics.orders");
    try {
      assertThat(run(file, "run", "--to", TO).exitCode()).as("heals by itself").isZero();
      assertThat(json(file, "results")).hasSize(6);
    } finally {
      database.execute("DROP VIEW analytics.no_such_table");
    }
  }

  @Test
  void saysWhyThereIsNothingToDo() throws IOException {
    Path file = file("idle.yaml", "idle", DEFINITIONS.replace("startsAt: 2026", "startsAt: 2999"));

    Invocation plan = run(file, "plan");

    assertThat(plan.exitCode()).isZero();
    assertThat(plan.err())
        .contains("Nothing to do: the last due window ends at ")
        .endsWith("Policy pricing_test starts at 2999-01-01T00:00:00Z.\n");
  }

  @Test
  void endsWithCode2ForAWrongPasswordAndNeverShowsIt() throws IOException {
    Path file = file("password.yaml", "password", DEFINITIONS);
    Files.writeString(
        file,
        Files.readString(file)
            .replace("username: postgres", "username: clerk")
            .replace("password: postgres", "password: ${CANARY}"));
    database.execute("CREATE ROLE clerk LOGIN PASSWORD 'right'");
    database.execute("REVOKE ALL ON DATABASE " + database.name() + " FROM PUBLIC");

    for (String command : List.of("validate", "plan", "run", "runs", "results")) {
      Invocation refused =
          Invocation.with(Map.of("CANARY", "canary-4711"), command, "-c", file.toString());

      assertThat(refused.exitCode()).as(command).isEqualTo(2);
      assertThat(refused.err()).startsWith("ERROR PERMISSION [").doesNotContain("canary");
      assertThat(refused.out()).isEmpty();
    }
  }

  @Test
  void endsWithCode3WhenNobodyListens() throws IOException {
    int port;
    try (ServerSocket socket = new ServerSocket(0)) {
      port = socket.getLocalPort();
    }
    Path file = file("closed.yaml", "closed", DEFINITIONS);
    Files.writeString(
        file, Files.readString(file).replace("port: " + database.port(), "port: " + port));

    Invocation validate = run(file, "validate");

    assertThat(validate.exitCode()).isEqualTo(3);
    assertThat(validate.err()).contains("ERROR UNAVAILABLE [08001] host=localhost:" + port + "/");
    assertThat(validate.err().lines())
        .filteredOn(line -> !line.startsWith("retrying in "))
        .hasSizeLessThanOrEqualTo(2);
  }

  @Test
  void refusesABadFileWithCode1BeforeAskingTheDatabase() throws IOException {
    Path file = file("bad.yaml", "bad", DEFINITIONS.replace("fact: orders", "fact: order"));

    for (String command : List.of("validate", "plan", "run", "runs", "results")) {
      Invocation refused = run(file, command);

      assertThat(refused.exitCode()).as(command).isEqualTo(1);
      assertThat(refused.out() + refused.err())
          .contains("did you mean \"orders\"?\n")
          .endsWith("2 problems, nothing was run.\n");
    }
  }

  @Test
  void endsWithCode5WhileAnotherRunIsActive() throws IOException {
    Path file = file("busy.yaml", "busy", DEFINITIONS);
    run(file, "run", "--to", TO);
    database.execute(
        "INSERT INTO busy.runs (run_id, command, status, started_at, heartbeat_at, owner)"
            + " VALUES ('r', 'run', 'running', now(), now(), 'somebody')");

    Invocation busy = run(file, "run", "--to", TO);

    assertThat(busy.exitCode()).isEqualTo(5);
    assertThat(busy.err()).contains("ERROR BUSY ").contains("run r by somebody is active");
  }
}
