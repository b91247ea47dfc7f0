package io.traffical.pipeline.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.traffical.pipeline.testing.DefinitionFiles;
import io.traffical.pipeline.testing.TestDatabase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a preview shows of a definition, and how it ends. */
class PreviewIT {
  private static final String SOURCE =
      """
      CREATE TABLE exposures (user_id uuid, assigned_at timestamptz, policy_key text,
        allocation_key text);
      INSERT INTO exposures VALUES
        ('00000000-0000-0000-0000-00000000000a', '2026-01-01T00:30:00Z', 'p', 'a'),
        ('00000000-0000-0000-0000-00000000000b', 'infinity', 'p', 'b');
      CREATE TABLE orders (user_id text, event_time timestamptz, total numeric, weight float4,
        tags jsonb, is_paid boolean, note text);
      INSERT INTO orders
        SELECT 'u' || i, timestamptz '2026-01-01Z' + i * interval '1 minute', i + 0.50, i / 4.0,
          '{"a": [1]}', i % 2 = 0, E'two\\nlines'
        FROM generate_series(1, 90) i;
      INSERT INTO orders SELECT 'now', now() - i * interval '10 minutes', 1 FROM
        generate_series(-12, 12) i;
      CREATE TABLE writes (n int);
      CREATE FUNCTION write() RETURNS int LANGUAGE sql AS 'INSERT INTO writes VALUES (1) RETURNING 1';
      """;

  private static final String DEFINITIONS =
      """
      pipeline: { delay: 0m, statementTimeout: 2s }
      entities:
        user: { keyType: userId }
      assignments:
        exposures:
          entity: user
          sql: SELECT * FROM exposures WHERE assigned_at >= '{{start_date}}'
      facts:
        orders:
          entity: user
          sql: |
            SELECT * FROM orders
            WHERE event_time >= '{{start_date}}' AND event_time < '{{end_date}}' -- all of it
        broken:
          entity: user
          sql: SELECT user_id, event_time FROM no_such_table WHERE '{{start_date}}' < '{{end_date}}'
        untimed:
          entity: user
          sql: SELECT user_id, total FROM orders WHERE event_time BETWEEN '{{start_date}}' AND '{{end_date}}'
        dividing:
          entity: user
          sql: SELECT user_id, event_time, 1 / (total - total) AS x FROM orders WHERE event_time BETWEEN '{{start_date}}' AND '{{end_date}}'
        writing:
          entity: user
          sql: SELECT user_id, event_time, write() FROM orders WHERE event_time BETWEEN '{{start_date}}' AND '{{end_date}}'
        slow:
          entity: user
          sql: SELECT user_id, event_time, pg_sleep(30) FROM orders WHERE event_time BETWEEN '{{start_date}}' AND '{{end_date}}'
      metrics:
        revenue: { fact: orders, aggregation: sum, valueColumn: total }
      policies:
        p:
          entity: user
          allocations: { a: 0.5, b: 0.5 }
          startsAt: 2026-01-01T00:00:00Z
      """;

  private static final String FROM = "2026-01-01T00:00:00Z";
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir private static Path directory;
  private static TestDatabase database;
  private static Path file;

  @BeforeAll
  static void createSource() throws IOException {
    database = TestDatabase.create();
    database.execute(SOURCE);
    file =
        Files.writeString(
            directory.resolve("traffical.yaml"),
            DefinitionFiles.connection(database) + DEFINITIONS);
  }

  @AfterAll
  static void drop() {
    database.close();
  }

  private static Invocation preview(String... more) {
    List<String> args = new ArrayList<>(List.of("preview", "-c", file.toString()));
    args.addAll(List.of(more));
    return Invocation.of(args.toArray(String[]::new));
  }

  @Test
  void showsTheRenderedSqlTheColumnsAndSomeRows() {
    Invocation preview = preview("fact", "orders", "--from", FROM, "--limit", "2");

    assertThat(preview)
        .isEqualTo(
            new Invocation(
                0,
                """
                user_id  event_time            total  weight  tags        is_paid  note
                u1       2026-01-01T00:01:00Z   1.50    0.25  {"a": [1]}  false    two lines
                u2       2026-01-01T00:02:00Z   2.50     0.5  {"a": [1]}  true     two lines
                """,
                """
                SELECT * FROM orders
                WHERE event_time >= '2026-01-01T00:00:00Z' AND event_time < '2026-01-01T01:00:00Z' -- all of it

                Columns: user_id text, event_time timestamptz, total numeric, weight float4, tags jsonb, is_paid bool, note text

                """));
  }

