package io.traffical.pipeline.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import io.traffical.pipeline.jdbc.Event;
import io.traffical.pipeline.jdbc.RunStore;
import io.traffical.pipeline.jdbc.Tables;
import io.traffical.pipeline.testing.CapturedLog;
import io.traffical.pipeline.testing.CapturedMetrics;
import io.traffical.pipeline.testing.SharedCluster;
import io.traffical.pipeline.testing.Shop;
import io.traffical.pipeline.testing.TcpProxy;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.metrics.prometheus.PrometheusReporterFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What others see of a run: Flink's metrics, as any reporter gets them, and lines of the log. */
class ObservedIT {
  private static final String OPERATOR = "flink_taskmanager_job_task_operator_traffical_";
  private static final String COORDINATOR =
      "flink_jobmanager_job_operator_coordinator_enumerator_traffical_";

  private static SharedCluster cluster;
  private static int prometheus;
  private final Shop shop = new Shop().fill(500, 12);

  @BeforeAll
  static void startCluster() throws Exception {
    try (ServerSocket free = new ServerSocket(0)) {
      prometheus = free.getLocalPort();
    }
    Configuration settings = new Configuration();
    settings.setString("metrics.reporter.test.factory.class", CapturedMetrics.class.getName());
    settings.setString(
        "metrics.reporter.prom.factory.class", PrometheusReporterFactory.class.getName());
    settings.setString("metrics.reporter.prom.port", Integer.toString(prometheus));
    cluster = SharedCluster.start(2, settings);
  }

  @AfterAll
  static void stopCluster() {
    cluster.close();
  }

  @AfterEach
  void dropDatabase() {
    shop.close();
  }

  private double number(String sql) {
    return Double.parseDouble(shop.database().rows(sql).get(0));
  }

