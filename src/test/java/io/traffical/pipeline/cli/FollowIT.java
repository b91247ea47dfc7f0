package io.traffical.pipeline.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.traffical.pipeline.testing.Follower;
import io.traffical.pipeline.testing.Shop;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Following, in a process of its own that gets real signals. */
class FollowIT {
  private static final int SIGTERM = 143;
  private static final String RUN =
      "run [0-9a-f-]{36} succeeded: windows \\[[^,]+Z,[^,]+Z\\), [0-9]+ rows? read, 0 late, [0-9.]+"
          + " s";

  private final Shop shop = new Shop();
  private final Instant start =
      Instant.now().truncatedTo(ChronoUnit.MINUTES).minus(Duration.ofHours(30));
  @TempDir private Path directory;
  private Follower follower;

  @AfterEach
  void dropDatabase() {
    if (follower != null) {
      follower.close();
    }
    shop.close();
  }

  /** A policy that began 30 hours ago. */
  private void windows(String width) {
    shop.replace("startsAt: 2026-01-01T00:00:00Z", "startsAt: " + start)
        .replace("window: 1h, overlap: 3h", "window: " + width + ", overlap: 0s")
        .database()
        .execute(
            """
            INSERT INTO src.exposures SELECT 'u' || i, timestamptz '%1$s', 'pricing',
              CASE WHEN i %% 2 = 0 THEN 'a' ELSE 'b' END FROM generate_series(1, 40) i;
            INSERT INTO src.orders SELECT 'u' || i, timestamptz '%1$s' + interval '1 hour', 2
              FROM generate_series(1, 40) i;
            """
                .formatted(start));
  }

  private void follow() {
    follower = new Follower(shop.write(directory));
  }

  /** Returns whether no window was published too early, and whether none was twice or left out. */
  private List<String> publishedRuns() {
    return shop.database()
        .rows(
            """
            SELECT bool_and(range_end <= started_at), bool_and(range_start = before) FROM (
              SELECT *, lag(range_end, 1, range_start) OVER (ORDER BY started_at) AS before
              FROM traffical.runs WHERE status = 'succeeded') r
            """);
  }

  @Test
  void catchesUpInStepsRunsWindowsAsTheyFallDueAndStopsWhileItWaits() {
    // The next window is due in half a minute.
    int dueAt = (Instant.now().atZone(ZoneOffset.UTC).getSecond() + 30) % 60;
    windows("1m, delay: " + dueAt + "s");
    follow();
    follower.awaitLine(RUN, 2);
    follower.awaitLine("waiting: the next window is due at .*", 1);
    List<Path> unpacked = follower.temporaryFiles();
    follower.awaitLine(RUN, 3);
    Instant dayAfter = start.plus(Duration.ofDays(1));

    assertThat(unpacked)
        .as("what Flink talks through is loaded once")
        .filteredOn(file -> file.toString().endsWith(".jar"))
        .hasSize(1)
        .isSubsetOf(follower.temporaryFiles());
    List<String> runs = follower.said("run .*");
    assertThat(runs.get(0))
        .matches(RUN)
        .contains(" windows [" + start + "," + dayAfter + "), 80 rows read, ");
    assertThat(runs.get(1)).matches(RUN).contains(" windows [" + dayAfter + ",");
    assertThat(publishedRuns())
        .as("each run goes on where the last one ended, and none before its windows have ended")
        .containsExactly("t|t");
    assertThat(
            shop.database()
                .rows("SELECT 1 FROM traffical.runs WHERE status NOT IN ('succeeded', 'running')"))
        .isEmpty();
    assertThat(
            shop.database()
                .rows(
                    "SELECT DISTINCT numerator FROM traffical.latest_results WHERE metric_key ="
                        + " 'revenue'"))
        .containsExactly("40");

    assertThat(follower.terminate()).isLessThan(Duration.ofSeconds(10));
    assertThat(follower.waitFor()).isEqualTo(SIGTERM);
    assertThat(follower.said()).last().isEqualTo("stopped");
    assertThat(shop.database().rows("SELECT 1 FROM traffical.runs WHERE status = 'running'"))
        .isEmpty();
    assertThat(follower.temporaryFiles()).as("what is left behind").isEmpty();
  }

