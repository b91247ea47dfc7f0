package io.traffical.pipeline.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import io.traffical.pipeline.testing.SharedCluster;
import io.traffical.pipeline.testing.Shop;
import io.traffical.pipeline.window.Micros;
import io.traffical.pipeline.window.RunRequest;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** One run at a time; a run that died gives way, and one that lost its lease does not publish. */
@ExtendWith(SharedCluster.ForJobs.class)
class LeaseIT {
  private static final String HEARTBEAT =
      "SELECT heartbeat_at FROM traffical.runs WHERE status = 'running'";

  private static final String WAITING =
      "SELECT pid FROM pg_stat_activity WHERE application_name = 'traffical' AND state = 'active'"
          + " AND query LIKE '%src.wait()%' AND datname = current_database()";

  private final Shop shop = new Shop().fill(500, 12);
  private Connection gate;

  @AfterEach
  void dropDatabase() {
    shop.close();
  }

  @Test
  void f2_aSecondRunFindsTheFirstOneActiveAndSaysWhose() {
    CompletableFuture<RunReport> first = startSlowRun();

    RunFailure busy = catchThrowableOfType(RunFailure.class, () -> shop.run(6));

    assertThat(busy.kind()).isEqualTo(RunFailure.Kind.BUSY);
    assertThat(busy)
        .hasMessageContaining(" by " + Owner.name() + " is active for 00:0")
        .hasMessageContaining("pid " + ProcessHandle.current().pid());
    open();
    assertThat(first.join().status()).isEqualTo("succeeded");
    assertThat(shop.run(6).status()).isEqualTo("succeeded");
  }

  @Test
  void aRunThatFailsRightAfterItHasTakenTheLeaseGivesItBack() {
    failsAndGivesBack("run", () -> shop.run(12));
  }

  @Test
  void aDropThatFailsRightAfterItHasTakenTheLeaseGivesItBack() {
    failsAndGivesBack("drop", () -> new DropService(shop.definitions()).drop("pricing"));
  }

  private void failsAndGivesBack(String command, ThrowingCallable work) {
    assertThat(shop.run(6).status()).isEqualTo("succeeded");
    shop.database()
        .execute(
            """
            CREATE TABLE traffical._s_left (i int);
            CREATE FUNCTION src.refuse() RETURNS event_trigger LANGUAGE plpgsql AS
              $$ BEGIN RAISE 'nothing is dropped here'; END $$;
            CREATE EVENT TRIGGER refuse ON sql_drop EXECUTE FUNCTION src.refuse();
            """);

    RunFailure failure = catchThrowableOfType(RunFailure.class, work);

    assertThat(failure).hasMessageContaining("nothing is dropped here");
    assertThat(
            shop.database()
                .rows(
                    "SELECT command, status, error LIKE '%nothing is dropped here%' FROM"
                        + " traffical.runs ORDER BY started_at DESC LIMIT 1"))
        .containsExactly(command + "|failed|t");
    shop.database().execute("DROP EVENT TRIGGER refuse");
    assertThat(shop.run(12).status()).isEqualTo("succeeded");
  }

  @Test
  void f3_aRunWithoutSignOfLifeIsTakenOverAndItsLatePublishIsRefused() {
    CompletableFuture<RunReport> first = startSlowRun();
    shop.database().execute("CREATE TABLE traffical._s_dead_totals (i int)");
    String firstId =
        shop.database().rows("SELECT run_id FROM traffical.runs WHERE status = 'running'").get(0);
    // A run that stopped beating: its row is made old, and beats no longer find it.
    shop.database()
        .execute(
            """
            CREATE FUNCTION traffical.stop_beating() RETURNS trigger LANGUAGE plpgsql AS
              $$ BEGIN NEW.heartbeat_at := OLD.heartbeat_at; RETURN NEW; END $$;
            UPDATE traffical.runs SET heartbeat_at = heartbeat_at - interval '61 s';
            CREATE TRIGGER stop_beating BEFORE UPDATE ON traffical.runs FOR EACH ROW
              WHEN (OLD.run_id = '%s') EXECUTE FUNCTION traffical.stop_beating();
            """
                .formatted(firstId));
    shop.replace(", src.wait() w", "");

    RunReport second = shop.run(6);

    assertThat(second.status()).as(second.error()).isEqualTo("succeeded");
    List<String> published = shop.published();
    assertThat(staging()).as("of the dead run and of the taken-over one").isEmpty();
    open();
    CompletionException late = catchThrowableOfType(CompletionException.class, first::join);
    assertThat(late)
        .cause()
        .isInstanceOfSatisfying(
            RunFailure.class,
            failure -> {
              assertThat(failure.kind()).isEqualTo(RunFailure.Kind.BUSY);
              assertThat(failure)
                  .hasMessage(
                      "BUSY run %s was taken over: its lease expired; nothing of it was published",
                      firstId);
            });
    assertThat(shop.published()).isEqualTo(published);
    assertThat(
            shop.database()
                .rows("SELECT status FROM traffical.runs WHERE run_id = '" + firstId + "'"))
        .containsExactly("failed");
    assertThat(
            shop.database()
                .rows(
                    "SELECT count(*) FROM traffical.metric_results WHERE run_id = '"
                        + firstId
                        + "'"))
        .containsExactly("0");
  }

