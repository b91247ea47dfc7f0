package io.traffical.pipeline.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import io.traffical.pipeline.cli.Invocation;
import io.traffical.pipeline.testing.PgBouncer;
import io.traffical.pipeline.testing.SharedCluster;
import io.traffical.pipeline.testing.Shop;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Whole runs through PgBouncer in transaction mode, with a pool of two for everything. */
@ExtendWith(SharedCluster.ForJobs.class)
class PoolerIT {
  private static final String SLOW_ORDERS =
      "SELECT user_id, event_time, amount FROM src.orders, pg_sleep(3) WHERE event_time BETWEEN"
          + " '{{start_date}}' AND '{{end_date}}'";

  private Shop shop;

  @BeforeEach
  void createShop() {
    shop = new Shop().fill(2000, 12);
  }

  @AfterEach
  void dropDatabase() {
    shop.close();
  }

  @Test
  void a12_runsThroughThePoolerEqualDirectOnes() throws SQLException {
    shop.run(6);
    shop.run(12);
    List<String> direct = shop.published();
    shop.database().execute("ALTER SCHEMA traffical RENAME TO traffical_direct");
    try (PgBouncer pooler = new PgBouncer(shop.database().port())) {
      shop.through(pooler.port());

      assertThat(Questions.problems(shop.definitions())).isEmpty();
      for (double hour : new double[] {6, 12}) {
        RunReport report = shop.run(hour);
        assertThat(report.status()).as(report.error()).isEqualTo("succeeded");
      }

      assertThat(shop.published()).isEqualTo(direct);
      assertThat(pooler.logged())
          .doesNotContain("unsupported startup parameter")
          .doesNotContain("prepared statement");
      assertThat(settingsOfAnotherClient(pooler)).isEqualTo(settingsOfAnotherClient(null));
    }
  }

  /** {@link PoolerBench} does two hundred. */
  @Test
  void a12_manyRunsOfFourDefinitionsAtOnceDisturbNobodyInThePool() throws SQLException {
    PoolerRuns.assertUndisturbed(12);
  }

  @Test
  void f8_anotherProgramInThePoolKeepsItsSettingsAndCanWriteWhileRunsGoOn() throws Exception {
    shop.database().execute("CREATE TABLE src.notes (note text)");
    try (PgBouncer pooler = new PgBouncer(shop.database().port());
        Connection other = connect(pooler.port())) {
      shop.through(pooler.port());
      other.setAutoCommit(false);
      Map<String, String> before = new TreeMap<>();
      for (int i = 0; i < 20; i++) {
        before.putAll(whatTheOtherFinds(other));
      }
      CompletableFuture<RunReport> run = CompletableFuture.supplyAsync(() -> shop.run(12));
      Map<String, Set<String>> during = new TreeMap<>();
      int rounds = 0;
      while (!run.isDone() || rounds < 50) {
        whatTheOtherFinds(other)
            .forEach((key, value) -> during.computeIfAbsent(key, k -> new TreeSet<>()).add(value));
        rounds++;
      }

      assertThat(run.join().status()).as(run.join().error()).isEqualTo("succeeded");
      assertThat(during.remove("pid")).as("sessions, which the run has used as well").hasSize(2);
      before.remove("pid");
      assertThat(during)
          .isEqualTo(
              before.entrySet().stream()
                  .collect(Collectors.toMap(Map.Entry::getKey, e -> Set.of(e.getValue()))));
      assertThat(before).containsKeys("statement_timeout", "TimeZone", "search_path");
      assertThat(before).containsEntry("default_transaction_read_only", "off");
    }
  }

  /**
   * In a transaction, which writes and takes back: the settings, by their names, and the session.
   */
  private static Map<String, String> whatTheOtherFinds(Connection other) throws SQLException {
    Map<String, String> found = new TreeMap<>();
    try (Statement statement = other.createStatement()) {
      assertThat(statement.executeUpdate("INSERT INTO src.notes VALUES ('mine')")).isOne();
      assertThat(statement.executeUpdate("DELETE FROM src.notes")).isOne();
      try (ResultSet rows =
          statement.executeQuery(
              "SELECT name, setting FROM pg_settings WHERE name NOT IN ('application_name',"
                  + " 'transaction_isolation') UNION ALL SELECT 'pid', pg_backend_pid()::text")) {
        while (rows.next()) {
          found.put(rows.getString(1), rows.getString(2));
        }
      }
    }
    other.commit();
    return found;
  }

  /** What another client of the pool finds: the sessions that the runs have used. */
  private List<String> settingsOfAnotherClient(PgBouncer pooler) throws SQLException {
    int port = pooler == null ? shop.database().port() : pooler.port();
    try (Connection client = connect(port);
        Statement statement = client.createStatement();
        ResultSet row =
            statement.executeQuery(
                "SELECT array_agg(name || '=' || setting ORDER BY name) FROM pg_settings WHERE name"
                    + " IN ('statement_timeout', 'lock_timeout', 'search_path', 'row_security',"
                    + " 'idle_in_transaction_session_timeout', 'default_transaction_read_only',"
                    + " 'work_mem', 'maintenance_work_mem', 'extra_float_digits', 'TimeZone')")) {
      row.next();
      return List.of((String[]) row.getArray(1).getArray());
    }
  }

