package io.traffical.pipeline.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.traffical.pipeline.testing.FlinkCluster;
import io.traffical.pipeline.testing.FlinkProcess;
import io.traffical.pipeline.testing.HeldShop;
import io.traffical.pipeline.testing.Reader;
import io.traffical.pipeline.testing.TcpProxy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Processes of a real cluster are killed at chosen points of a run; readers never see a part. */
class KilledClusterIT {
  @TempDir private static Path directory;
  private static HeldShop shop;
  private static FlinkCluster cluster;
  private static String jar;
  private Reader reader;

  @BeforeAll
  static void start() {
    cluster = FlinkCluster.session(directory);
    shop = new HeldShop(directory, "postgres");
  }

  @AfterAll
  static void stop() {
    cluster.close();
    shop.close();
  }

  @BeforeEach
  void restore() {
    shop.restore();
    cluster.restore();
    jar = cluster.rest().upload(FlinkCluster.JAR);
    reader = new Reader(shop.shop().database());
  }

  @AfterEach
  void end() {
    reader.close();
  }

  private static void submit(Path file) {
    cluster.rest().run(jar, "run", "-c", file.toString(), "--to", HeldShop.TO);
  }

  /** Starts a client that waits for the end of the run. */
  private static FlinkProcess submitAndWait() {
    return cluster.submit(List.of(), "run", "-c", shop.file().toString(), "--to", HeldShop.TO);
  }

  /** Kills the TaskManager that runs the task. */
  private static void killTaskManagerOf(String task) {
    String id = cluster.rest().taskManagerOf(task).orElseThrow();
    cluster.taskManagers().get(id).kill();
  }

  private void assertRunEndsWell() {
    assertThat(shop.awaitEnd()).isEqualTo("succeeded|∅");
    assertSeen(shop.before(), shop.after());
    assertNothingIsLeft();
  }

  /** The next run, nothing special, makes everything as if nothing had happened. */
  private void assertNextRunHeals() {
    assertThat(shop.shop().run(6).status()).isEqualTo("succeeded");
    assertSeen(shop.before(), shop.after());
    assertNothingIsLeft();
  }

  private void assertSeen(List<String> before, List<String> after) {
    assertThat(shop.shop().published()).isEqualTo(after);
    assertThat(reader.seen()).containsExactly(before, after);
  }

  private static void assertNothingIsLeft() {
    await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(
            () -> {
              assertThat(shop.backends("true")).isEmpty();
              assertThat(shop.staging()).isEmpty();
            });
  }

  @Test
  void g2_taskManagerKilledWhileReading() throws Exception {
    try (AutoCloseable held = shop.holdReading()) {
      submit(shop.file());
      shop.awaitReading();
      killTaskManagerOf("read slices");
    }
    assertRunEndsWell();
  }

  @Test
  void g2_taskManagerKilledWhileStaging() throws Exception {
    AutoCloseable reading = shop.holdReading();
    submit(shop.file());
    shop.awaitReading();
    try (AutoCloseable staging = shop.holdTable("traffical." + shop.staging().get(0))) {
      reading.close();
      shop.awaitLock();
      killTaskManagerOf("stage");
    }
    assertRunEndsWell();
  }

  @Test
  void g2_taskManagerKilledInsidePublish() throws Exception {
    try (AutoCloseable results = shop.holdTable("traffical.metric_results")) {
      submit(shop.file());
      shop.awaitLock();
      killTaskManagerOf("publish");
    }
    assertRunEndsWell();
  }

  /** The server has committed, and the publisher does not get to know. */
  @Test
  void g2_taskManagerKilledAfterPublish() throws Exception {
    try (TcpProxy proxy = new TcpProxy(shop.shop().database().port())) {
      Path file = shop.through(proxy.port(), directory);
      AutoCloseable held = shop.holdTable("traffical.metric_results");
      submit(file);
      shop.awaitLock();
      // What the writers have committed is behind us: this is the publisher's.
      proxy.swallowOnceWithinAnswer(Pattern.compile("COMMIT"), 0);
      held.close();
      assertThat(shop.awaitEnd()).isEqualTo("succeeded|∅");
      killTaskManagerOf("publish");
      await().atMost(Duration.ofMinutes(3)).until(() -> cluster.rest().runningJob().isEmpty());
      assertThat(cluster.rest().newestJobState()).contains("FINISHED");
    }
    assertRunEndsWell();
  }

  @Test
  void g3_jobManagerKilledWhileAClientWaits() throws Exception {
    FlinkProcess client;
    try (AutoCloseable held = shop.holdReading()) {
      client = submitAndWait();
      shop.awaitReading();
      cluster.jobManager().kill();
      assertThat(client.waitFor()).as(client.said()).isEqualTo(4);
    }
    assertThat(client.said())
        .contains("ERROR UNAVAILABLE the JobManager does not answer: ")
        .contains("the run may go on without this client: traffical runs ");
    assertThat(shop.newestRun()).isEqualTo("running|∅");

    shop.expireLease();
    assertNextRunHeals();
  }

  @Test
  void g3_clientKilledAndTheRunGoesOn() throws Exception {
    try (AutoCloseable held = shop.holdReading()) {
      FlinkProcess client = submitAndWait();
      shop.awaitReading();
      client.kill();
    }
    assertRunEndsWell();
  }

  @Test
  void g4_cancelledThroughRestWhileCopyRuns() throws Exception {
    FlinkProcess client;
    try (AutoCloseable held = shop.holdReading()) {
      client = submitAndWait();
      shop.awaitReading();
      cluster.rest().cancel();
      assertCancelledWithinFiveSeconds();
    }
    assertThat(client.waitFor()).as(client.said()).isEqualTo(4);
    assertThat(client.said()).contains("ERROR CANCELLED: the job was cancelled, ");
    assertNextRunHeals();
  }

  @Test
  void g4_cancelledThroughRestInsidePublish() throws Exception {
    try (AutoCloseable results = shop.holdTable("traffical.metric_results")) {
      submit(shop.file());
      shop.awaitLock();
      cluster.rest().cancel();
      assertCancelledWithinFiveSeconds();
    }
    assertNextRunHeals();
  }

  @Test
  void g4_clientToldToStopWhileCopyRuns() throws Exception {
    FlinkProcess client;
    try (AutoCloseable held = shop.holdReading()) {
      client = submitAndWait();
      shop.awaitReading();
      client.terminate();
      assertCancelledWithinFiveSeconds();
    }
    assertThat(client.waitFor()).as(client.said()).isEqualTo(143);
    assertNextRunHeals();
  }

  /** And with it the lease is free. */
  private static void assertCancelledWithinFiveSeconds() {
    await()
        .atMost(Duration.ofSeconds(5))
        .untilAsserted(
            () -> {
              assertThat(shop.backends("true")).isEmpty();
              assertThat(shop.newestRun()).startsWith("failed|CANCELLED: ");
              assertThat(shop.staging()).isEmpty();
            });
  }
}