  @Test
  void g4_sigtermWhileCopyRunsEndsTheRunItsBackendsAndItsLease() {
    windows("1h, delay: 0s");
    shop.orders(
        """
        SELECT repeat('x', 500) || g || pg_sleep(0.0005)::text AS user_id, event_time, amount
        FROM src.orders, generate_series(1, 1000000) g
        WHERE event_time BETWEEN '{{start_date}}' AND '{{end_date}}'
        """);
    follow();
    awaitBackend("query LIKE 'COPY%src.orders%'");

    assertThat(follower.terminate()).isLessThan(Duration.ofSeconds(10));

    await().atMost(Duration.ofSeconds(5)).until(() -> backends("true") == 0);
    assertThat(follower.waitFor()).isEqualTo(SIGTERM);
    assertThat(follower.said()).last().isEqualTo("stopped");
    assertThat(follower.said()).noneMatch(line -> line.contains("ERROR"));
    assertThat(shop.database().rows("SELECT status FROM traffical.runs")).containsExactly("failed");
    assertThat(shop.database().rows("SELECT relname FROM pg_class WHERE relname LIKE '\\_s\\_%'"))
        .as("staging tables")
        .isEmpty();
  }

  private void awaitBackend(String condition) {
    await().atMost(Duration.ofMinutes(2)).until(() -> !follower.isUp() || backends(condition) > 0);
    follower.assertIsUp();
  }

  private long backends(String condition) {
    return Long.parseLong(
        shop.database()
            .rows(
                "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'traffical' AND"
                    + " datname = current_database() AND "
                    + condition)
            .get(0));
  }

  @Test
  void ofTwoOneWorksAndTheOtherTakesOverWhenItDies() throws Exception {
    windows("1h, delay: 0s");
    shop.database()
        .execute(
            """
            CREATE FUNCTION src.wait() RETURNS int LANGUAGE plpgsql AS $$
            BEGIN
              WHILE NOT pg_try_advisory_xact_lock_shared(4713) LOOP PERFORM pg_sleep(0.05); END LOOP;
              RETURN 1;
            END $$;
            """);
    shop.replace("FROM src.orders", "FROM src.orders, src.wait() w");
    try (Connection gate = shop.database().connect();
        Statement lock = gate.createStatement()) {
      lock.execute("SELECT pg_advisory_lock(4713)");
      follow();
      awaitBackend("query LIKE 'COPY%src.wait()%'");
      try (Follower second = new Follower(shop.write(directory))) {
        second.awaitLine("waiting: BUSY .*", 1);
        String runId =
            shop.database()
                .rows("SELECT run_id FROM traffical.runs WHERE status = 'running'")
                .get(0);
        assertThat(second.said("waiting: .*"))
            .singleElement()
            .asString()
            .matches(
                "waiting: BUSY host=\\S+ user=postgres: run %s by \\S+@\\S+ pid %d is active for [0-9:]+ \\| hint: .*"
                    .formatted(runId, follower.pid()));

        follower.kill();
        shop.database()
            .execute("UPDATE traffical.runs SET heartbeat_at = heartbeat_at - interval '61 s'");
        await()
            .atMost(Duration.ofMinutes(1))
            .until(
                () ->
                    shop.database()
                        .rows("SELECT status FROM traffical.runs ORDER BY started_at")
                        .equals(List.of("failed", "running")));
        lock.execute("SELECT pg_advisory_unlock(4713)");

        second.awaitLine("waiting: the next window is due at .*", 1);
        assertThat(second.said(RUN)).hasSize(2);
        second.terminate();
      }
    }
    assertThat(shop.database().rows("SELECT error FROM traffical.runs WHERE status <> 'succeeded'"))
        .singleElement()
        .asString()
        .startsWith("the run died: ");
    assertThat(publishedRuns()).as("no window twice, and none left out").containsExactly("t|t");
    Follower.assertEqualsOneRun(shop);
  }

  @Test
  void settingsThatDoNotFitEndItAtOnce() {
    windows("1h, delay: 0s");
    shop.replace("sslMode: disable", "sslMode: require");
    follow();

    assertThat(follower.waitFor()).isEqualTo(1);
    assertThat(follower.said()).last().asString().startsWith("ERROR CONFIG [08004] ");
  }
}
