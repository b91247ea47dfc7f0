package io.traffical.pipeline.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.traffical.pipeline.testing.Shop;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.concurrent.TimeUnit;
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
  private Process process;

  @AfterEach
  void dropDatabase() {
    if (process != null) {
      process.destroyForcibly();
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

  private void follow() throws IOException {
    Path said = directory.resolve("said.txt");
    ProcessBuilder builder =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--add-opens=java.base/java.util=ALL-UNNAMED",
                "-XX:TieredStopAtLevel=1",
                "-Xmx512m",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName(),
                "run",
                "--follow",
                "-c",
                shop.write(directory).toString())
            .redirectErrorStream(true)
            .redirectOutput(said.toFile());
    builder.environment().keySet().removeAll(List.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS"));
    process = builder.start();
  }

  /** What the program says; Flink, whose log the program's own start switches off, warns too. */
  private List<String> said() {
    try {
      return Files.readAllLines(directory.resolve("said.txt")).stream()
          .filter(line -> !line.matches("\\d\\d:\\d\\d:\\d\\d WARN .*"))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private List<String> runs() {
    return said().stream().filter(line -> line.startsWith("run ")).toList();
  }

  private void awaitLine(String pattern, int times) {
    await()
        .atMost(Duration.ofMinutes(2))
        .until(
            () ->
                !process.isAlive()
                    || said().stream().filter(line -> line.matches(pattern)).count() >= times);
    assertThat(process.isAlive()).as("%s", said()).isTrue();
  }

  /** Sends SIGTERM, and returns how long the process takes to end. */
  private Duration terminate() throws InterruptedException {
    long begun = System.nanoTime();
    process.destroy();
    assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
    return Duration.ofNanos(System.nanoTime() - begun);
  }

  @Test
  void catchesUpInStepsRunsWindowsAsTheyFallDueAndStopsWhileItWaits() throws Exception {
    // The next window is due in half a minute.
    int dueAt = (Instant.now().atZone(ZoneOffset.UTC).getSecond() + 30) % 60;
    windows("1m, delay: " + dueAt + "s");
    follow();
    awaitLine(RUN, 2);
    awaitLine("waiting: the next window is due at .*", 1);
    awaitLine(RUN, 3);
    Instant dayAfter = start.plus(Duration.ofDays(1));

    assertThat(runs().get(0))
        .matches(RUN)
        .contains(" windows [" + start + "," + dayAfter + "), 80 rows read, ");
    assertThat(runs().get(1)).matches(RUN).contains(" windows [" + dayAfter + ",");
    assertThat(
            shop.database()
                .rows(
                    """
                    SELECT bool_and(status = 'succeeded'), bool_and(range_end <= started_at),
                      bool_and(range_start = before) FROM (SELECT *, lag(range_end, 1, range_start)
                      OVER (ORDER BY started_at) AS before FROM traffical.runs WHERE status <> 'running') r
                    """))
        .as("each run goes on where the last one ended, and none before its windows have ended")
        .containsExactly("t|t|t");
    assertThat(
            shop.database()
                .rows(
                    "SELECT DISTINCT numerator FROM traffical.latest_results WHERE metric_key ="
                        + " 'revenue'"))
        .containsExactly("40");

    assertThat(terminate()).isLessThan(Duration.ofSeconds(10));
    assertThat(process.exitValue()).isEqualTo(SIGTERM);
    assertThat(said()).last().isEqualTo("stopped");
    assertThat(shop.database().rows("SELECT 1 FROM traffical.runs WHERE status = 'running'"))
        .isEmpty();
  }

  @Test
  void g4_sigtermWhileCopyRunsEndsTheRunItsBackendsAndItsLease() throws Exception {
    windows("1h, delay: 0s");
    shop.orders(
        """
        SELECT repeat('x', 500) || g || pg_sleep(0.0005)::text AS user_id, event_time, amount
        FROM src.orders, generate_series(1, 1000000) g
        WHERE event_time BETWEEN '{{start_date}}' AND '{{end_date}}'
        """);
    follow();
    await()
        .atMost(Duration.ofMinutes(2))
        .until(() -> !process.isAlive() || backends("query LIKE 'COPY%src.orders%'") > 0);
    assertThat(process.isAlive()).as("%s", said()).isTrue();

    assertThat(terminate()).isLessThan(Duration.ofSeconds(10));

    await().atMost(Duration.ofSeconds(5)).until(() -> backends("true") == 0);
    assertThat(process.exitValue()).isEqualTo(SIGTERM);
    assertThat(said()).last().isEqualTo("stopped");
    assertThat(said()).noneMatch(line -> line.contains("ERROR"));
    assertThat(shop.database().rows("SELECT status FROM traffical.runs")).containsExactly("failed");
    assertThat(shop.database().rows("SELECT relname FROM pg_class WHERE relname LIKE '\\_s\\_%'"))
        .as("staging tables")
        .isEmpty();
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
  void settingsThatDoNotFitEndItAtOnce() throws Exception {
    windows("1h, delay: 0s");
    shop.replace("sslMode: disable", "sslMode: require");
    follow();

    assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
    assertThat(process.exitValue()).isEqualTo(1);
    assertThat(said()).last().asString().startsWith("ERROR CONFIG [08004] ");
  }
}