  @Test
  void printsRowsAsObjects() throws IOException {
    Invocation preview =
        preview(
            "fact", "orders", "--from", FROM, "--to", "2026-01-01T02:00:00Z", "--format", "json");

    JsonNode rows = JSON.readTree(preview.out());
    assertThat(rows).as("rows, ten unless told otherwise").hasSize(10);
    assertThat(rows.get(0).toString())
        .isEqualTo(
            "{\"user_id\":\"u1\",\"event_time\":\"2026-01-01T00:01:00Z\",\"total\":1.5,\"weight\":0.25,"
                + "\"tags\":{\"a\":[1]},\"is_paid\":false,\"note\":\"two\\nlines\"}");
    Invocation all =
        preview(
            "fact",
            "orders",
            "--from",
            FROM,
            "--to",
            "2026-01-01T02:00:00Z",
            "--format",
            "json",
            "--limit",
            "1000");
    assertThat(JSON.readTree(all.out())).hasSize(90);
  }

  @Test
  void showsTheLastDueWindowUnlessToldOtherwise() throws IOException {
    JsonNode rows = JSON.readTree(preview("fact", "orders", "--format", "json").out());

    assertThat(rows).hasSize(6);
    assertThat(rows).allMatch(row -> row.get("user_id").asText().equals("now"));
  }

  @Test
  void takesOneEndForOneWindow() {
    assertThat(preview("fact", "orders", "--to", "2026-01-01T02:00:00Z").err())
        .contains("'2026-01-01T01:00:00Z' AND event_time < '2026-01-01T02:00:00Z'");
    assertThat(preview("fact", "orders", "--to", "2025-01-01T02:00:00Z"))
        .satisfies(
            none -> {
              assertThat(none.exitCode()).isZero();
              assertThat(none.out()).isEmpty();
              assertThat(none.err())
                  .endsWith("No row from 2025-01-01T01:00:00Z to 2025-01-01T02:00:00Z.\n");
            });
  }

  @Test
  void showsAssignmentsWithTimesThatAreNone() {
    assertThat(preview("assignment", "exposures", "--from", FROM).out())
        .isEqualTo(
            """
            user_id                               assigned_at           policy_key  allocation_key
            00000000-0000-0000-0000-00000000000a  2026-01-01T00:30:00Z  p           a
            00000000-0000-0000-0000-00000000000b  infinity              p           b
            """);
  }

  @Test
  void sqlThatTheServerRefusesIsReportedWithItsLine() {
    Invocation broken = preview("fact", "broken");

    assertThat(broken.exitCode()).isEqualTo(1);
    assertThat(broken.out()).isEmpty();
    assertThat(broken.err())
        .endsWith(
            file
                + ":22: fact broken: DEFINITION [42P01]: relation \"no_such_table\" does not exist;"
                + " correct its sql.\n");
  }

  @Test
  void rowsAreShownAlsoWhenAColumnIsMissing() {
    Invocation untimed = preview("fact", "untimed", "--from", FROM, "--limit", "1");

    assertThat(untimed.exitCode()).isEqualTo(1);
    assertThat(untimed.out())
        .isEqualTo(
            """
            user_id  total
            u1        1.50
            """);
    assertThat(untimed.err())
        .endsWith(
            file
                + ":25: fact untimed: column \"event_time\" is missing, found user_id, total; add it"
                + " to the SELECT list.\n");
  }

  @Test
  void sqlThatFailsOnRowsOrWritesOrTakesTooLongIsReportedAndHasNoEffect() {
    assertThat(preview("fact", "dividing", "--from", FROM))
        .satisfies(
            failed -> {
              assertThat(failed.exitCode()).isEqualTo(1);
              assertThat(failed.err())
                  .contains(file + ":28: fact dividing: DEFINITION [22012]: division by zero; ");
            });
    assertThat(preview("fact", "writing", "--from", FROM).err())
        .contains("[25006]: cannot execute INSERT in a read-only transaction; ");
    assertThat(database.rows("SELECT * FROM writes")).isEmpty();
    assertThat(preview("fact", "slow", "--from", FROM).err())
        .contains("[57014]: canceling statement due to statement timeout; ");
  }
}
