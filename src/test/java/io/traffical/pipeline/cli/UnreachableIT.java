package io.traffical.pipeline.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.traffical.pipeline.testing.Aftermath;
import io.traffical.pipeline.testing.TcpProxy;
import io.traffical.pipeline.testing.TestDatabase;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Servers that are not there, not ready, full, or do not let us in. They are only asked, so that
 * there is nothing to publish: the next good command is an answer.
 */
class UnreachableIT {
  @TempDir private static Path directory;
  private static TestDatabase database;

  @BeforeAll
  static void createDatabase() {
    database = TestDatabase.create();
  }

  @AfterAll
  static void dropDatabase() {
    database.close();
  }

  @ParameterizedTest
  @CsvSource({
    "localhost, 1, Connection to localhost:1 refused.",
    "no-such.invalid, 5432, unknown host no-such.invalid under connection |",
  })
  void a1_aServerThatIsNotThereIsAskedAgainForAWhile(String host, int port, String why) {
    Instant start = Instant.now();

    Invocation validate = validate(host, port, "d", "u");

    assertThat(validate.err())
        .contains("ERROR UNAVAILABLE [08001] host=%s:%d/d user=u: %s".formatted(host, port, why))
        .containsPattern(
            "(?m)^retrying in \\d+\\.\\d s: UNAVAILABLE \\[08001\\]: " + why.substring(0, 16))
        .contains(" | hint: check that the server is up and reachable, then run again");
    assertThat(validate.exitCode()).isEqualTo(3);
    assertThat(Duration.between(start, Instant.now())).isLessThan(Duration.ofSeconds(60));
  }

  @Test
  void a1_anUnknownHostIsNamedWithWhereItStandsInTheFile() {
    Invocation validate =
        validate(
            "localhost",
            database.port(),
            database.name(),
            "postgres",
            "source: { host: no-such.invalid }\n");

    assertThat(validate.err())
        .contains(
            "ERROR UNAVAILABLE [08001] host=no-such.invalid:%d/%s user=postgres: unknown host no-such.invalid under source | hint: "
                .formatted(database.port(), database.name()));
    assertThat(validate.exitCode()).isEqualTo(3);
  }

  @Test
  void a1_aServerThatHangsUpIsAskedFiveTimes() throws IOException {
    try (TcpProxy proxy = new TcpProxy(database.port())) {
      proxy.refuse();

      Invocation validate = validate("localhost", proxy.port(), database.name(), "postgres");

      assertThat(validate.err()).contains("ERROR UNAVAILABLE [08");
      assertThat(validate.err().lines().filter(line -> line.startsWith("retrying in "))).hasSize(4);
      assertThat(validate.exitCode()).isEqualTo(3);
      assertThat(proxy.connections()).isEqualTo(5);
    }
  }

  @Test
  void a2_aServerThatComesBackInTimeIsUsed() throws IOException {
    try (TcpProxy proxy = new TcpProxy(database.port())) {
      proxy.refuse();
      CompletableFuture<Invocation> validate =
          CompletableFuture.supplyAsync(
              () -> validate("localhost", proxy.port(), database.name(), "postgres"));
      await().until(() -> proxy.connections() >= 2);

      proxy.pass();

      assertThat(validate.join().exitCode()).as(validate.join().err()).isZero();
    }
  }

  @Test
  void a2_aServerThatIsShuttingDownIsWaitedFor() throws Exception {
    try (EmbeddedPostgres server = EmbeddedPostgres.start();
        Connection busy = server.getPostgresDatabase().getConnection();
        Statement statement = busy.createStatement()) {
      // A smart shutdown refuses new clients with 57P03 for as long as this one is there.
      statement.execute("CREATE ROLE nobody_yet");
      signal(pid(busy), "TERM");
      await().until(() -> isRefused(server.getPort()));

      Invocation validate = validate("localhost", server.getPort(), "postgres", "postgres");

      assertThat(validate.err())
          .contains("ERROR UNAVAILABLE [57P03] host=localhost:" + server.getPort())
          .contains("the database system is shutting down");
      assertThat(validate.exitCode()).isEqualTo(3);
    }
  }

  /** Returns the process of the server itself, whose children serve clients. */
  private static long pid(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                "SELECT split_part(pg_read_file('postmaster.pid'), E'\\n', 1)")) {
      row.next();
      return row.getLong(1);
    }
  }

  private static void signal(long pid, String name) throws IOException, InterruptedException {
    new ProcessBuilder("kill", "-" + name, Long.toString(pid)).start().waitFor();
  }

  private static boolean isRefused(int port) {
    String url = "jdbc:postgresql://localhost:" + port + "/postgres";
    try (Connection connection = DriverManager.getConnection(url, "postgres", "postgres")) {
      return connection.isClosed();
    } catch (SQLException e) {
      return "57P03".equals(e.getSQLState());
    }
  }

  @Test
  void a11_aRoleWithoutAFreeConnectionIsAskedAgain() throws Exception {
    database.execute("CREATE ROLE single LOGIN CONNECTION LIMIT 1");
    String url = "jdbc:postgresql://localhost:" + database.port() + "/" + database.name();
    Instant start = Instant.now();
    try (Connection only = DriverManager.getConnection(url, "single", "")) {
      Invocation validate = validate("localhost", database.port(), database.name(), "single");

      assertThat(validate.err())
          .contains("ERROR UNAVAILABLE [53300] host=localhost:" + database.port())
          .contains("too many connections for role \"single\"")
          .contains(" | hint: allow the role more connections, or lower pipeline.parallelism");
      assertThat(validate.exitCode()).isEqualTo(3);
      assertThat(Duration.between(start, Instant.now())).isLessThan(Duration.ofSeconds(60));
      assertThat(only.isClosed()).isFalse();
    }
    assertThat(validate("localhost", database.port(), database.name(), "single").exitCode())
        .isZero();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "NAME | no_such_role | 28000 | check user name and password, and the server's pg_hba.conf",
        "no_such_database | postgres | 3D000 | check the database's name",
      })
  void b7_aRefusedLoginIsNotTriedAgain(String name, String role, String state, String hint)
      throws IOException {
    String databaseName = name.replace("NAME", database.name());
    try (TcpProxy proxy = new TcpProxy(database.port())) {
      Invocation validate = validate("localhost", proxy.port(), databaseName, role);

      assertThat(validate.err())
          .contains(
              "ERROR PERMISSION [%s] host=localhost:%d/%s user=%s: "
                  .formatted(state, proxy.port(), databaseName, role))
          .contains(" | hint: " + hint);
      assertThat(validate.exitCode()).isEqualTo(2);
      assertThat(proxy.connections()).isEqualTo(1);
    }
  }

  private static Invocation validate(String host, int port, String name, String role) {
    return validate(host, port, name, role, "");
  }

  private static Invocation validate(String host, int port, String name, String role, String more) {
    String text =
        "version: \"1.0\"\nconnection: { host: %s, port: %d, database: %s, username: %s, password: %s, sslMode: disable }\n"
                .formatted(host, port, name, role, Aftermath.password())
            + more;
    database.beforeRun();
    try {
      Path file = Files.writeString(directory.resolve("traffical.yaml"), text);
      return Invocation.of("validate", "-c", file.toString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
