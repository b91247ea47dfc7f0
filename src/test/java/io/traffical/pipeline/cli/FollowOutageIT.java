package io.traffical.pipeline.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.traffical.pipeline.testing.Follower;
import io.traffical.pipeline.testing.RestartedPostgres;
import io.traffical.pipeline.testing.Shop;
import io.traffical.pipeline.testing.TcpProxy;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Following while the database is away: at the start, in the middle of a run, and at the end. */
class FollowOutageIT {
  private static final String READS =
      "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND query LIKE"
          + " 'COPY%src.orders%' AND state = 'active'";

  private final RestartedPostgres server = new RestartedPostgres();
  private final Shop shop = new Shop(server.createDatabase());
  private final Instant start =
      Instant.now().truncatedTo(ChronoUnit.HOURS).minus(Duration.ofHours(30));
  @TempDir private Path directory;

  @AfterEach
  void stopServer() {
    server.close();
  }

  /** A policy that began 30 hours ago, and whose orders are slow to read. */
  private void fill() {
    shop.replace("startsAt: 2026-01-01T00:00:00Z", "startsAt: " + start)
        .replace("window: 1h,", "window: 1h, delay: 0s,")
        .replace("FROM src.orders", "FROM src.orders, pg_sleep(1)")
        .database()
        .execute(
            """
            INSERT INTO src.exposures SELECT 'u' || i, timestamptz '%1$s' + interval '30 m' * i, 'pricing',
              CASE WHEN i %% 2 = 0 THEN 'a' ELSE 'b' END FROM generate_series(1, 60) i;
            INSERT INTO src.orders SELECT 'u' || i, timestamptz '%1$s' + interval '40 m' * i, 2
              FROM generate_series(1, 60) i;
            """
                .formatted(start));
  }

  @Test
  void aDatabaseThatIsAwayIsWaitedForAndNothingIsLostOrDoubled() {
    fill();
    Path file = shop.write(directory);
    server.stopFast();
    try (Follower follower = new Follower(file)) {
      follower.awaitLine("no run failed: after .*", 1);
      assertThat(follower.said("no run failed: .*"))
          .singleElement()
          .asString()
          .matches(
              "no run failed: after [0-9.]+ s; tried again in 5 s, then quietly, at least every 5"
                  + " min");

      server.start();
      await().atMost(Duration.ofMinutes(1)).until(() -> isRead(follower));
      server.stopFast();
      server.start();
      follower.awaitLine("waiting: the next window is due at .*", 1);

      assertThat(follower.said("works again, after \\d+ failures?")).hasSizeBetween(1, 2);
      assertThat(follower.said("ERROR .*")).hasSizeBetween(1, 3);
      assertThat(follower.said("retrying in .*")).hasSizeBetween(1, 2);
      assertThat(follower.said("ERROR .*")).allMatch(line -> line.startsWith("ERROR UNAVAILABLE "));
      assertThat(follower.terminate()).isLessThan(Duration.ofSeconds(10));
    }
    assertThat(
            shop.database()
                .rows(
                    """
                    SELECT min(range_start) = '%s', bool_and(range_start <= before), max(range_end) = date_trunc('hour', max(started_at))
                    FROM (SELECT *, lag(range_end, 1, range_start) OVER (ORDER BY started_at) AS before
                      FROM traffical.runs WHERE status = 'succeeded') r
                    """
                        .formatted(start)))
        .as("windows from the first to the last that is due")
        .containsExactly("t|t|t");
    Follower.assertEqualsOneRun(shop);
  }

  private boolean isRead(Follower follower) {
    follower.assertIsUp();
    return !shop.database().rows(READS).isEmpty();
  }

  /**
   * A server that takes connections and says nothing: each would be waited for a quarter minute.
   */
  @Test
  void sigtermWhileTheDatabaseIsSilentEndsItInTime() throws IOException {
    fill();
    shop.replace("pg_sleep(1)", "pg_sleep(600)");
    try (TcpProxy proxy = new TcpProxy(shop.database().port());
        ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      Path file = shop.through(proxy.port()).write(directory);
      try (Follower inRun = new Follower(file)) {
        await().atMost(Duration.ofMinutes(1)).until(() -> isRead(inRun));
        proxy.retarget(silent.getLocalPort());

        assertThat(inRun.terminate()).isLessThan(Duration.ofSeconds(10));
        assertThat(inRun.waitFor()).isEqualTo(143);
      }
      try (Follower atStart = new Follower(file)) {
        int before = proxy.connections();
        await().atMost(Duration.ofMinutes(1)).until(() -> proxy.connections() > before);

        assertThat(atStart.terminate()).isLessThan(Duration.ofSeconds(10));
        assertThat(atStart.said()).last().isEqualTo("stopped");
      }
    }
  }
}
