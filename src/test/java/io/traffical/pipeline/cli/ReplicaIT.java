package io.traffical.pipeline.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import io.traffical.pipeline.jdbc.SourceClock;
import io.traffical.pipeline.jdbc.SourceProbe;
import io.traffical.pipeline.run.RunFailure;
import io.traffical.pipeline.run.RunListener;
import io.traffical.pipeline.run.RunService;
import io.traffical.pipeline.testing.Shop;
import io.traffical.pipeline.testing.Standby;
import io.traffical.pipeline.testing.TcpProxy;
import io.traffical.pipeline.window.Micros;
import io.traffical.pipeline.window.RunPlan;
import io.traffical.pipeline.window.RunRequest;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Reads from a hot standby, writes to its primary. */
class ReplicaIT {
  private static Standby standby;

  private Shop shop;
  @TempDir private Path directory;

  @BeforeAll
  static void startServers() {
    standby = Standby.start(Map.of());
  }

  @AfterAll
  static void stopServers() {
    standby.close();
  }

  @BeforeEach
  void createShop() {
    shop = new Shop(standby.createDatabase());
  }

  @AfterEach
  void dropDatabase() {
    shop.close();
  }

  private void readFrom(int port) {
    shop.replace("pipeline:", "source: { port: " + port + " }\npipeline:");
  }

  private Invocation traffical(String... args) {
    List<String> all = new ArrayList<>(Arrays.asList(args));
    all.add("-c");
    all.add(shop.write(directory).toString());
    return Invocation.of(all.toArray(String[]::new));
  }

  private SourceClock clock() throws SQLException {
    try (SourceProbe probe = new SourceProbe(shop.definitions())) {
      return probe.clock();
    }
  }

  private static long standbyClock() {
    return Long.parseLong(
        standby
            .onStandby("SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint")
            .get(0));
  }

  @Test
  void runsThatReadFromAStandbyPublishWhatRunsOnThePrimaryPublish() {
    shop.fill(500, 12);
    standby.catchUp();
    readFrom(standby.port());
    for (String to : List.of("2026-01-01T05:00:00Z", "2026-01-01T12:00:00Z")) {
      Invocation run = traffical("run", "--to", to);
      assertThat(run.exitCode()).as(run.err()).isZero();
      assertThat(run.err()).containsPattern("\nThe source is a replica, \\d s behind: it is");
    }
    List<String> published = shop.published();
    assertThat(shop.results()).isNotEmpty();
    assertThat(traffical("freshness").err())
        .contains("The source is a replica; it was 00:00:0")
        .endsWith(" behind at the last run.\n");

    shop.database().execute("ALTER SCHEMA traffical RENAME TO from_standby");
    shop.replace("source: { port: " + standby.port() + " }\n", "");
    for (String to : List.of("2026-01-01T05:00:00Z", "2026-01-01T12:00:00Z")) {
      Invocation run = traffical("run", "--to", to);
      assertThat(run.exitCode()).as(run.err()).isZero();
      assertThat(run.err()).doesNotContain("replica");
    }
    assertThat(published).isEqualTo(shop.published());
    assertThat(traffical("freshness").err()).doesNotContain("replica");
  }

