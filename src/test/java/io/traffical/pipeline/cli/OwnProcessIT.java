package io.traffical.pipeline.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.traffical.pipeline.testing.Aftermath;
import io.traffical.pipeline.testing.DefinitionFiles;
import io.traffical.pipeline.testing.Programs;
import io.traffical.pipeline.testing.TestDatabase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs in a process of their own: with little memory, and with a clock that is wrong. */
class OwnProcessIT {
  private static final String SOURCE =
      """
      CREATE SCHEMA src;
      CREATE TABLE src.exposures AS
        SELECT 'u' || i AS user_id, date_trunc('day', now(), 'UTC') - interval '2 days' AS assigned_at,
          'p' AS policy_key, CASE WHEN i % 2 = 0 THEN 'a' ELSE 'b' END AS allocation_key
        FROM generate_series(0, 4999) i;
      """;

  private static final String DEFINITIONS =
      """
      pipeline: { parallelism: 2, PIPELINE }
      entities: { user: { keyType: userId } }
      assignments:
        exposures:
          entity: user
          sql: |
            SELECT user_id, assigned_at, policy_key, allocation_key FROM src.exposures
            WHERE assigned_at BETWEEN '{{start_date}}'::timestamptz AND '{{end_date}}'::timestamptz
      facts:
        visits:
          entity: user
          sql: |
            SELECT 'u' || (extract(epoch FROM t) * 125)::bigint % 5000 AS user_id, t AS event_time,
              1 AS amount, repeat('x', 80) AS note
            FROM generate_series('{{start_date}}'::timestamptz, '{{end_date}}'::timestamptz, STEP) t
            WHERE t < 'UNTIL'
      metrics:
        visits: { fact: visits, aggregation: sum, valueColumn: amount, filters: [{ column: note, operator: not_equals, values: [y] }] }
      policies:
        p: { entity: user, allocations: { a: 0.5, b: 0.5 }, startsAt: STARTS }
      """;

  private final TestDatabase database = TestDatabase.create();
  @TempDir private Path directory;

  @AfterEach
  void dropDatabase() {
    database.close();
  }

  private String value(String sql) {
    return database.rows(sql).get(0);
  }

  private String time(String expression) {
    return value("SELECT to_char((%s) AT TIME ZONE 'UTC', 'YYYY-MM-DD')".formatted(expression))
        + "T00:00:00Z";
  }

  private Path file(String pipeline, String step, String until) throws IOException {
    database.execute(SOURCE);
    String starts = time("date_trunc('day', now(), 'UTC') - interval '2 days'");
    return Files.writeString(
        directory.resolve("traffical.yaml"),
        DefinitionFiles.connection(database)
                .replace("password: postgres", "password: " + Aftermath.password())
            + DEFINITIONS
                .replace("PIPELINE", pipeline)
                .replace("STEP", step)
                .replace("UNTIL", until)
                .replace("STARTS", starts));
  }

  /** Ten million rows, a gigabyte of text as the server sends it if all columns were read. */
  @Test
  void c9_tenMillionRowsAreReadWithAHeapOf256Mebibytes() throws Exception {
    String until = time("date_trunc('day', now(), 'UTC') - interval '1 day'");
    Path file = file("scan: 6h", "interval '8 milliseconds'", until);

    String said = run(List.of(), "run", "-c", file.toString(), "--to", until);

    assertThat(said).contains("succeeded");
    assertThat(
            database.rows(
                "SELECT allocation_key, units, numerator FROM traffical.latest_results ORDER BY 1"))
        .containsExactly("a|2500|5400000", "b|2500|5400000");
  }

  @Test
  void e7_aHostWhoseClockIsTenMinutesAheadRunsByTheClockOfTheDatabase() throws Exception {
    String faketime = Programs.needed("faketime").toString();
    Path file = file("window: 1m, delay: 0s", "interval '1 minute'", "infinity");
    String before = value("SELECT clock_timestamp()");

    String said = run(List.of(faketime, "-m", "-f", "+10m"), "run", "-c", file.toString());

    assertThat(said).contains("succeeded");
    assertThat(
            database.rows(
                """
                SELECT status, range_end = date_trunc('minute', started_at) OR range_end = date_trunc('minute', finished_at),
                  started_at >= '%s' AND finished_at <= clock_timestamp() AND started_at <= finished_at
                FROM traffical.runs
                """
                    .formatted(before)))
        .as("windows and times of the run are the database's, not the host's")
        .containsExactly("succeeded|t|t");
    assertThat(
            database.rows(
                """
                SELECT sum(numerator) = sum(extract(epoch FROM as_of - (SELECT min(assigned_at) FROM src.exposures)) / 60) / 2
                FROM traffical.latest_results
                """))
        .containsExactly("t");
  }

  private String run(List<String> wrapper, String... arguments) throws Exception {
    Path said = Files.createTempFile(directory, "said", ".txt");
    database.beforeRun();
    List<String> line = new ArrayList<>(wrapper);
    line.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    line.addAll(List.of("-Xmx256m", "--add-opens=java.base/java.util=ALL-UNNAMED"));
    line.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
    line.addAll(List.of(arguments));
    ProcessBuilder builder =
        new ProcessBuilder(line).redirectErrorStream(true).redirectOutput(said.toFile());
    builder.environment().put("FAKETIME_DONT_FAKE_MONOTONIC", "1");
    builder.environment().keySet().removeAll(List.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS"));
    Process process = builder.start();
    try {
      assertThat(process.waitFor(4, TimeUnit.MINUTES)).as("the run ends").isTrue();
    } finally {
      process.destroyForcibly();
    }
    String all = Files.readString(said);
    Aftermath.hear(all);
    assertThat(process.exitValue()).as(all).isZero();
    return all;
  }
}