  @Test
  void a13_aPoolerThatIsKilledIsWaitedForAndNothingIsLostOrDoubled() {
    shop.run(12);
    List<String> direct = resultsAndAssignments();
    shop.database().execute("ALTER SCHEMA traffical RENAME TO traffical_direct");
    shop.orders(SLOW_ORDERS);
    try (PgBouncer pooler = new PgBouncer(shop.database().port())) {
      shop.through(pooler.port());
      CompletableFuture<RunReport> run = CompletableFuture.supplyAsync(() -> shop.run(12));
      await().atMost(Duration.ofMinutes(2)).until(this::readsOrders);

      pooler.kill();
      pooler.start();

      RunReport report = run.join();
      assertThat(report.status()).as(report.error()).isEqualTo("succeeded");
      assertThat(resultsAndAssignments()).isEqualTo(direct);
      RunReport next = shop.run(12);
      assertThat(next.status()).as(next.error()).isEqualTo("succeeded");
      assertThat(resultsAndAssignments()).isEqualTo(direct);
    }
  }

  @Test
  void a13_aPoolerThatStaysDeadIsUnavailable(@TempDir Path directory) {
    shop.run(6);
    List<String> before = shop.published();
    shop.orders(SLOW_ORDERS);
    try (PgBouncer pooler = new PgBouncer(shop.database().port())) {
      shop.through(pooler.port());
      String file = shop.write(directory).toString();
      String to = Shop.hour(12).toString();
      CompletableFuture<Invocation> run =
          CompletableFuture.supplyAsync(() -> Invocation.of("run", "--to", to, "-c", file));
      await().atMost(Duration.ofMinutes(2)).until(this::readsOrders);

      pooler.kill();

      assertThat(run.join().err())
          .containsPattern("(?m)^retrying in \\d+\\.\\d s: UNAVAILABLE \\[08001\\]: Connection to ")
          .containsPattern("(?m)^ERROR UNAVAILABLE \\[08\\d\\d\\d\\] ")
          .contains("host=localhost:" + pooler.port() + "/" + shop.database().name())
          .contains(" | hint: check that the server is up and reachable, then run again");
      assertThat(run.join().exitCode()).isEqualTo(3);
      assertThat(shop.published()).isEqualTo(before);
    }
  }

  private boolean readsOrders() {
    return !shop.database()
        .rows(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND query LIKE"
                + " 'COPY%pg_sleep%' AND state = 'active' AND pid <> pg_backend_pid()")
        .isEmpty();
  }

  private List<String> resultsAndAssignments() {
    return shop.published().stream()
        .filter(row -> row.startsWith("result") || row.startsWith("assignment"))
        .toList();
  }

  @Test
  void a10_aPoolWithoutAFreeConnectionIsAskedAgain() throws Exception {
    try (PgBouncer pooler = new PgBouncer(shop.database().port(), "query_wait_timeout = 3");
        Connection one = idleInTransaction(pooler);
        Connection other = idleInTransaction(pooler)) {
      shop.through(pooler.port());
      CompletableFuture<RunReport> run = CompletableFuture.supplyAsync(() -> shop.run(6));
      await()
          .atMost(Duration.ofMinutes(1))
          .until(() -> pooler.logged().contains("query_wait_timeout"));
      one.rollback();
      other.rollback();

      RunReport report = run.join();

      assertThat(report.status()).as(report.error()).isEqualTo("succeeded");
    }
  }

  @Test
  void a10_aPoolThatStaysFullIsUnavailable() throws Exception {
    try (PgBouncer pooler = new PgBouncer(shop.database().port(), "query_wait_timeout = 1");
        Connection one = idleInTransaction(pooler);
        Connection other = idleInTransaction(pooler)) {
      shop.through(pooler.port());
      Instant start = Instant.now();

      assertThat(catchThrowableOfType(RunFailure.class, () -> shop.run(6)))
          .hasMessageStartingWith("UNAVAILABLE [08P01] host=localhost:" + pooler.port())
          .hasMessageContaining("query_wait_timeout")
          .hasMessageEndingWith(
              " | hint: check the pooler's pool_size and timeouts, then run again")
          .returns(RunFailure.Kind.UNAVAILABLE, RunFailure::kind);

      assertThat(Duration.between(start, Instant.now())).isLessThan(Duration.ofSeconds(62));
      assertThat(one.isClosed() || other.isClosed()).isFalse();
    }
  }

  private Connection idleInTransaction(PgBouncer pooler) throws SQLException {
    Connection client = connect(pooler.port());
    client.setAutoCommit(false);
    try (Statement statement = client.createStatement()) {
      statement.execute("SELECT 1");
    }
    return client;
  }

  private Connection connect(int port) throws SQLException {
    return DriverManager.getConnection(
        "jdbc:postgresql://127.0.0.1:"
            + port
            + "/"
            + shop.database().name()
            + "?prepareThreshold=0",
        "postgres",
        "postgres");
  }
}
