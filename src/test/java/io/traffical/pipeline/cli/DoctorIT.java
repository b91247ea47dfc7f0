package io.traffical.pipeline.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.traffical.pipeline.testing.DefinitionFiles;
import io.traffical.pipeline.testing.TestDatabase;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the doctor finds in a real database: of each check, what is well and what is not. */
class DoctorIT {
  /** Tables of 200,000 rows, which are worth an index, over January 2026. */
  private static final String SOURCE =
      """
      CREATE ROLE ${role} LOGIN;
      GRANT CREATE ON DATABASE ${database} TO ${role};
      CREATE SCHEMA analytics;
      CREATE TABLE analytics.exposures AS
        SELECT 'u' || i AS user_id, timestamptz '2026-01-01Z' + i * interval '13 s' AS assigned_at,
          'p' AS policy_key, CASE WHEN i % 2 = 0 THEN 'a' ELSE 'b' END AS allocation_key
        FROM generate_series(1, 200000) i;
      CREATE INDEX ON analytics.exposures (assigned_at);
      CREATE INDEX ON analytics.exposures (user_id);
      CREATE TABLE analytics.orders AS
        SELECT 'u' || i AS user_id, timestamptz '2026-01-01Z' + i * interval '13 s' AS event_time,
          i AS order_total, 'EUR' AS currency
        FROM generate_series(1, 200000) i;
      CREATE INDEX orders_event_time_idx ON analytics.orders (event_time);
      CREATE INDEX ON analytics.orders (user_id);
      CREATE TABLE analytics.clicks AS SELECT user_id, event_time FROM analytics.orders;
      CREATE TABLE analytics.local_times AS
        SELECT user_id, event_time AT TIME ZONE 'UTC' AS event_time FROM analytics.orders LIMIT 10;
      CREATE TABLE analytics.hidden AS SELECT user_id, event_time FROM analytics.orders LIMIT 10;
      ALTER TABLE analytics.hidden ENABLE ROW LEVEL SECURITY;
      CREATE TABLE analytics.fresh (user_id text, event_time timestamptz)
        WITH (autovacuum_enabled = off);
      CREATE TABLE analytics.parts (user_id text, event_time timestamptz, day date)
        PARTITION BY RANGE (event_time);
      CREATE TABLE analytics.parts_1 PARTITION OF analytics.parts
        FOR VALUES FROM ('2026-01-01Z') TO ('2026-01-16Z');
      CREATE TABLE analytics.parts_2 PARTITION OF analytics.parts
        FOR VALUES FROM ('2026-01-16Z') TO ('2027-01-01Z');
      INSERT INTO analytics.parts SELECT user_id, event_time, event_time::date FROM analytics.orders;
      ANALYZE analytics.exposures, analytics.orders, analytics.clicks, analytics.local_times,
        analytics.hidden, analytics.parts;
      GRANT USAGE ON SCHEMA analytics TO ${role};
      GRANT SELECT ON ALL TABLES IN SCHEMA analytics TO ${role};
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
        things:
          entity: user
          sql: |
            ${sql}
      metrics:
        happened: { fact: things, aggregation: count }
      policies:
        p:
          entity: user
          allocations: { a: 0.5, b: 0.5 }
          startsAt: 2026-01-01T00:00:00Z
      """;

  private static final String BETWEEN =
      " BETWEEN '{{start_date}}'::timestamptz AND '{{end_date}}'::timestamptz";
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir private static Path directory;
  private static TestDatabase database;
  private static String role;

  @BeforeAll
  static void createSource() {
    database = TestDatabase.create();
    role = "doctor_" + database.name();
    execute(SOURCE);
  }

  @AfterAll
  static void drop() {
    execute("DROP OWNED BY ${role} CASCADE; DROP ROLE ${role}");
    database.close();
  }

  private static void execute(String sql) {
    database.execute(sql.replace("${role}", role).replace("${database}", database.name()));
  }

  private static String connection() {
    return DefinitionFiles.connection(database)
        .replace("username: postgres", "username: " + role)
        .replace("password: postgres", "password: ${PGPASSWORD:-}");
  }

  private static Path file(String connection, String sql) throws IOException {
    return Files.writeString(
        directory.resolve("traffical.yaml"),
        connection + DEFINITIONS.replace("${sql}", sql.replace("\n", "\n        ")));
  }

