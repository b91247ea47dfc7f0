package io.traffical.pipeline.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.traffical.pipeline.testing.DefinitionFiles;
import io.traffical.pipeline.testing.TestDatabase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What only the rows themselves, and the types of several definitions together, can show. */
class ValidateIT {
  /** Two rows per user in the last due day, one in each half, and one on every whole hour. */
  private static final String SOURCE =
      """
      CREATE SCHEMA src;
      CREATE TABLE src.exposures (user_id text, assigned_at timestamptz, policy text, variant text);
      CREATE TABLE src.orders (user_id text, event_time timestamptz, amount numeric, q int);
      INSERT INTO src.exposures
        SELECT 'u' || i, date_trunc('hour', now() - interval '10 minutes') - interval '3 hours', 'p', 'a'
        FROM generate_series(1, 5) i;
      INSERT INTO src.orders
        SELECT 'u' || i, date_trunc('hour', now() - interval '10 minutes') - h * interval '1 hour', i, 1
        FROM generate_series(1, 5) i, generate_series(0, 30) h;
      """;

  private static final String DEFINITIONS =
      """
      entities: { user: { keyType: userId } }
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
            SELECT user_id, event_time, amount, q FROM src.orders
            WHERE event_time BETWEEN '{{start_date}}' AND '{{end_date}}'
      metrics:
        revenue: { fact: orders, aggregation: sum, valueColumn: amount }
      policies:
        p: { entity: user, allocations: { a: 0.5, b: 0.5 }, startsAt: 2026-01-01T00:00:00Z }
      """;

  private final TestDatabase database = TestDatabase.create();
  @TempDir private Path directory;
  private Path file;

  @BeforeEach
  void fill() {
    database.execute(SOURCE);
    file = directory.resolve("traffical.yaml");
  }

  @AfterEach
  void dropDatabase() {
    database.close();
  }

  private Invocation validate(String definitions) throws IOException {
    Files.writeString(file, DefinitionFiles.connection(database) + definitions);
    return Invocation.of("validate", "-c", file.toString());
  }

  private static String reading(String sql) {
    return DEFINITIONS.replace(
        "SELECT user_id, event_time, amount, q FROM src.orders\n"
            + "      WHERE event_time BETWEEN '{{start_date}}' AND '{{end_date}}'",
        sql);
  }

  @Test
  void saysNothingOfRowsThatAreTheSameHoweverTimeIsCut() throws IOException {
    Invocation validate = validate(DEFINITIONS);

    assertThat(validate.out())
        .as("rows on the boundary of the halves are counted once, whatever columns are called")
        .hasLineCount(2)
        .contains(":7: warning: connection.password has the password in the file; ")
        .endsWith(
            file
                + " is valid: 1 policy, 1 metric, 1 assignment definition, 1 fact definition; 1"
                + " warning.\n");
    assertThat(validate.exitCode()).isZero();
  }

  @Test
  void showsThatRowsAreNotThoseOfTheHalves() throws IOException {
    Invocation validate =
        validate(
            reading(
                "SELECT user_id, min(event_time) AS event_time, sum(amount) AS amount FROM src.orders"
                    + " WHERE event_time >= '{{start_date}}' AND event_time < '{{end_date}}' GROUP BY user_id"));

    assertThat(validate.exitCode()).as(validate.out()).isZero();
    assertThat(validate.out())
        .containsPattern(
            "traffical.yaml:\\d+: warning: fact orders: the rows of \\[.*T..:00:00Z, .*T..:00:00Z\\)"
                + " are not those of its parts: \\[.*\\) and \\[.*\\) have 10 rows together instead of"
                + " 5; let the sql return single rows that do not depend on the slice; results are"
                + " wrong otherwise.");
  }

  @Test
  void showsThatAsManyRowsAreOthers() throws IOException {
    Invocation validate =
        validate(
            reading(
                "SELECT user_id, event_time, row_number() OVER (ORDER BY event_time, user_id) AS amount"
                    + " FROM src.orders WHERE event_time >= '{{start_date}}' AND event_time < '{{end_date}}'"));

    assertThat(validate.out()).contains("and [").contains(") have 120 other rows; let the sql");
  }

  @Test
  void sqlThatFailsOnItsRowsIsAnError() throws IOException {
    Invocation validate =
        validate(
            reading(
                "SELECT user_id, event_time, amount / (q - 1) AS amount FROM src.orders"
                    + " WHERE event_time >= '{{start_date}}' AND event_time < '{{end_date}}'"));

    assertThat(validate.exitCode()).as(validate.out()).isEqualTo(1);
    assertThat(validate.out())
        .contains(": fact orders: DEFINITION [22012]: division by zero; correct its sql.\n")
        .doesNotContain("warning: fact orders");
  }

  @Test
  void namesKeysOfDifferentTypes() throws IOException {
    Invocation validate =
        validate(
            reading(
                "SELECT 7 AS user_id, '{{start_date}}'::timestamptz AS event_time, 1 AS amount"
                    + " WHERE '{{start_date}}' < '{{end_date}}' AND false"));

    assertThat(validate.exitCode()).as(validate.out()).isZero();
    assertThat(validate.out())
        .contains(
            ": warning: fact orders: key column \"user_id\" is of type int4, and of type text in"
                + " assignment exposures: they meet as the text that Postgres prints; make sure that"
                + " the texts are equal (7 is not 07 or 7.0), or cast one of the two.\n");
  }
}
