package io.traffical.pipeline.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.traffical.pipeline.testing.FlinkCluster;
import io.traffical.pipeline.testing.FlinkProcess;
import io.traffical.pipeline.testing.HeldShop;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The job jar, as it is built, on a real cluster: every way of submitting it ends the same. */
class SubmissionIT {
  private static final String CANARY = "canary-" + UUID.randomUUID();

  /** Fails a run when it publishes: the message is the database's. */
  private static final String REFUSE_RESULTS =
      """
      CREATE FUNCTION traffical.refuse() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'no results today'; END $$;
      CREATE TRIGGER refuse BEFORE INSERT ON traffical.metric_results
        EXECUTE FUNCTION traffical.refuse();
      """;

  @TempDir private static Path directory;
  private static HeldShop shop;
  private static FlinkCluster cluster;
  private static final List<FlinkProcess> PROCESSES = new ArrayList<>();

  @BeforeAll
  static void start() {
    cluster = FlinkCluster.session(directory);
    shop = new HeldShop(directory, CANARY);
  }

  @AfterAll
  static void stop() {
    PROCESSES.add(cluster.jobManager());
    PROCESSES.addAll(cluster.taskManagers().values());
    cluster.close();
    shop.close();
    for (FlinkProcess process : PROCESSES) {
      assertThat(process.said()).as("the log has no password").doesNotContain(CANARY);
    }
  }

  @BeforeEach
  void restore() {
    shop.restore();
  }

  private static FlinkProcess submit(String... options) {
    FlinkProcess client =
        cluster.submit(List.of(options), "run", "-c", shop.file().toString(), "--to", HeldShop.TO);
    PROCESSES.add(client);
    return client;
  }

  private static void assertPublished() {
    assertThat(shop.awaitEnd()).isEqualTo("succeeded|∅");
    assertThat(shop.shop().published()).isEqualTo(shop.after());
  }

  @Test
  void anAttachedClientWaitsForTheEnd() {
    FlinkProcess client = submit();

    assertThat(client.waitFor()).as(client.said()).isZero();
    assertThat(client.said()).contains("succeeded: ", ", as of " + HeldShop.TO);
    assertPublished();
  }

  @Test
  void anAttachedClientEndsWithTheExitCodeOfTheFailure() {
    shop.shop().database().execute(REFUSE_RESULTS);

    FlinkProcess client = submit();

    assertThat(client.waitFor()).as(client.said()).isEqualTo(4);
    assertThat(client.said()).contains("ERROR DEFINITION [P0001] host=localhost:");
    assertThat(shop.newestRun()).startsWith("failed|DEFINITION [P0001] host=localhost:");
    assertThat(shop.shop().published()).isEqualTo(shop.before());
  }

  @Test
  void aDetachedClientNamesTheRunAndLeaves() throws Exception {
    FlinkProcess client;
    try (AutoCloseable held = shop.holdReading()) {
      client = submit("-d");
      assertThat(client.waitFor()).as(client.said()).isZero();
      assertThat(shop.newestRun()).isEqualTo("running|∅");
    }

    assertPublished();
    Matcher said =
        Pattern.compile(
                "running on the cluster: run (\\S+); traffical runs (\\S+) shows how it ends")
            .matcher(client.said());
    assertThat(said.find()).as(client.said()).isTrue();
    assertThat(said.group(1)).isEqualTo(said.group(2));
    assertThat(
            shop.shop()
                .database()
                .rows("SELECT status FROM traffical.runs WHERE run_id = '" + said.group(1) + "'"))
        .containsExactly("succeeded");
  }

  @Test
  void aDetachedFailureIsInTheRunsRowWithItsCause() throws Exception {
    shop.shop().database().execute(REFUSE_RESULTS);
    try (AutoCloseable held = shop.holdReading()) {
      FlinkProcess client = submit("-d");
      assertThat(client.waitFor()).as(client.said()).isZero();
    }

    assertThat(shop.awaitEnd())
        .startsWith("failed|DEFINITION [P0001] host=localhost:")
        .contains("ERROR: no results today")
        .endsWith(" | hint: mend the definition, then run again");
    assertThat(shop.shop().published()).isEqualTo(shop.before());
  }

  @Test
  void aDetachedClientCannotFollow() {
    FlinkProcess client = cluster.submit(List.of("-d"), "run", "--follow", "-c", file());

    assertThat(client.waitFor()).as(client.said()).isEqualTo(1);
    assertThat(client.said())
        .contains(
            "ERROR traffical run: --follow needs a process of its own, which waits: flink run"
                + " without -d, or bin/traffical");
    assertThat(shop.shop().published()).isEqualTo(shop.before());
  }

