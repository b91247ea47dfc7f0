package io.traffical.pipeline.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.traffical.pipeline.testing.Shop;
import io.traffical.pipeline.testing.TcpProxy;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Whatever breaks, the old state stands, and the next run equals one that never failed. */
class FailureIT {
  private Shop shop;

  @BeforeEach
  void createShop() {
    shop = new Shop().fill(2000, 12);
  }

  @AfterEach
  void dropDatabase() {
    shop.close();
  }

  @Test
  void sqlThatTheServerRefusesLeavesOutWhatDependsOnItOnly() {
    shop.run(6);
    List<String> before = watermarks();
    shop.database().execute("ALTER TABLE src.visits RENAME TO visits_moved");

    RunReport partial = shop.run(8);

    assertThat(partial.status()).isEqualTo("partial");
    assertThat(partial.error())
        .isEqualTo("fact visits: DEFINITION [42P01]: relation \"src.visits\" does not exist");
    assertThat(watermarks().stream().map(FailureIT::withoutRestart))
        .contains(withoutRestart(line(before, "visited")))
        .doesNotContain(withoutRestart(line(before, "orders")));
    assertThat(line(watermarks(), "visited"))
        .as("restarts where the assignments that it has missed were read from")
        .endsWith("|2026-01-01 03:00:00+00");
    assertThat(
            shop.database()
                .rows(
                    "SELECT status, error FROM traffical.run_definitions WHERE name = 'visits' AND"
                        + " run_id = '"
                        + partial.runId()
                        + "'"))
        .containsExactly("failed|" + partial.error());

    shop.database().execute("ALTER TABLE src.visits_moved RENAME TO visits");
    assertNextRunIsExact(9);
  }

  @Test
  void sqlThatFailsInALaterSliceMakesTheRunPartialAndMovesNothingThatDependsOnIt() {
    shop.run(3);
    List<String> before = watermarks();
    List<String> resultsBefore = shop.results();
    shop.database().execute("INSERT INTO src.orders VALUES ('u1', '2026-01-01T10:30:00Z', 0)");
    shop.orders(
        "SELECT user_id, event_time, amount / CASE WHEN amount = 0 THEN 0 ELSE 1 END AS amount FROM"
            + " src.orders WHERE event_time BETWEEN '{{start_date}}' AND '{{end_date}}'");
    // The SQL has changed, so the metrics on orders start over, and fail.

    RunReport partial = shop.run(12);

    assertThat(partial.status()).isEqualTo("partial");
    assertThat(partial.error())
        .startsWith("fact orders window=[2026-01-01T")
        .endsWith("): DEFINITION [22012]: division by zero");
    assertThat(watermarks().stream().map(FailureIT::withoutRestart))
        .contains(withoutRestart(line(before, "orders")), withoutRestart(line(before, "revenue")))
        .doesNotContain(withoutRestart(line(before, "visited")));
    assertThat(shop.results())
        .filteredOn(row -> !row.startsWith("visited"))
        .isEqualTo(resultsBefore.stream().filter(row -> !row.startsWith("visited")).toList());

    shop.database().execute("UPDATE src.orders SET amount = 4 WHERE amount = 0");
    assertNextRunIsExact(12);
  }

  @Test
  void anAssignmentDefinitionThatFailsStopsItsPolicies() {
    shop.run(6);
    List<String> before = shop.published();
    shop.database().execute("ALTER TABLE src.exposures RENAME TO exposures_moved");

    RunReport failed = shop.run(8);

    assertThat(failed.status()).isEqualTo("failed");
    assertThat(shop.published()).isEqualTo(before);
    shop.database().execute("ALTER TABLE src.exposures_moved RENAME TO exposures");
    assertNextRunIsExact(9);
  }

  @Test
  void aConnectionThatIsCutWhileReadingIsReplacedAndNothingIsLostOrDoubled() throws Exception {
    try (TcpProxy proxy = new TcpProxy(shop.database().port())) {
      shop.through(proxy.port());
      proxy.cutOnceAfter(60_000);

      RunReport report = shop.run(12);

      assertThat(proxy.cuts()).isEqualTo(1);
      assertThat(report.status()).as(report.error()).isEqualTo("succeeded");
      assertEqualsARunThatNeverFailed(12);
    }
  }

  @Test
  void aConnectionThatIsCutWhilePublishingIsTriedAgainAsAWhole() throws Exception {
    try (TcpProxy proxy = new TcpProxy(shop.database().port())) {
      shop.through(proxy.port());
      proxy.cutOnceBefore("ON CONFLICT (policy_key, metric_key) DO UPDATE");

      RunReport report = shop.run(12);

      assertThat(proxy.cuts()).isEqualTo(1);
      assertThat(report.status()).as(report.error()).isEqualTo("succeeded");
      assertEqualsARunThatNeverFailed(12);
    }
  }

  @Test
  void aCommitWhoseAnswerIsLostIsFoundAndNotRepeated() throws Exception {
    try (TcpProxy proxy = new TcpProxy(shop.database().port())) {
      shop.through(proxy.port());
      proxy.cutOnceAfter("DROP TABLE IF EXISTS", "COMMIT");

      RunReport report = shop.run(12);

      assertThat(proxy.cuts()).isEqualTo(1);
      assertThat(report.status()).as(report.error()).isEqualTo("succeeded");
      assertEqualsARunThatNeverFailed(12);
    }
  }