  @Test
  void f1_ofEightFirstRunsInAnEmptyDatabaseEachSucceedsOrFindsAnotherActive() {
    ExecutorService threads = Executors.newFixedThreadPool(8);
    List<CompletableFuture<String>> runs = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      runs.add(CompletableFuture.supplyAsync(this::outcomeOfRun, threads));
    }

    List<String> outcomes = runs.stream().map(CompletableFuture::join).toList();

    threads.shutdown();
    assertThat(outcomes).contains("succeeded").isSubsetOf("succeeded", "BUSY");
    assertThat(shop.database().rows("SELECT DISTINCT status FROM traffical.runs"))
        .containsExactly("succeeded");
  }

  @Test
  void theHeartbeatGoesOnWhileAQueryRunsLongAndWhileThePublisherWaits() throws Exception {
    CompletableFuture<RunReport> run = startSlowRun();
    String reading = shop.database().rows(HEARTBEAT).get(0);
    await()
        .atMost(Duration.ofMinutes(2))
        .untilAsserted(() -> assertThat(heartbeat()).isGreaterThan(reading));
    try (Connection connection = shop.database().connect();
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      statement.execute("LOCK TABLE traffical.metric_results IN SHARE MODE");
      open();
      await().atMost(Duration.ofMinutes(2)).until(() -> !waitingForLock().isEmpty());
      String publishing = heartbeat();
      await()
          .atMost(Duration.ofMinutes(2))
          .untilAsserted(() -> assertThat(heartbeat()).isGreaterThan(publishing));
      connection.rollback();
    }
    assertThat(run.join().status()).isEqualTo("succeeded");
  }

  /** Starts a run that waits while it reads orders, until {@link #open}. */
  private CompletableFuture<RunReport> startSlowRun() {
    try {
      gate = shop.database().connect();
      try (Statement statement = gate.createStatement()) {
        statement.execute("SELECT pg_advisory_lock(4711)");
      }
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
    shop.database()
        .execute(
            """
            CREATE FUNCTION src.wait() RETURNS int LANGUAGE plpgsql AS $$
            BEGIN
              WHILE NOT pg_try_advisory_xact_lock_shared(4711) LOOP PERFORM pg_sleep(0.05); END LOOP;
              RETURN 1;
            END $$;
            """);
    shop.replace("FROM src.orders", "FROM src.orders, src.wait() w");
    RunService service = new RunService(shop.definitions(), RunListener.SILENT);
    RunRequest request = RunRequest.run(Micros.of(Shop.hour(6)));
    CompletableFuture<RunReport> run = CompletableFuture.supplyAsync(() -> service.run(request));
    await()
        .pollInterval(Duration.ofMillis(500))
        .atMost(Duration.ofMinutes(2))
        .until(() -> !shop.database().rows(WAITING).isEmpty() || run.isDone());
    assertThat(run).as("the slow run").isNotDone();
    return run;
  }

  /** Lets the slow run go on. */
  private void open() {
    try {
      gate.close();
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private String heartbeat() {
    List<String> beats = shop.database().rows(HEARTBEAT);
    return beats.isEmpty() ? "" : beats.get(0);
  }

  private List<String> waitingForLock() {
    return shop.database()
        .rows(
            "SELECT pid FROM pg_stat_activity WHERE application_name = 'traffical' AND"
                + " wait_event_type = 'Lock' AND datname = current_database()");
  }

  private List<String> staging() {
    return shop.database()
        .rows("SELECT relname FROM pg_class WHERE starts_with(relname, '_s_') ORDER BY 1");
  }

  private String outcomeOfRun() {
    try {
      return shop.run(6).status();
    } catch (RunFailure e) {
      return e.kind() == RunFailure.Kind.BUSY ? "BUSY" : e.getMessage();
    }
  }
}
