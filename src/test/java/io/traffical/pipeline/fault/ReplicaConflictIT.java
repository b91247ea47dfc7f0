package io.traffical.pipeline.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import io.traffical.pipeline.run.RunFailure;
import io.traffical.pipeline.run.RunReport;
import io.traffical.pipeline.testing.Shop;
import io.traffical.pipeline.testing.Standby;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A replica drops row versions that a long read still needs, and ends the read. */
class ReplicaConflictIT {
  private static final String READING =
      "SELECT pid FROM pg_stat_activity WHERE state = 'active' AND query LIKE 'COPY%src.wait()%'";
  private static final String CONFLICTS =
      "SELECT confl_snapshot FROM pg_stat_database_conflicts WHERE datname = '%s'";

  private static Standby standby;
  private Shop shop;
  private List<String> expected;

  @BeforeAll
  static void startServers() {
    standby = Standby.start(Map.of("max_standby_streaming_delay", "0"));
  }

  @AfterAll
  static void stopServers() {
    standby.close();
  }

  @BeforeEach
  void createShop() {
    shop =
        new Shop(standby.createDatabase())
            .fill(500, 9)
            .replace("scan: 6h, parallelism: 2", "scan: 1d, parallelism: 1");
    shop.run(6);
    expected = FaultLab.exact(shop.published());
    shop.database().execute("DROP SCHEMA traffical CASCADE");
    shop.database()
        .execute(
            """
            CREATE FUNCTION src.wait() RETURNS int LANGUAGE plpgsql AS $$ BEGIN
              WHILE NOT pg_try_advisory_xact_lock_shared(4711) LOOP PERFORM pg_sleep(0.02); END LOOP;
              RETURN 1;
            END $$;
            """);
    shop.replace("FROM src.orders", "FROM src.orders, src.wait() w")
        .replace("pipeline:", "source: { port: " + standby.port() + " }\npipeline:");
    standby.catchUp();
  }

  @AfterEach
  void dropDatabase() {
    shop.close();
  }

  @Test
  void f9_aReadThatAReplicaEndsIsBegunAgain() throws SQLException {
    CompletableFuture<RunReport> run;
    try (Connection gate = closedGate()) {
      run = CompletableFuture.supplyAsync(() -> shop.run(6));
      dropVersions(1, run);
    }

    RunReport report = run.join();

    assertThat(report.status()).as(report.error()).isEqualTo("succeeded");
    assertThat(FaultLab.exact(shop.published())).isEqualTo(expected);
  }

  @Test
  void f9_aReplicaThatEndsEveryReadIsUnavailableAndTheHintSaysWhatToSetThere() throws SQLException {
    try (Connection gate = closedGate()) {
      CompletableFuture<RunFailure> run =
          CompletableFuture.supplyAsync(
              () -> catchThrowableOfType(RunFailure.class, () -> shop.run(6)));
      dropVersions(3, run);

      RunFailure failure = run.join();

      assertThat(failure.kind()).isEqualTo(RunFailure.Kind.UNAVAILABLE);
      assertThat(failure)
          .hasMessageStartingWith("UNAVAILABLE [40001] definition=fact orders window=[")
          .hasMessageContaining("canceling statement due to conflict with recovery")
          .hasMessageEndingWith(
              "| hint: set hot_standby_feedback = on on the replica, or raise its"
                  + " max_standby_streaming_delay, then run again");
    }
    RunReport next = shop.run(6);
    assertThat(next.status()).as(next.error()).isEqualTo("succeeded");
    assertThat(FaultLab.exact(shop.published())).isEqualTo(expected);
  }

  /** Reading orders waits on the standby until the connection is closed. */
  private Connection closedGate() throws SQLException {
    Connection gate =
        DriverManager.getConnection(
            "jdbc:postgresql://localhost:" + standby.port() + "/" + shop.database().name(),
            "postgres",
            "postgres");
    try (Statement statement = gate.createStatement()) {
      statement.execute("SELECT pg_advisory_lock(4711)");
    }
    return gate;
  }

  /** Removes, so many times, the row versions that a read of the orders sees. */
  private void dropVersions(int times, CompletableFuture<?> run) {
    for (int conflicts = 1; conflicts <= times; conflicts++) {
      int last = conflicts;
      await()
          .atMost(Duration.ofMinutes(1))
          .until(() -> run.isDone() || !standby.onStandby(READING).isEmpty());
      assertThat(run).isNotDone();
      shop.database().execute("UPDATE src.orders SET amount = amount");
      shop.database().execute("VACUUM src.orders");
      await("the standby to end the read")
          .atMost(Duration.ofMinutes(1))
          .until(
              () ->
                  standby
                      .onStandby(CONFLICTS.formatted(shop.database().name()))
                      .equals(List.of("" + last)));
    }
  }
}