  @Test
  void aRunThatCannotPublishLeavesTheOldStateAndTheNextOneIsExact() throws Exception {
    shop.run(6);
    List<String> before = shop.published();
    try (TcpProxy proxy = new TcpProxy(shop.database().port())) {
      shop.through(proxy.port());
      proxy.cutWhenever("ON CONFLICT (policy_key, metric_key) DO UPDATE");

      RunFailure failure = catchThrowableOfType(RunFailure.class, () -> shop.run(9));

      assertThat(failure.kind()).isEqualTo(RunFailure.Kind.UNAVAILABLE);
      assertThat(failure).hasMessageStartingWith("UNAVAILABLE [08");
      assertThat(proxy.cuts()).isGreaterThan(1);
      assertThat(shop.published()).isEqualTo(before);
      assertThat(
              shop.database()
                  .rows("SELECT status, error IS NULL FROM traffical.runs ORDER BY started_at"))
          .containsExactly("succeeded|t", "failed|f");
      assertThat(
              shop.database()
                  .rows("SELECT relname FROM pg_class WHERE starts_with(relname, '_s_')"))
          .as("staging tables left over")
          .isEmpty();
      proxy.pass();
      assertNextRunIsExact(12);
    }
  }

  @Test
  void aDatabaseThatCannotBeReachedIsUnavailable() throws Exception {
    int port;
    try (TcpProxy proxy = new TcpProxy(shop.database().port())) {
      port = proxy.port();
      proxy.refuse();
      shop.through(port);
      RunFailure failure = catchThrowableOfType(RunFailure.class, () -> shop.run(6));
      assertThat(failure.kind()).isEqualTo(RunFailure.Kind.UNAVAILABLE);
    }
    RunFailure failure = catchThrowableOfType(RunFailure.class, () -> shop.run(6));
    assertThat(failure.kind()).isEqualTo(RunFailure.Kind.UNAVAILABLE);
    assertThat(failure)
        .hasMessageStartingWith("UNAVAILABLE [08001] host=localhost:" + port + "/")
        .hasMessageContaining("user=postgres")
        .hasMessageContaining("| hint: check that the server is up");
  }

  @Test
  void aWrongPasswordIsRefusedAtOnceAndNotShown() {
    shop.database()
        .execute("DROP ROLE IF EXISTS hba_locked; CREATE ROLE hba_locked LOGIN PASSWORD 'right'");
    shop.database().requirePassword("hba_locked");
    shop.replace("username: postgres", "username: hba_locked")
        .replace("password: postgres", "password: canary-4711");

    RunFailure failure = catchThrowableOfType(RunFailure.class, () -> shop.run(6));

    assertThat(failure.kind()).isEqualTo(RunFailure.Kind.PERMISSION);
    assertThat(failure).hasMessageStartingWith("PERMISSION [28P01] host=localhost:");
    assertThat(org.apache.flink.util.ExceptionUtils.stringifyException(failure))
        .doesNotContain("canary-4711");
  }

  @Test
  void noSessionIdlesInATransactionWhileFlinkWorks() throws Exception {
    shop.orders(
        "SELECT user_id, event_time, amount FROM src.orders, pg_sleep(0.5) WHERE event_time"
            + " BETWEEN '{{start_date}}' AND '{{end_date}}'");
    AtomicBoolean isOver = new AtomicBoolean();
    CompletableFuture<List<String>> idlers =
        CompletableFuture.supplyAsync(() -> idleInTransaction(isOver));

    RunReport report = shop.run(12);

    isOver.set(true);
    assertThat(report.status()).as(report.error()).isEqualTo("succeeded");
    assertThat(idlers.join()).as("sessions idle in a transaction for half a second").isEmpty();
  }

  private List<String> idleInTransaction(AtomicBoolean isOver) {
    List<String> idlers = new ArrayList<>();
    int polls = 0;
    try (Connection connection = shop.database().connect();
        Statement statement = connection.createStatement()) {
      while (!isOver.get()) {
        polls++;
        try (ResultSet rows =
            statement.executeQuery(
                "SELECT state, query FROM pg_stat_activity WHERE application_name = 'traffical' AND"
                    + " datname = current_database() AND state LIKE 'idle in transaction%' AND"
                    + " clock_timestamp() - state_change > interval '0.5 s'")) {
          while (rows.next()) {
            idlers.add(rows.getString(1) + " " + rows.getString(2));
          }
        }
      }
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
    assertThat(polls).isGreaterThan(10);
    return idlers;
  }

  /** What is published after one more run equals what one run over everything publishes. */
  private void assertNextRunIsExact(double hour) {
    RunReport report = shop.run(hour);
    assertThat(report.status()).as(report.error()).isEqualTo("succeeded");
    assertEqualsARunThatNeverFailed(hour);
  }

  private void assertEqualsARunThatNeverFailed(double hour) {
    List<String> results = resultsAndAssignments();
    shop.database().execute("ALTER SCHEMA traffical RENAME TO traffical_before");
    shop.run(hour);
    assertThat(results).isEqualTo(resultsAndAssignments());
  }

  private List<String> resultsAndAssignments() {
    return shop.published().stream()
        .filter(row -> row.startsWith("result") || row.startsWith("assignment"))
        .toList();
  }

  private List<String> watermarks() {
    return shop.database()
        .rows(
            "SELECT metric_key, window_end, totals_to, fingerprint, restart_from FROM"
                + " traffical.watermarks ORDER BY 1");
  }

  private static String line(List<String> lines, String metric) {
    return lines.stream().filter(l -> l.startsWith(metric + "|")).findFirst().orElseThrow();
  }

  private static String withoutRestart(String line) {
    return line.substring(0, line.lastIndexOf('|'));
  }
}