  /** The whole life of a follower on a cluster, whose JobManager is away for a while. */
  @Test
  void anAttachedClientFollowsWaitsForAJobManagerThatIsAwayAndStopsWithItsJob() throws Exception {
    FlinkProcess client = cluster.submit(List.of(), "run", "--follow", "-c", file());
    PROCESSES.add(client);
    awaitSaid(client, "(?m)^run \\S+ succeeded: windows \\[");
    try (AutoCloseable held = shop.holdReading()) {
      shop.awaitReading();
      PROCESSES.add(cluster.jobManager());
      cluster.jobManager().kill();
      awaitSaid(
          client,
          "(?m)^run \\S+ failed: after \\S+ s; tried again in 5 s, then quietly, at least every 5"
              + " min\nERROR UNAVAILABLE the JobManager does not answer: ");
      await().atMost(Duration.ofMinutes(1)).until(() -> shop.backends("true").isEmpty());
    }
    shop.expireLease();
    awaitSaid(client, "(?m)^ERROR UNAVAILABLE the job could not be submitted: ");
    cluster.restoreJobManager();
    awaitSaid(client, "(?m)^works again, after \\d failures\nrun \\S+ succeeded: windows \\[");

    try (AutoCloseable held = shop.holdReading()) {
      shop.awaitReading();
      long begun = System.nanoTime();
      client.terminate();
      assertThat(client.waitFor()).as(client.said()).isEqualTo(143);
      assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(10));
      await()
          .atMost(Duration.ofSeconds(5))
          .untilAsserted(
              () -> {
                assertThat(shop.backends("true")).isEmpty();
                assertThat(cluster.rest().runningJob()).isEmpty();
              });
    }
    assertThat(client.said()).endsWith("stopped\n");
    assertThat(shop.newestRun()).startsWith("failed|CANCELLED: ");
    cluster.restore();
  }

  private static void awaitSaid(FlinkProcess client, String pattern) {
    await()
        .atMost(Duration.ofMinutes(2))
        .untilAsserted(() -> assertThat(client.said()).containsPattern(pattern));
  }

  private static String file() {
    return shop.file().toString();
  }

  @Test
  void theRestApiRunsTheJarAndSaysWhyItWouldNot() {
    String jar = cluster.rest().upload(FlinkCluster.JAR);
    String[] run = {"run", "-c", shop.file().toString(), "--to", HeldShop.TO};

    assertThat(cluster.rest().run(jar, run).path("jobid").asText()).matches("[0-9a-f]{32}");
    assertPublished();

    String refused = cluster.rest().run(jar, "run", "-c", "no-such-file.yaml").toString();
    assertThat(refused).contains("exit code 1: ", "no-such-file.yaml");
    assertThat(cluster.jobManager().said()).contains("no-such-file.yaml");
    assertThat(cluster.rest().freeSlots()).as("the JobManager lives").isPositive();
  }

  @Test
  void inApplicationModeTheProcessEndsWithTheRun() {
    try (FlinkCluster application =
        FlinkCluster.application(
            directory.resolve("application"),
            "run",
            "-c",
            shop.file().toString(),
            "--to",
            HeldShop.TO)) {
      assertThat(application.jobManager().waitFor()).as(application.jobManager().said()).isZero();
    }
    assertPublished();
  }

  @Test
  void inApplicationModeAFailedRunFailsTheApplication() {
    shop.shop().database().execute(REFUSE_RESULTS);
    try (FlinkCluster application =
        FlinkCluster.application(
            directory.resolve("failing"),
            "run",
            "-c",
            shop.file().toString(),
            "--to",
            HeldShop.TO)) {
      assertThat(application.jobManager().waitFor())
          .as(application.jobManager().said())
          .isNotZero();
    }
    assertThat(shop.newestRun()).startsWith("failed|DEFINITION [P0001] host=localhost:");
  }

  /** Each run has a class loader of its own; one that stayed would fill the memory in days. */
  @Test
  void runsLeaveNoClassesBehind() throws Exception {
    String jar = cluster.rest().upload(FlinkCluster.JAR);
    List<FlinkProcess> processes = new ArrayList<>(cluster.taskManagers().values());
    processes.add(cluster.jobManager());
    runByRest(jar, 2);
    List<Integer> before = new ArrayList<>();
    for (FlinkProcess process : processes) {
      before.add(classLoaders(process));
    }
    runByRest(jar, 4);
    for (int i = 0; i < processes.size(); i++) {
      FlinkProcess process = processes.get(i);
      int most = before.get(i) + 2; // idle threads remember what they did last
      await()
          .atMost(Duration.ofSeconds(60))
          .untilAsserted(() -> assertThat(classLoaders(process)).isLessThanOrEqualTo(most));
    }
  }

  private static void runByRest(String jar, int times) {
    for (int i = 0; i < times; i++) {
      shop.restore();
      cluster.rest().run(jar, "run", "-c", shop.file().toString(), "--to", HeldShop.TO);
      assertThat(shop.awaitEnd()).isEqualTo("succeeded|∅");
      await().atMost(Duration.ofSeconds(30)).until(() -> cluster.rest().runningJob().isEmpty());
    }
  }

  /** Returns how many class loaders of jobs a process has, after a collection of garbage. */
  private static int classLoaders(FlinkProcess process) throws Exception {
    Path jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd");
    Process histogram =
        new ProcessBuilder(jcmd.toString(), Long.toString(process.pid()), "GC.class_histogram")
            .start();
    String all = new String(histogram.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(all).as("a histogram").contains("java.lang.String");
    return all.lines()
        .filter(line -> line.contains("ChildFirstClassLoader"))
        .mapToInt(line -> Integer.parseInt(line.strip().split("\\s+", -1)[1]))
        .sum();
  }
}
