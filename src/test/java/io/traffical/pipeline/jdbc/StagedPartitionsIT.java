package io.traffical.pipeline.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.traffical.pipeline.jdbc.Publication.LeaseLostException;
import io.traffical.pipeline.model.StagedRows;
import io.traffical.pipeline.testing.Shop;
import io.traffical.pipeline.window.Micros;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.runtime.execution.SuppressRestartsException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What a first run stages in partitions, where it stays: only what the publisher has counted is
 * there in the end, whoever else has written there.
 */
class StagedPartitionsIT {
  private static final int UNITS = 20;
  private static final String ASSIGNED = "SELECT count(*) FROM traffical.assignments";
  private static final String SEEN =
      """
      SELECT (SELECT count(*) FROM traffical.unit_totals), (SELECT count(*) FROM traffical.unit_outcomes)
      """;
  private static final String STORED =
      """
      SELECT (SELECT count(*) FROM traffical.unit_total_sets), (SELECT count(*) FROM traffical.unit_outcome_sets)
      """;
  private static final String NONE = "0|0";
  private static final String ALL = "20|60";

  private final Shop shop = new Shop();
  private Connection connection;

  @BeforeEach
  void connect() throws SQLException {
    connection = shop.database().connect();
  }

  @AfterEach
  void dropDatabase() throws SQLException {
    connection.close();
    shop.close();
  }

  private FirstPublication begin() throws SQLException {
    return FirstPublication.begin(
        connection, shop.definitions(), Micros.of(Shop.hour(24 * 31)), UNITS);
  }

  /** Ends a run as one that has died, and begins the next. */
  private FirstPublication takeOver() throws SQLException {
    shop.database()
        .execute("UPDATE traffical.runs SET heartbeat_at = heartbeat_at - interval '61 s'");
    return begin();
  }

  private List<String> rows(String sql) {
    return shop.database().rows(sql);
  }

  private void assertPublished() {
    assertThat(rows(ASSIGNED)).containsExactly("20");
    assertThat(rows(SEEN)).containsExactly(ALL);
    assertThat(rows(STORED)).containsExactly(ALL);
  }

  @Test
  void whatIsStagedIsSeenOnceItIsPublished() throws Exception {
    FirstPublication run = begin();

    List<StagedRows> words = run.stage();

    assertThat(rows(STORED)).containsExactly(ALL);
    assertThat(rows(SEEN)).containsExactly(NONE);
    assertThat(rows(ASSIGNED)).containsExactly("0");
    run.publish(words);
    assertPublished();
  }

  @Test
  void theRowsOfAnAttemptThatDidNotReachItsEndAreRemoved() throws Exception {
    FirstPublication run = begin();
    run.stage();

    run.publish(run.stage());

    assertPublished();
  }

  /** With high availability, the next JobManager takes up a job that has published. */
  @Test
  void aWriterThatComesAfterThePublicationWritesNothing() throws Exception {
    FirstPublication run = begin();
    run.publish(run.stage());

    List<StagedRows> words = run.stage();

    assertThat(words).extracting(StagedRows::rows).containsOnly(0L);
    assertPublished();
  }

  @Test
  void aWriterWhoseRunWasTakenOverWritesNothingAndWhatItWroteIsRemoved() throws Exception {
    FirstPublication dead = begin();
    dead.stage();

    FirstPublication next = takeOver();

    assertThat(rows(STORED)).containsExactly(NONE);
    assertThatThrownBy(() -> dead.stageOutcomes())
        .isInstanceOf(SuppressRestartsException.class)
        .cause()
        .isInstanceOf(LeaseLostException.class)
        .hasMessageContaining(dead.runId());
    assertThat(rows(STORED)).containsExactly(NONE);
    next.publish(next.stage());
    assertPublished();
  }

  @Test
  void aWriterOfADeadRunThatHangsInTheServerIsEnded() throws Exception {
    begin();
    try (Connection hanging = shop.database().connect();
        Statement statement = hanging.createStatement()) {
      hanging.setAutoCommit(false);
      statement.execute(
          "INSERT INTO traffical.unit_outcome_sets VALUES ('pricing', 1, '2026-01-01', 'u', '{1,1,0}')");

      FirstPublication next = takeOver();

      assertThatThrownBy(hanging::commit).isInstanceOf(SQLException.class);
      next.publish(next.stage());
    }
    assertPublished();
  }

  /** Its lock does not let anybody empty the partition; the publisher then tells rows apart. */
  @Test
  void aReaderKeepsNobodyFromPublishing() throws Exception {
    begin().stage();
    try (Connection reader = shop.database().connect();
        Statement statement = reader.createStatement()) {
      reader.setAutoCommit(false);
      statement.execute("SELECT FROM traffical.unit_outcomes, traffical.unit_totals");

      FirstPublication next = takeOver();

      assertThat(rows(STORED)).containsExactly(ALL);
      next.publish(next.stage());
    }
    assertPublished();
  }

  /** It may have been asleep since it took the lease, which is another run's by now. */
  @Test
  void whoHasLostTheLeaseEmptiesNothing() throws Exception {
    FirstPublication asleep = begin();
    FirstPublication next = takeOver();
    List<StagedRows> words = next.stage();

    new StagingLeftovers(connection, new Tables("traffical")).emptyPartitions(asleep.runId());

    next.publish(words);
    assertPublished();
  }

  @Test
  void whatALateWriterCommitsWhileThePublisherWaitsIsCountedAtAnyIsolation() throws Exception {
    FirstPublication run = begin();
    List<StagedRows> words = run.stage();
    shop.database()
        .execute(
            "ALTER DATABASE %s SET default_transaction_isolation TO 'repeatable read'"
                .formatted(shop.database().name()));
    try (Connection late = shop.database().connect();
        Statement statement = late.createStatement()) {
      late.setAutoCommit(false);
      statement.execute(
          "INSERT INTO traffical.unit_outcome_sets VALUES ('pricing', 1, '2026-01-01', 'u', '{1,1,0}')");
      CompletableFuture<Void> publication =
          CompletableFuture.runAsync(
              () -> {
                try {
                  run.publish(words);
                } catch (SQLException e) {
                  throw new IllegalStateException(e);
                }
              });
      await().until(() -> !rows("SELECT FROM pg_locks WHERE NOT granted").isEmpty());

      late.commit();
      publication.join();
    }
    assertPublished();
  }

  @Test
  void aRunThatFailsLeavesNothingInThePartitions() throws Exception {
    FirstPublication run = begin();
    run.stage();

    new RunStore(connection, new Tables("traffical")).fail(run.runId(), "for a test");

    assertThat(rows(STORED)).containsExactly(NONE);
    assertThat(rows("SELECT pg_total_relation_size('traffical._p_pricing_outcomes')"))
        .as("bytes on the disk")
        .hasSize(1)
        .allSatisfy(bytes -> assertThat(Long.parseLong(bytes)).isLessThanOrEqualTo(8192));
  }

  @Test
  void anotherRunMayBeginThatLeavesThePublishedAlone() throws Exception {
    FirstPublication run = begin();
    run.publish(run.stage());
    RunStore store = new RunStore(connection, new Tables("traffical"));

    store.begin("next", "run", "test");
    store.fail("next", "for a test");

    assertPublished();
  }
}
