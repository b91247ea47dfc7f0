package io.traffical.pipeline.run;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.traffical.pipeline.cli.Invocation;
import io.traffical.pipeline.testing.OtherPostgres;
import io.traffical.pipeline.testing.Shop;
import io.traffical.pipeline.testing.TestDatabase;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Other versions of Postgres publish and print what the one does that all other tests use, with the
 * rights of a role that has the documented grants only.
 */
class PostgresVersionsIT {
  /** Rows from before the policy: a large table with an index on time and one without. */
  private static final String SOURCE =
      """
      INSERT INTO src.orders SELECT 'u' || (i % 200 + 1),
        timestamptz '2026-01-01Z' - i * interval '10 s', i % 89 FROM generate_series(1, 150000) i;
      INSERT INTO src.visits SELECT user_id, event_time FROM src.orders
        WHERE event_time < '2026-01-01Z';
      CREATE INDEX visits_event_time_idx ON src.visits (event_time);
      ANALYZE src.exposures, src.orders, src.visits;
      CREATE ROLE versions LOGIN;
      CREATE ROLE versions_reader;
      GRANT CREATE ON DATABASE ${database} TO versions;
      GRANT USAGE ON SCHEMA src TO versions;
      GRANT SELECT ON ALL TABLES IN SCHEMA src TO versions;
      """;

  private static final String NO_ROLES =
      """
      DROP OWNED BY versions, versions_reader CASCADE;
      DROP ROLE versions, versions_reader;
      """;

  private static final String METRICS =
      """
      metrics:
        median: { fact: orders, aggregation: percentile, valueColumn: amount, percentile: 0.5 }
        amounts: { fact: orders, aggregation: count_distinct, valueColumn: amount }
        order_value: { aggregation: ratio, numerator: { fact: orders, valueColumn: amount }, denominator: { fact: orders } }
        path: { aggregation: funnel, steps: [{ fact: visits }, { fact: orders }] }
        adjusted: { fact: orders, aggregation: sum, valueColumn: amount, winsorizeAt: 0.99, cuped: { lookbackDays: 2 } }
      """;

  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir private static Path directory;
  private static Map<String, List<String>> expected;

  @BeforeAll
  static void seeWhatTheUsualVersionDoes() throws IOException {
    expected = story(TestDatabase.create(), 17);
  }

  @ParameterizedTest
  @ValueSource(ints = {14, 16, 18})
  void everyVersionPublishesAndPrintsTheSame(int version) throws IOException {
    try (OtherPostgres server = OtherPostgres.start(version)) {
      story(server.createDatabase(), version)
          .forEach((step, seen) -> assertThat(seen).as(step).isEqualTo(expected.get(step)));
    }
  }

  /** Returns what each step of a project's first days prints or publishes. */
  private static Map<String, List<String>> story(TestDatabase database, int version)
      throws IOException {
    Shop shop = shop(database);
    try {
      return steps(shop, version);
    } finally {
      database.execute(NO_ROLES);
      shop.close();
    }
  }

  private static Map<String, List<String>> steps(Shop shop, int version) throws IOException {
    Map<String, List<String>> steps = new LinkedHashMap<>();
    Path file = shop.write(directory);
    steps.put("validate", lines(file, "validate"));
    steps.put("doctor of a new project", findings(file, version));
    steps.put("plan", lines(file, "run", "--dry-run", "--to", Shop.hour(24).toString()));
    steps.put("preview", lines(file, preview()));

    assertThat(lines(file, "run", "--to", Shop.hour(24).toString()).get(0))
        .startsWith("succeeded: ")
        .contains(" 0 late");
    steps.put("first run", published(shop));
    changeTheLastHours(shop);
    assertThat(lines(file, "run", "--to", Shop.hour(25).toString()).get(0))
        .startsWith("succeeded: ")
        .doesNotContain(" 0 late");
    steps.put("hourly run", published(shop));
    List<String> incremental = lines(file, "results");
    lines(file, "backfill", "--full-refresh");
    steps.put("full refresh", published(shop));

    steps.put("results", lines(file, "results"));
    assertThat(steps.get("results")).isEqualTo(incremental);
    steps.put("results by dimension", lines(file, "results", "--dimension", "digit"));
    steps.put("explain", explained(file));
    steps.put("power", lines(file, "power", "--policy", "pricing", "--metric", "revenue"));
    steps.put("doctor", findings(file, version));
    steps.put("grants", grants(shop.database()));
    for (String command : List.of("runs", "freshness")) {
      assertThat(lines(file, command)).as(command).isNotEmpty();
    }
    lines(file, "drop", "pricing");
    steps.put("drop", published(shop));
    return steps;
  }

