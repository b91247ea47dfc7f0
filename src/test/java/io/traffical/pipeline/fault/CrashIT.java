package io.traffical.pipeline.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import io.traffical.pipeline.run.RunFailure;
import io.traffical.pipeline.run.RunReport;
import io.traffical.pipeline.testing.OwnPostgres;
import io.traffical.pipeline.testing.SharedCluster;
import io.traffical.pipeline.testing.Shop;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * The server dies while a run works, or has no room left: the old state stands, the next is exact.
 */
@ExtendWith(SharedCluster.ForJobs.class)
class CrashIT {
  private static final String STAGING =
      "SELECT relname FROM pg_class WHERE starts_with(relname, '_s_')";

  private static OwnPostgres server;
  private Shop shop;

  @BeforeAll
  static void startServer() {
    server = new OwnPostgres();
  }

  @AfterAll
  static void stopServer() {
    server.close();
  }

  @BeforeEach
  void createShop() {
    shop = new Shop(server.createDatabase()).fill(3000, 12);
  }

  @AfterEach
  void dropDatabase() {
    shop.close();
  }

  /** A backend that is killed takes the server with it: all connections end, and it recovers. */
  @Test
  void g5_aServerThatCrashesWhileARunPublishesLosesNothing() throws Exception {
    shop.run(6);
    List<String> before = shop.published();
    CompletableFuture<RunReport> run;
    try (Connection gate = shop.database().connect();
        Statement statement = gate.createStatement()) {
      gate.setAutoCommit(false);
      statement.execute("LOCK TABLE traffical.metric_results IN SHARE MODE");
      run = CompletableFuture.supplyAsync(() -> shop.run(9));
      await()
          .atMost(Duration.ofMinutes(2))
          .until(() -> !shop.database().rows(waiting("metric_results")).isEmpty());
      server.kill(Long.parseLong(shop.database().rows(waiting("metric_results")).get(0)));
    }
    assertThat(ended(run)).isIn("succeeded", "FAILED", "UNAVAILABLE");
    assertNothingIsLost(before);
  }

  @Test
  void g5_aServerThatCrashesWhileARunStagesLosesNothing() throws Exception {
    shop.run(6);
    List<String> before = shop.published();
    // Reading orders waits until something is staged; rows of a part of the units are, by then.
    shop.database()
        .execute(
            """
            CREATE FUNCTION src.wait() RETURNS numeric LANGUAGE plpgsql AS $$ BEGIN
              LOOP PERFORM pg_sleep(0.1); END LOOP;
            END $$;
            """);
    String file = shop.file();
    shop.orders(
        "SELECT user_id, event_time, src.wait() AS amount FROM src.orders WHERE event_time BETWEEN"
            + " '{{start_date}}' AND '{{end_date}}'");
    CompletableFuture<RunReport> run = CompletableFuture.supplyAsync(() -> shop.run(9));
    await()
        .atMost(Duration.ofMinutes(2))
        .until(() -> !shop.database().rows(active("src.wait")).isEmpty());
    assertThat(shop.database().rows(STAGING)).isNotEmpty();
    shop.database()
        .execute(
            "CREATE OR REPLACE FUNCTION src.wait() RETURNS numeric LANGUAGE sql AS 'SELECT 1.0'");
    server.kill(Long.parseLong(shop.database().rows(active("src.wait")).get(0)));

    assertThat(ended(run)).isIn("succeeded", "FAILED", "UNAVAILABLE");
    shop.replace(shop.file(), file);
    assertNothingIsLost(before);
  }

  @Test
  void g6_aFullDiskLeavesTheOldStateAndNothingElse() {
    try (OwnPostgres.SmallDisk disk = server.smallDisk(16)) {
      disk.use(shop.database());
      shop.run(2);
      List<String> before = shop.published();
      shop.database()
          .execute(
              """
              SET default_tablespace = '';
              CREATE TABLE src.more AS SELECT repeat('x', 100) || i AS user_id, timestamptz
                '2026-01-01T03:00Z' AS assigned_at, 'pricing' AS policy, 'a' AS variant
                FROM generate_series(1, 150000) i;
              """);
      String file = shop.file();
      shop.replace("FROM src.exposures", "FROM (TABLE src.exposures UNION ALL TABLE src.more) x");

      RunFailure failure = catchThrowableOfType(RunFailure.class, () -> shop.run(6));

      assertThat(failure).hasMessageStartingWith("UNAVAILABLE [53100] host=localhost:");
      assertThat(failure.kind()).isEqualTo(RunFailure.Kind.UNAVAILABLE);
      assertThat(shop.published()).isEqualTo(before);
      assertThat(shop.database().rows(STAGING)).as("staging tables left over").isEmpty();
      shop.replace(shop.file(), file);
      assertThat(shop.run(6).status()).isEqualTo("succeeded");
      shop.database().execute("DROP SCHEMA traffical CASCADE");
    }
  }

  private static String ended(CompletableFuture<RunReport> run) {
    return run.handle(
            (report, failure) ->
                failure == null
                    ? report.status() + (report.error() == null ? "" : ": " + report.error())
                    : ((RunFailure) failure.getCause()).kind().name())
        .join();
  }

  private void assertNothingIsLost(List<String> before) {
    await().ignoreExceptions().until(() -> shop.published() != null);
    RunReport next = shop.run(9);
    assertThat(next.status()).as(next.error()).isEqualTo("succeeded");
    List<String> published = FaultLab.exact(shop.published());
    assertThat(published).isNotEqualTo(FaultLab.exact(before));
    assertThat(shop.database().rows(STAGING)).as("staging tables left over").isEmpty();
    shop.database().execute("DROP SCHEMA traffical CASCADE");
    shop.run(6);
    shop.run(9);
    assertThat(FaultLab.exact(shop.published())).isEqualTo(published);
  }

  private static String waiting(String table) {
    return active(table) + " AND wait_event_type = 'Lock'";
  }

  private static String active(String what) {
    return "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND application_name ="
        + " 'traffical' AND state = 'active' AND query LIKE '%"
        + what
        + "%'";
  }
}
