package io.traffical.pipeline.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** Each thing that is asserted after every fault is missed when it is missing. */
class AftermathIT {
  private final Shop shop = new Shop();
  private final TestDatabase database = shop.database();
  private final Watch watch = new Watch(database);

  @AfterEach
  void dropDatabase() {
    watch.end();
    shop.close();
  }

  private void publishByHand() {
    database.execute(
        """
        CREATE SCHEMA traffical;
        CREATE TABLE traffical.runs (run_id text, status text);
        CREATE TABLE traffical.assignments (i int);
        CREATE TABLE traffical.unit_totals (i int);
        CREATE TABLE traffical.metric_results (i int);
        CREATE TABLE traffical.watermarks (i int);
        CREATE TABLE traffical.window_reads (i int);
        """);
  }

  @Test
  void aStateBetweenTwoRunsIsSeen() {
    publishByHand();
    watch.begin();
    publish("BEGIN", "INSERT INTO traffical.runs VALUES ('1', 'succeeded')", "COMMIT");
    assertThatCode(watch::assertNothingWasTorn).doesNotThrowAnyException();

    publish();

    assertThatThrownBy(watch::assertNothingWasTorn)
        .hasMessageContaining("published states that no run left behind")
        .hasMessageContaining("after the runs [1succeeded]: first assignments 1");
  }

  /**
   * Adds an assignment in a transaction with these statements around it, and waits for a reader.
   */
  private void publish(String... around) {
    String begin = around.length == 0 ? "" : around[0] + ";" + around[1] + ";";
    String end = around.length == 0 ? "" : around[2];
    int reads = watch.reads();
    await().until(() -> watch.reads() > reads + 1);
    database.execute(begin + "INSERT INTO traffical.assignments VALUES (1);" + end);
    int later = watch.reads();
    await().until(() -> watch.reads() > later + 1);
  }

  @Test
  void rowsOfAnotherTransactionThanTheEndOfTheirRunAreSeen() {
    publishByHand();
    watch.begin();
    database.execute("INSERT INTO traffical.runs VALUES ('1', 'succeeded')");
    database.execute("INSERT INTO traffical.metric_results VALUES (7)");

    assertThatThrownBy(watch::assertNothingWasTorn)
        .hasMessageContaining("rows of metric_results that were not published together with")
        .hasMessageContaining("(7)");
  }

  @Test
  void whatIsPublishedIsComparedWithARunThatNeverFailed() {
    shop.fill(20, 6).run(6);
    assertThatCode(() -> Aftermath.check(database)).doesNotThrowAnyException();
    database.execute("UPDATE traffical.assignments SET first_assigned_at = '2026-01-01Z'");

    assertThatThrownBy(() -> Aftermath.check(database))
        .hasMessageContaining("after the next good run, against a run that never failed");
  }

  @Test
  void stagingTablesSessionsAndLocksAreSeen() throws Exception {
    database.execute("CREATE SCHEMA traffical; CREATE TABLE traffical._s_4711_totals (i int)");
    assertThatThrownBy(() -> Aftermath.assertNothingIsLeft(database))
        .hasMessageContaining("staging tables left behind")
        .hasMessageContaining("traffical._s_4711_totals");
    database.execute("DROP SCHEMA traffical CASCADE");
    try (var connection = database.connect();
        var statement = connection.createStatement()) {
      statement.execute("SET application_name = 'traffical'; SELECT pg_advisory_lock(4711)");

      assertThatThrownBy(() -> Aftermath.assertNothingIsLeft(database))
          .hasMessageContaining("session|idle|")
          .hasMessageContaining("lock|advisory|ExclusiveLock");
    }
    assertThatCode(() -> Aftermath.assertNothingIsLeft(database)).doesNotThrowAnyException();
  }

  @Test
  void everyChangeOfTheSourceIsSeen() {
    shop.fill(20, 6);
    for (String change :
        new String[] {
          "INSERT INTO src.visits VALUES (NULL, NULL)",
          "UPDATE src.orders SET amount = amount WHERE user_id = 'u7'",
          "ALTER TABLE src.orders ADD note text",
          "CREATE TABLE public.left_behind (i int)",
          "GRANT SELECT ON src.orders TO PUBLIC",
          "CREATE FUNCTION src.f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
          "SELECT lo_create(0)",
          "DROP TABLE src.visits",
        }) {
      var before = SourceState.of(database);
      assertThat(SourceState.of(database)).isEqualTo(before);

      database.execute(change);

      assertThat(SourceState.of(database)).as(change).isNotEqualTo(before);
    }
  }

  @Test
  void passwordsAreHeardAndFound() {
    try (Canary canary = new Canary()) {
      System.out.println("to standard output " + Canary.PASSWORD);
      System.err.println("to standard error " + Canary.PASSWORD);
      LoggerFactory.getLogger("org.apache.flink").info("logged {}", Canary.PASSWORD);
      LoggerFactory.getLogger("any").warn("logged", new IllegalStateException(Canary.PASSWORD));
      assertThat(canary).isNotNull();
      assertThat(Canary.leaks()).hasSize(4).allMatch(line -> line.contains(Canary.PASSWORD));
    }
    database.execute("CREATE SCHEMA traffical; CREATE TABLE traffical.runs AS SELECT 'x' AS error");
    Aftermath.assertNoPasswordIsStored(database);
    database.execute("UPDATE traffical.runs SET error = 'pw=" + Canary.PASSWORD + "'");
    assertThatThrownBy(() -> Aftermath.assertNoPasswordIsStored(database))
        .hasMessageContaining("rows of traffical.runs with a password");
  }
}