  private static Path fileOf(String table) throws IOException {
    return file(
        connection(),
        "SELECT user_id, event_time FROM analytics." + table + " WHERE event_time" + BETWEEN);
  }

  private static Invocation doctor(Path file, String... more) {
    List<String> args = new ArrayList<>(List.of("doctor", "-c", file.toString()));
    args.addAll(List.of(more));
    return Invocation.of(args.toArray(String[]::new));
  }

  /** Returns check, subject, status, message and remedy of what is not well. */
  private static List<String> complaints(Path file) throws IOException {
    List<String> complaints = new ArrayList<>();
    for (JsonNode row : JSON.readTree(doctor(file, "--format", "json").out())) {
      if (!row.get("status").asText().equals("ok")) {
        complaints.add(
            String.join(
                "|",
                row.get("check").asText(),
                row.get("subject").asText(),
                row.get("status").asText(),
                row.get("message").asText(),
                row.get("remedy").asText()));
      }
    }
    return complaints;
  }

  @Test
  void saysOfEachThingThatIsWellWhatWasFound() throws IOException {
    Invocation good = doctor(fileOf("orders"));

    assertThat(good.err()).isEmpty();
    assertThat(good.exitCode()).isZero();
    assertThat(
            good.out()
                .lines()
                .map(line -> line.replaceAll("[0-9.]+ ms|[0-9.]+ s (behind|ahead of)", "N")))
        .containsExactly(
            "connection",
            "  ok    reach       localhost:" + database.port() + " answers within N",
            "  ok    login       role " + role + ", database " + database.name(),
            "  ok    tls         none; the server is on this machine",
            "  ok    version     PostgreSQL " + database.rows("SHOW server_version").get(0),
            "  ok    pooler      none",
            "  ok    replica     no, a primary",
            "  ok    clock       the server's is N this machine's",
            "  ok    address     the server sees 127.0.0.1; that is what firewalls and pg_hba.conf have to allow",
            "",
            "traffical",
            "  ok    schema      is not there yet; the role may create it",
            "",
            "assignment exposures",
            "  ok    privileges  the role may read what the SQL names",
            "  ok    columns     user_id text, assigned_at timestamptz, policy_key text, allocation_key text",
            "  ok    rows        about 1 row per window of 1h, by the server's estimate",
            "  ok    index       analytics.exposures is read by exposures_assigned_at_idx",
            "  ok    key index   units are found by user_id",
            "",
            "fact things",
            "  ok    privileges  the role may read what the SQL names",
            "  ok    columns     user_id text, event_time timestamptz",
            "  ok    rows        about 1 row per window of 1h, by the server's estimate",
            "  ok    index       analytics.orders is read by orders_event_time_idx",
            "  ok    key index   units are found by user_id",
            "",
            "19 ok, 0 warnings, 0 failures.");
  }

  @Test
  void printsEveryFindingAsAnObject() throws IOException {
    JsonNode rows = JSON.readTree(doctor(fileOf("clicks"), "--format", "json").out());

    assertThat(rows.get(1).toString())
        .isEqualTo(
            "{\"check\":\"login\",\"subject\":\"connection\",\"status\":\"ok\",\"message\":\"role %s, database %s\",\"remedy\":null}"
                .formatted(role, database.name()));
    assertThat(rows).hasSize(19);
  }

  @Test
  void aMissingIndexComesWithTheStatementThatCreatesIt() throws IOException {
    execute("CREATE TABLE analytics.taps AS TABLE analytics.clicks; ANALYZE analytics.taps");
    execute("GRANT SELECT ON analytics.taps TO ${role}");
    Path file = fileOf("taps");

    assertThat(complaints(file))
        .containsExactly(
            "index|fact things|warn|analytics.taps (200,000 rows) is read whole for every slice: no"
                + " index begins with event_time|CREATE INDEX CONCURRENTLY ON analytics.taps"
                + " (event_time)",
            "key index|fact things|warn|explain looks up units in analytics.taps (200,000 rows): no"
                + " index begins with user_id|CREATE INDEX CONCURRENTLY ON analytics.taps"
                + " (user_id)");
    assertThat(doctor(file).exitCode()).isZero();
    assertThat(doctor(file).out())
        .contains(
            "  warn  index       analytics.taps (200,000 rows)",
            "                    → CREATE INDEX CONCURRENTLY ON analytics.taps (event_time)\n",
            "17 ok, 2 warnings, 0 failures.");

    execute("CREATE INDEX CONCURRENTLY ON analytics.taps (event_time)");
    execute("CREATE INDEX CONCURRENTLY ON analytics.taps (user_id)");
    assertThat(complaints(file)).isEmpty();
    execute("DROP TABLE analytics.taps");
  }

