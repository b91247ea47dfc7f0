package io.traffical.pipeline.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.traffical.pipeline.testing.TestDatabase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The two files that init writes work together, with no more changes than they ask for. */
class RoleFileIT {
  private static final String SOURCE =
      """
      CREATE SCHEMA analytics;
      CREATE TABLE analytics.experiment_assignments (
        user_id text, assigned_at timestamptz, experiment_name text, variant text);
      CREATE TABLE analytics.orders (user_id text, event_time timestamptz, order_total numeric);
      INSERT INTO analytics.experiment_assignments
        SELECT 'u' || i, '2026-01-01T00:30:00Z', 'pricing_test',
          CASE WHEN i % 2 = 0 THEN 'control' ELSE 'treatment' END FROM generate_series(1, 40) i;
      INSERT INTO analytics.orders
        SELECT 'u' || i, '2026-01-01T02:30:00Z', i FROM generate_series(1, 40) i;
      """;
  private static final String DROP_ROLES =
      "DROP ROLE IF EXISTS traffical; DROP ROLE IF EXISTS traffical_reader";

  @TempDir private Path directory;
  private TestDatabase database;
  private Path file;

  @BeforeEach
  void writeFiles() throws IOException {
    database = TestDatabase.create();
    database.execute(SOURCE);
    database.execute(DROP_ROLES);
    Invocation.of("init", directory.toString());
    file = directory.resolve("traffical.yaml");
    Files.writeString(
        file,
        Files.readString(file)
            .replace("your_database", database.name())
            .replace("port: 5432", "port: " + database.port())
            .replace("sslMode: require", "sslMode: disable"));
  }

  @AfterEach
  void drop() {
    database.close();
    TestDatabase other = TestDatabase.create();
    other.execute(DROP_ROLES);
    other.close();
  }

  private String roleFile() throws IOException {
    return Files.readString(directory.resolve("role.sql"))
        .replace("your_database", database.name());
  }

  private Invocation traffical(String... args) {
    String[] all = new String[args.length + 2];
    System.arraycopy(args, 0, all, 0, args.length);
    all[args.length] = "-c";
    all[args.length + 1] = file.toString();
    return Invocation.with(
        Map.of(
            "TRAFFICAL_PASSWORD", "<strong-random-password>",
            "TRAFFICAL_READER_PASSWORD", "<another-strong-random-password>"),
        all);
  }

  private void assertRuns() {
    assertThat(traffical("doctor")).satisfies(d -> assertThat(d.exitCode()).as(d.out()).isZero());
    Invocation run = traffical("run", "--to", "2026-01-01T06:00:00Z");
    assertThat(run.exitCode()).as(run.err()).isZero();
    assertThat(database.rows("SELECT DISTINCT metric_key FROM traffical.latest_results ORDER BY 1"))
        .containsExactly("orders_per_user", "purchase_rate", "revenue_per_user");
    assertThat(traffical("doctor").out())
        .contains("  ok    tables      as this version of the program makes them\n");
  }

  @Test
  void theFileRunsAsItIsAndIsEnoughForARun() throws IOException {
    database.execute(roleFile());

    assertRuns();
  }

  @Test
  void theStricterAlternativesAreEnoughToo() throws IOException {
    String strict =
        roleFile()
            .replaceAll("(?m)^-- (CREATE|GRANT|ALTER DEFAULT|  GRANT)", "$1")
            .replaceFirst("(?m)^GRANT CREATE ON DATABASE .*$", "")
            .replaceAll("(?m)^GRANT (USAGE|SELECT) ON .*analytics TO traffical;$", "");
    database.execute(strict);
    Files.writeString(
        file,
        Files.readString(file)
            .replace(
                "\n# schema: traffical\n",
                "\nsource: { username: traffical_reader, password:"
                    + " \"${TRAFFICAL_READER_PASSWORD}\" }\n"));

    assertRuns();
    assertThat(
            database.rows(
                "SELECT has_schema_privilege('traffical', 'analytics', 'USAGE'),"
                    + " has_database_privilege('traffical', current_database(), 'CREATE'),"
                    + " has_schema_privilege('traffical_reader', 'traffical', 'USAGE')"))
        .containsExactly("f|f|f");
  }
}