  @Test
  void e8_whatAReplicaHasNotReplayedIsNotDueAndComesWithTheNextRun() throws Exception {
    shop.replace(
        "window: 1h, overlap: 3h, scan: 6h", "window: 1m, overlap: 0s, delay: 0s, scan: 1d");
    shop.replace(
        "2026-01-01T00:00:00Z",
        Instant.now().truncatedTo(ChronoUnit.MINUTES).minus(Duration.ofMinutes(5)).toString());
    shop.database()
        .execute(
            "INSERT INTO src.exposures VALUES ('u', now() - interval '3 min', 'pricing', 'a')");
    standby.catchUp();
    try (TcpProxy switched = new TcpProxy(shop.database().port())) {
      standby.pause();
      shop.database().execute("INSERT INTO src.orders VALUES ('u', clock_timestamp(), 7)");
      standby.receive();
      String window =
          shop.database().rows("SELECT date_trunc('minute', event_time) FROM src.orders").get(0);
      await("the end of the window with the row")
          .atMost(Duration.ofSeconds(90))
          .until(
              () ->
                  shop.database()
                      .rows(
                          "SELECT clock_timestamp() > timestamptz '"
                              + window
                              + "' + interval '61 s'")
                      .equals(List.of("t")));

      readFrom(switched.port());
      RunFailure failure = catchThrowableOfType(RunFailure.class, () -> runOnAnother(switched));

      assertThat(failure.kind()).isEqualTo(RunFailure.Kind.UNAVAILABLE);
      assertThat(failure).hasMessageContaining("the replica has replayed up to ");
      assertThat(shop.database().rows("SELECT count(*) FROM traffical.watermarks"))
          .containsExactly("0");

      shop.replace("port: " + switched.port(), "port: " + standby.port());
      Invocation plan = traffical("plan");
      assertThat(plan.err())
          .containsPattern("The source is a replica, (1 min )?\\d+ s behind: it is");
      Invocation behind = traffical("run");
      assertThat(behind.exitCode()).as(behind.err()).isZero();
      assertThat(behind.err())
          .containsPattern("\nThe source is a replica, (1 min )?\\d+ s behind: it is");
      assertThat(
              shop.database()
                  .rows(
                      "SELECT bool_and(window_end <= '%s'), count(*) FROM traffical.watermarks"
                          .formatted(window)))
          .containsExactly("t|4");
      assertThat(traffical("freshness").err()).contains("; it was 00:0");
    } finally {
      standby.resume();
    }

    Invocation next = traffical("run");

    assertThat(next.exitCode()).as(next.err()).isZero();
    assertThat(shop.results()).contains("revenue|a|1|7");
  }

  /** Runs with a plan by the primary's clock, and is sent to the standby to read. */
  private void runOnAnother(TcpProxy proxy) {
    RunListener listener =
        new RunListener() {
          @Override
          public void planned(RunPlan plan) {
            proxy.retarget(standby.port());
          }
        };
    new RunService(shop.definitions(), listener).run(RunRequest.run(Micros.AFTER_ALL));
  }

  @Test
  void e8_onAnIdlePrimaryAReplicaIsCompleteNow() throws Exception {
    readFrom(standby.port());
    standby.catchUp();
    long before = standbyClock();

    SourceClock clock = clock();

    assertThat(clock.isReplica()).isTrue();
    assertThat(clock.micros()).isGreaterThanOrEqualTo(before);
    assertThat(clock.lagMicros()).isZero();
    assertThat(
            standby.onStandby(
                "SELECT pg_last_xact_replay_timestamp() < to_timestamp(%d / 1e6)"
                    .formatted(before)))
        .as("the last transaction is older")
        .containsExactly("t");
  }

  @Test
  void e8_aReplicaThatReceivesNothingIsNotCompleteNow() throws Exception {
    readFrom(standby.port());
    standby.catchUp();
    standby.cutOff();
    try {
      long later = standbyClock();

      SourceClock clock = clock();

      assertThat(clock.micros()).isPositive().isLessThan(later);
      assertThat(clock.lagMicros()).isPositive();
    } finally {
      standby.reconnect();
    }
  }

  @Test
  void b8_aTargetInRecoveryIsRefusedBeforeAnythingIsRead() {
    shop.replace("port: " + shop.database().port(), "port: " + standby.port());
    standby.catchUp();
    Invocation doctor = traffical("doctor");
    assertThat(doctor.out())
        .contains(
            """
              fail  schema      CONFIG [25006]: target is read-only (in recovery): it is a standby
                                → let connection name the primary; a standby can be the source
            """);
    assertThat(doctor.exitCode()).as(doctor.out()).isEqualTo(1);
    readFrom(1); // where nobody answers
    String refused =
        "ERROR CONFIG [25006] host=localhost:%d/%s user=postgres: target is read-only (in recovery)"
            .formatted(standby.port(), shop.database().name());

    for (List<String> command : List.of(List.of("run"), List.of("backfill", "--full-refresh"))) {
      Invocation run = traffical(command.toArray(String[]::new));
      assertThat(run.exitCode()).as(run.err()).isEqualTo(1);
      assertThat(run.out()).isEmpty();
      assertThat(run.err()).contains(refused);
    }
  }
}
