package io.traffical.pipeline.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.traffical.pipeline.testing.SharedCluster;
import io.traffical.pipeline.testing.Shop;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Roles that may read what is published, and nothing else. */
@ExtendWith(SharedCluster.ForJobs.class)
class ReadersIT {
  private static final List<String> DOCUMENTED =
      List.of(
          "latest_results",
          "metric_results",
          "assignments",
          "policy_health",
          "policy_health_events",
          "watermarks",
          "runs",
          "run_definitions",
          "window_reads",
          "freshness");

  private final Shop shop = new Shop().fill(100, 6);
  private final String reader = shop.database().name() + " \"Analyst\"";
  private final String writer = shop.database().name() + "_writer";
  @TempDir private Path directory;

  @BeforeEach
  void createRoles() {
    shop.database()
        .execute(
            "CREATE ROLE %s LOGIN PASSWORD 'x'; CREATE ROLE %s LOGIN PASSWORD 'x'"
                .formatted(quoted(reader), writer));
    shop.replace("pipeline: {", "pipeline: { readers: ['" + reader + "'],");
  }

  @AfterEach
  void dropDatabase() {
    for (String role : List.of(quoted(reader), writer)) {
      shop.database().execute("DROP OWNED BY " + role + " CASCADE; DROP ROLE " + role);
    }
    shop.close();
  }

  private static String quoted(String role) {
    return '"' + role.replace("\"", "\"\"") + '"';
  }

  private Invocation run() {
    return Invocation.of(
        "run", "--to", Shop.hour(6).toString(), "-c", shop.write(directory).toString());
  }

  private long countAsReader(String table) {
    try (Connection connection = asReader();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT count(*) FROM " + table)) {
      row.next();
      return row.getLong(1);
    } catch (SQLException e) {
      throw new IllegalStateException(e.getMessage(), e);
    }
  }

  private Connection asReader() throws SQLException {
    return DriverManager.getConnection(
        "jdbc:postgresql://localhost:" + shop.database().port() + "/" + shop.database().name(),
        reader,
        "x");
  }

  private List<String> versions() {
    return shop.database()
        .rows(
            "SELECT relname, xmin FROM pg_class WHERE relnamespace = 'traffical'::regnamespace"
                + " AND relacl IS NOT NULL ORDER BY 1");
  }

  @Test
  void readWhatIsDocumentedAndNothingElse() {
    assertThat(run().exitCode()).isZero();

    for (String table : DOCUMENTED) {
      assertThat(countAsReader("traffical." + table)).as(table).isPositive();
    }
    assertThat(countAsReader("traffical._p_pricing_assignments")).isEqualTo(100);
    for (String table :
        List.of("traffical.unit_total_sets", "traffical.definition_users", "src.orders")) {
      assertThatThrownBy(() -> countAsReader(table)).hasMessageContaining("permission denied");
    }
    assertThatThrownBy(
            () -> {
              try (Connection connection = asReader();
                  Statement statement = connection.createStatement()) {
                statement.execute("DELETE FROM traffical.runs");
              }
            })
        .hasMessageContaining("permission denied");

    List<String> versions = versions();
    assertThat(versions).hasSize(DOCUMENTED.size() + 1);
    shop.replace(
        "policies:\n",
        """
        policies:
          later: { entity: user, allocations: { a: 0.5, b: 0.5 }, startsAt: 2026-01-01T00:00:00Z }
        """);
    assertThat(run().exitCode()).isZero();

    assertThat(countAsReader("traffical._p_later_assignments")).isZero();
    assertThat(versions()).as("nothing is granted twice").containsAll(versions);

    shop.replace("readers: ['" + reader + "'],", "");
    assertThat(run().exitCode()).isZero();
    assertThat(countAsReader("traffical.runs")).as("nothing is taken away").isEqualTo(3);
  }

  @Test
  void aReaderThatDoesNotExistIsNamedBeforeAnythingIsDone() {
    shop.replace("readers: ['", "readers: [postgres, nobody_like_this, '");

    Invocation refused = run();

    assertThat(refused.exitCode()).isEqualTo(1);
    assertThat(refused.err())
        .endsWith(
            "ERROR CONFIG host=localhost:%d/%s user=postgres: pipeline.readers names what is no role: \"nobody_like_this\" | hint: CREATE ROLE, or remove it from the list\n"
                .formatted(shop.database().port(), shop.database().name()));
    assertThat(shop.database().rows("SELECT to_regnamespace('traffical')")).containsExactly("∅");
    Invocation doctor = Invocation.of("doctor", "-c", shop.write(directory).toString());
    assertThat(doctor.exitCode()).isEqualTo(1);
    assertThat(doctor.out())
        .contains("fail  readers     pipeline.readers names what is no role: \"nobody_like_this\"");
  }

  @Test
  void whereTheSchemaBelongsToSomebodyElseHeHasToLetThemIn() {
    shop.database()
        .execute(
            """
            CREATE SCHEMA traffical;
            GRANT USAGE, CREATE ON SCHEMA traffical TO %1$s;
            GRANT USAGE ON SCHEMA src TO %1$s;
            GRANT SELECT ON ALL TABLES IN SCHEMA src TO %1$s;
            """
                .formatted(writer));
    shop.replace("username: postgres", "username: " + writer)
        .replace("password: postgres", "password: x");

    Invocation refused = run();

    assertThat(refused.exitCode()).isEqualTo(2);
    String grant = "GRANT USAGE ON SCHEMA \"traffical\" TO " + quoted(reader);
    assertThat(refused.err())
        .contains("\nERROR PERMISSION host=")
        .endsWith(
            ": pipeline.readers: the schema belongs to another role, who has to let them in | hint: "
                + grant
                + "\n");
    assertThat(shop.database().rows("SELECT count(*) FROM traffical.runs")).containsExactly("0");

    shop.database().execute(grant);

    assertThat(run().exitCode()).isZero();
    assertThat(countAsReader("traffical.latest_results")).isEqualTo(6);
  }
}