  /** But for how far it looks, which is the end of the hour in which the test runs. */
  private static List<String> explained(Path file) {
    List<String> lines = new ArrayList<>(lines(file, "explain", "pricing", "revenue", "u3"));
    assertThat(lines.remove(2)).startsWith("looked for rows from 2025-12-02T00:00:00Z to ");
    return lines;
  }

  private static Shop shop(TestDatabase database) {
    Shop shop = new Shop(database).fill(200, 24);
    database.execute(SOURCE.replace("${database}", database.name()));
    return shop.replace("username: postgres", "username: versions")
        .replace("pipeline: {", "pipeline: { readers: [versions_reader],")
        .replace("AS allocation_key FROM", "AS allocation_key, right(user_id, 1) AS digit FROM")
        .replace("facts:\n", "    dimensions: [digit]\nfacts:\n")
        .replace("metrics:\n", METRICS)
        .replace("startsAt:", "cuped: true\n    startsAt:");
  }

  /** A late fact, a late unit, a unit seen in a second allocation, and deleted facts. */
  private static void changeTheLastHours(Shop shop) {
    shop.order("'u3'", "1000.25", 22.5)
        .expose("'late'", "a", 21.5)
        .order("'late'", "7", 23)
        .expose("'u4'", "b", 23.25)
        .order("'u5'", "3.5", 24.5);
    shop.database()
        .execute(
            "DELETE FROM src.orders WHERE event_time >= '%s' AND event_time < '%s'"
                .formatted(Shop.hour(22), Shop.hour(22.25)));
  }

  private static String[] preview() {
    return new String[] {
      "preview",
      "fact",
      "orders",
      "--from",
      Shop.hour(1).toString(),
      "--to",
      Shop.hour(2).toString()
    };
  }

  private static List<String> lines(Path file, String... command) {
    List<String> args = new ArrayList<>(List.of(command));
    args.addAll(List.of("-c", file.toString()));
    Invocation done = Invocation.of(args.toArray(String[]::new));
    assertThat(done.exitCode()).as("%s: %s%s", args, done.out(), done.err()).isZero();
    return done.out().lines().toList();
  }

  /** Returns what the doctor says, without what differs from server to server. */
  private static List<String> findings(Path file, int version) throws IOException {
    List<String> findings = new ArrayList<>();
    String json = String.join("\n", lines(file, "doctor", "--format", "json"));
    for (JsonNode row : JSON.readTree(json)) {
      String check = row.get("check").asText();
      // How many rows a table has is the server's estimate, which a vacuum in between corrects.
      String message = row.get("message").asText().replaceAll("\\([0-9,]+ rows\\)", "(… rows)");
      if (check.equals("version")) {
        assertThat(message).startsWith("PostgreSQL " + version + ".");
      }
      boolean isServers = row.get("subject").asText().equals("connection");
      findings.add(
          String.join(
              "|",
              row.get("subject").asText(),
              check,
              row.get("status").asText(),
              isServers || check.equals("rows") ? "" : message,
              row.get("remedy").asText()));
    }
    return findings;
  }

  private static List<String> published(Shop shop) {
    return shop.published().stream().sorted().toList();
  }

  private static List<String> grants(TestDatabase database) {
    return database.rows(
        "SELECT relname, has_table_privilege('versions_reader', oid, 'SELECT') FROM pg_class"
            + " WHERE relnamespace = 'traffical'::regnamespace AND relkind IN ('r', 'p', 'v')"
            + " ORDER BY relname COLLATE \"C\"");
  }
}