  @Test
  void metricsSayWhatARunReadStagedAndPublished() {
    shop.replace("password: postgres", "password: canary-4711");
    shop.order("'u1'", "1", 6); // at the end of a slice: read twice, counted once
    shop.order("NULL", "1", 3).order("''", "1", 3).order("NULL", "1", 4);
    CapturedMetrics.forget();

    RunReport report = shop.run(12);

    assertThat(report.status()).as(report.error()).isEqualTo("succeeded");
    assertThat(CapturedMetrics.names())
        .containsExactly(
            "definitionsFailed",
            "historyRowsRead{definition=exposures,kind=assignment}",
            "historyRowsRead{definition=orders,kind=fact}",
            "historyRowsRead{definition=visits,kind=fact}",
            "resultsPublished",
            "rowsLate",
            "rowsOutside{definition=exposures,kind=assignment}",
            "rowsOutside{definition=orders,kind=fact}",
            "rowsOutside{definition=visits,kind=fact}",
            "rowsRead{definition=exposures,kind=assignment}",
            "rowsRead{definition=orders,kind=fact}",
            "rowsRead{definition=visits,kind=fact}",
            "rowsRejected{definition=exposures,kind=assignment}",
            "rowsRejected{definition=orders,kind=fact}",
            "rowsRejected{definition=visits,kind=fact}",
            "rowsStaged{table=assignments}",
            "rowsStaged{table=unit_outcome_sets}",
            "rowsStaged{table=unit_total_sets}",
            "runSeconds",
            "slicesDone",
            "slicesFailed{definition=exposures,kind=assignment}",
            "slicesFailed{definition=orders,kind=fact}",
            "slicesFailed{definition=visits,kind=fact}",
            "slicesRetried",
            "slicesStarted",
            "slicesTotal",
            "watermarkLagSeconds{policy=pricing}");
    assertThat(CapturedMetrics.sum("rowsRead{definition=exposures,kind=assignment}"))
        .isEqualTo(500);
    assertThat(CapturedMetrics.sum("rowsRead{definition=orders,kind=fact}"))
        .isEqualTo(number("SELECT count(*) FROM src.orders WHERE user_id <> ''"));
    assertThat(CapturedMetrics.sum("rowsRejected{definition=orders,kind=fact}")).isEqualTo(3);
    assertThat(CapturedMetrics.sum("rowsOutside{definition=orders,kind=fact}"))
        .isEqualTo(
            number("SELECT rows_outside FROM traffical.run_definitions WHERE name = 'orders'"))
        .isGreaterThanOrEqualTo(1);
    assertThat(CapturedMetrics.sum("slicesDone"))
        .isEqualTo(CapturedMetrics.sum("slicesTotal"))
        .isEqualTo(CapturedMetrics.sum("slicesStarted"))
        .as("those of the definitions, and one of the program's own rows")
        .isEqualTo(number("SELECT sum(queries) + 1 FROM traffical.run_definitions"));
    assertThat(CapturedMetrics.sum("slicesRetried")).isZero();
    assertThat(CapturedMetrics.sum("rowsStaged{table=assignments}")).isEqualTo(500);
    assertThat(CapturedMetrics.sum("resultsPublished"))
        .isEqualTo(number("SELECT count(*) FROM traffical.metric_results"))
        .isEqualTo(6);
    assertThat(CapturedMetrics.sum("rowsLate")).isZero();
    assertThat(CapturedMetrics.sum("definitionsFailed")).isZero();
    assertThat(CapturedMetrics.sum("runSeconds"))
        .isCloseTo(
            number("SELECT extract(epoch FROM finished_at - started_at) FROM traffical.runs"),
            within(1e-6));
    assertThat(CapturedMetrics.sum("watermarkLagSeconds{policy=pricing}"))
        .isCloseTo(
            number("SELECT extract(epoch FROM finished_at - range_end) FROM traffical.runs"),
            within(1e-3));
    assertThat(CapturedMetrics.texts())
        .as("no secret and no value of a row")
        .isNotEmpty()
        .noneMatch(text -> text.contains("canary-4711"))
        .noneMatch(text -> text.matches(".*\\bu[0-9]+\\b.*"));

    shop.order("'u1'", "1", 10.5); // late
    shop.database().execute("ALTER TABLE src.visits RENAME TO moved");
    CapturedMetrics.forget();
    assertThat(shop.run(12).status()).isEqualTo("partial");
    assertThat(CapturedMetrics.sum("rowsLate")).isEqualTo(1);
    assertThat(CapturedMetrics.sum("definitionsFailed")).isEqualTo(1);
  }

  @Test
  void prometheusSeesThemByTheDocumentedNamesWhileTheRunGoesOn() throws Exception {
    shop.database()
        .execute(
            """
            CREATE FUNCTION src.wait(since timestamptz) RETURNS int LANGUAGE plpgsql AS $$
            BEGIN
              WHILE since > '2026-01-01T00:00:00Z' AND NOT pg_try_advisory_xact_lock_shared(4712) LOOP PERFORM pg_sleep(0.05); END LOOP;
              RETURN 1;
            END $$;
            """);
    shop.replace("FROM src.visits", "FROM src.visits, src.wait('{{start_date}}') w");
    CompletableFuture<RunReport> run;
    try (Connection gate = shop.database().connect();
        Statement lock = gate.createStatement()) {
      lock.execute("SELECT pg_advisory_lock(4712)");
      run = CompletableFuture.supplyAsync(() -> shop.run(12));
      await()
          .atMost(Duration.ofMinutes(1))
          .ignoreExceptions()
          .untilAsserted(
              () -> {
                List<String> seen = scrape();
                assertThat(seen)
                    .anyMatch(
                        line ->
                            line.startsWith(OPERATOR + "kind_definition_rowsRead{")
                                && line.contains("definition=\"exposures\"")
                                && line.contains("kind=\"assignment\"")
                                && !line.endsWith(" 0.0"));
                assertThat(seen)
                    .anyMatch(line -> line.matches(OPERATOR + "slicesDone\\{.*} [1-9].*"));
                assertThat(seen)
                    .anyMatch(line -> line.matches(COORDINATOR + "slicesTotal\\{.*} [1-9].*"));
              });
    }
    assertThat(run.join().status()).isEqualTo("succeeded");
  }