  @Test
  void saysWhoLooksUpUnitsByTheirKey() throws IOException {
    Path file = fileOf("clicks");
    Files.writeString(
        file,
        Files.readString(file)
            .replace("aggregation: count }", "aggregation: count, cuped: { lookbackDays: 7 } }")
            .replace("startsAt:", "cuped: true\n    startsAt:"));

    assertThat(complaints(file))
        .contains(
            "key index|fact things|warn|CUPED looks up units in analytics.clicks (200,000 rows): no"
                + " index begins with user_id|CREATE INDEX CONCURRENTLY ON analytics.clicks"
                + " (user_id)");
  }

  @Test
  void aFilterThatNoIndexCanServeIsShown() throws IOException {
    Path file =
        file(
            connection(),
            "SELECT user_id, event_time FROM analytics.orders WHERE event_time::text::timestamptz"
                + BETWEEN);

    List<String> complaints = complaints(file);

    assertThat(complaints).hasSize(1);
    assertThat(complaints.get(0))
        .startsWith(
            "index|fact things|warn|analytics.orders (200,000 rows) is read whole for every slice:"
                + " it is filtered by ")
        .contains("event_time)::text)::timestamp with time zone >= ")
        .endsWith(
            "|compare its time column, by itself, with '{{start_date}}' and '{{end_date}}', and"
                + " index that column");
  }

  @Test
  void aTableWithoutStatisticsIsToBeAnalyzed() throws IOException {
    assertThat(complaints(fileOf("fresh")))
        .containsExactly(
            "statistics|fact things|warn|analytics.fresh has never been analyzed, so the server"
                + " guesses|ANALYZE analytics.fresh");
  }

  @Test
  void partitionsThatAreAllLookedAtAreCounted() throws IOException {
    assertThat(complaints(fileOf("parts")))
        .noneMatch(complaint -> complaint.startsWith("partitions"));
    assertThat(doctor(fileOf("parts")).out())
        .contains("ok    partitions  1 of 2 partitions of analytics.parts are looked at");
    Path file =
        file(
            connection(),
            "SELECT user_id, event_time FROM analytics.parts WHERE day BETWEEN"
                + " '{{start_date}}'::date AND '{{end_date}}'::date");

    assertThat(complaints(file))
        .containsExactly(
            "index|fact things|warn|analytics.parts (200,000 rows) is read whole for every slice:"
                + " no index begins with day|CREATE INDEX ON analytics.parts (day)",
            "partitions|fact things|warn|all 2 partitions of analytics.parts are looked at for one"
                + " window|compare the column that it is partitioned by, by itself, with"
                + " '{{start_date}}' and '{{end_date}}'",
            "key index|fact things|warn|explain looks up units in analytics.parts (200,000 rows):"
                + " no index begins with user_id|CREATE INDEX ON analytics.parts (user_id)");
  }

  @Test
  void columnsThatNothingUsesAreNamed() throws IOException {
    Path file = file(connection(), "SELECT * FROM analytics.orders WHERE event_time" + BETWEEN);

    assertThat(complaints(file))
        .containsExactly(
            "select|fact things|warn|selects * and returns what nothing uses: order_total,"
                + " currency|name in the SELECT list what is used, and nothing else");
  }

  @Test
  void warningsAboutTheFileComeFirst() throws IOException {
    Path file =
        file(
            connection(),
            "SELECT DISTINCT user_id, event_time FROM analytics.orders WHERE event_time" + BETWEEN);

    assertThat(complaints(file))
        .containsExactly(
            "file|"
                + file
                + "|warn|line 21: sql of fact \"things\" uses DISTINCT, which removes duplicates within"
                + " one slice only|return the rows as they are, or make sure that equal rows have"
                + " the same time");
  }

  @Test
  void aTimeWithoutZoneFails() throws IOException {
    Path file = fileOf("local_times");

    assertThat(complaints(file))
        .containsExactly(
            "time|fact things|fail|column \"event_time\" is of type timestamp, needed is"
                + " timestamptz|write EXPRESSION AT TIME ZONE 'UTC' AS event_time, with the zone that it is in");
    assertThat(doctor(file).exitCode()).isEqualTo(1);
  }

  @Test
  void aMissingGrantFailsWithTheGrantAndTheRestIsStillExamined() throws IOException {
    execute("REVOKE SELECT ON analytics.clicks FROM ${role}");
    try {
      Path file = fileOf("clicks");

      assertThat(complaints(file))
          .containsExactly(
              "privileges|fact things|fail|PERMISSION [42501]: permission denied for table"
                  + " clicks|GRANT SELECT ON analytics.clicks TO "
                  + role);
      Invocation refused = doctor(file);
      assertThat(refused.exitCode()).isEqualTo(2);
      assertThat(refused.out())
          .contains("ok    key index   units are found by user_id", ", 0 warnings, 1 failure.");
    } finally {
      execute("GRANT SELECT ON analytics.clicks TO ${role}");
    }
  }

  @Test
  void rowLevelSecurityFails() throws IOException {
    Path file = fileOf("hidden");

    assertThat(complaints(file))
        .containsExactly(
            "privileges|fact things|fail|PERMISSION [42501]: query would be affected by row-level"
                + " security policy for table \"hidden\"|ALTER ROLE "
                + role
                + " BYPASSRLS, or read a view of analytics.hidden that its owner postgres has made;"
                + " rows that a policy hides would be missing in every number");
    assertThat(doctor(file).exitCode()).isEqualTo(2);
  }

  @Test
  void aSchemaThatTheRoleMayNotUseFailsAndDefinitionsAreStillExamined() throws IOException {
    execute("CREATE SCHEMA theirs");
    Path file = fileOf("orders");
    Files.writeString(
        file, Files.readString(file).replace("entities:", "schema: theirs\nentities:"));

    assertThat(complaints(file))
        .containsExactly(
            "schema|theirs|fail|PERMISSION [42501]: role %1$s lacks USAGE and CREATE on schema theirs, whose owner is postgres|as its owner run GRANT USAGE, CREATE ON SCHEMA theirs TO %1$s"
                .formatted(role));
    assertThat(doctor(file).exitCode()).isEqualTo(2);
    assertThat(doctor(file).out()).contains("\nfact things\n  ok    privileges");
  }

  @Test
  void aRoleThatIsNotLetInFailsWithoutStoppingTheCheckOfTheOtherConnection() throws IOException {
    Path file = fileOf("orders");
    String text = Files.readString(file).replace("username: " + role, "username: nobody_at_all");
    Files.writeString(
        file, text.replace("entities:", "source: { username: " + role + " }\nentities:"));

    List<String> complaints = complaints(file);

    assertThat(complaints)
        .containsExactly(
            "login|connection|fail|PERMISSION [28000]: role \"nobody_at_all\" does not exist|check"
                + " user name and password, and the server's pg_hba.conf");
    assertThat(doctor(file).out())
        .contains("\nsource\n  ok    reach", "\nfact things\n  ok    privileges");
    assertThat(doctor(file).exitCode()).isEqualTo(2);
  }

  @Test
  void aServerThatCannotBeReachedIsKnownWithinSeconds() throws IOException {
    int port;
    try (ServerSocket free = new ServerSocket(0)) {
      port = free.getLocalPort();
    }
    Path file = fileOf("orders");
    Files.writeString(
        file, Files.readString(file).replace("port: " + database.port(), "port: " + port));
    long start = System.nanoTime();

    Invocation unreachable = doctor(file);

    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(10));
    assertThat(unreachable.exitCode()).isEqualTo(3);
    assertThat(unreachable.out())
        .isEqualTo(
            """
            connection
              fail  reach  localhost:%d refuses connections: Connection refused
                           → check host and port, that the server runs and listens there, and that \
            firewalls and security groups let this machine through

            0 ok, 0 warnings, 1 failure.
            """
                .formatted(port));
    Files.writeString(
        file, Files.readString(file).replace("host: localhost", "host: no-such-host.invalid"));
    assertThat(doctor(file).exitCode()).isEqualTo(3);
    assertThat(doctor(file).out()).contains("no address is known for host no-such-host.invalid");
  }
}