  private static List<String> scrape() throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://localhost:" + prometheus + "/metrics")).build();
    return HttpClient.newHttpClient()
        .send(request, BodyHandlers.ofString())
        .body()
        .lines()
        .filter(line -> line.contains("_traffical_") && !line.startsWith("#"))
        .toList();
  }

  @Test
  void theLogHasALineForEveryEventThatMatters() throws Exception {
    shop.database().execute("ALTER TABLE src.visits RENAME TO moved");
    try (CapturedLog log = new CapturedLog(Event.class);
        TcpProxy proxy = new TcpProxy(shop.database().port())) {
      shop.through(proxy.port());
      proxy.cutOnceBefore(") AS q) TO STDOUT");

      String partial = shop.run(12).runId();

      assertThat(log.lines()).hasSize(4);
      assertThat(log.lines().get(0))
          .isEqualTo("INFO event=run_started run=" + partial + " command=run");
      assertThat(log.lines().get(1))
          .startsWith("WARN event=slice_retried run=" + partial + " definition=\"")
          .containsPattern(
              "(assignment exposures|fact orders)\""
                  + " window=\\[2026-01-01T[0-9:]+Z,2026-01-01T[0-9:]+Z\\) attempt=1 error=\"");
      assertThat(log.lines().get(2))
          .isEqualTo(
              "INFO event=definition_set_aside run="
                  + partial
                  + " definition=\"fact visits\" error=\"fact visits: DEFINITION [42P01]: relation"
                  + " \\\"src.visits\\\" does not exist\"");
      assertThat(log.lines().get(3))
          .matches(
              "INFO event=published run="
                  + partial
                  + " status=partial range_end=2026-01-01T12:00:00Z rows=2000 late=0 results=4"
                  + " seconds=[0-9.]+");

      shop.database().execute("DROP TABLE src.exposures");
      String failed = shop.run(12).runId();
      assertThat(log.lines())
          .last()
          .asString()
          .startsWith("INFO event=run_failed run=" + failed + " status=failed ");
    }
  }

  /** Client and JobManager both end a run that fails, whoever comes first; detached, only one. */
  @Test
  void aRunThatFailsSaysSoOnceAndOneThatHasPublishedNever() throws Exception {
    String published = shop.run(3).runId();
    shop.database()
        .execute(
            """
            CREATE FUNCTION traffical.refuse() RETURNS trigger LANGUAGE plpgsql AS
              $$ BEGIN RAISE EXCEPTION 'no results today'; END $$;
            CREATE TRIGGER refuse BEFORE INSERT ON traffical.metric_results
              EXECUTE FUNCTION traffical.refuse();
            INSERT INTO traffical.runs (run_id, command, status, started_at, heartbeat_at, owner)
              VALUES ('dead', 'run', 'running', now() - interval '1 h', now() - interval '1 h', 'me');
            """);
    try (CapturedLog log = new CapturedLog(Event.class);
        Connection connection = shop.database().connect()) {
      assertThatThrownBy(() -> shop.run(6)).hasMessageContaining("no results today");

      String failed =
          shop.database()
              .rows("SELECT run_id FROM traffical.runs ORDER BY started_at DESC LIMIT 1")
              .get(0);
      RunStore store = new RunStore(connection, new Tables("traffical"));
      store.fail(failed, "again");
      store.fail(published, "too late");
      List<String> failures =
          log.lines().stream().filter(line -> line.contains("event=run_failed")).toList();
      assertThat(failures).hasSize(2);
      assertThat(failures.get(0))
          .startsWith(
              "INFO event=run_failed run=dead error=\"the run died: it gave no sign of life");
      assertThat(failures.get(1))
          .startsWith("INFO event=run_failed run=" + failed + " error=\"DEFINITION [P0001] ")
          .contains("no results today");
    }
  }
}
