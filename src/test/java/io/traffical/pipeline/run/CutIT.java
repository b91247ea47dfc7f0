package io.traffical.pipeline.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.traffical.pipeline.jdbc.Retries;
import io.traffical.pipeline.testing.SharedCluster;
import io.traffical.pipeline.testing.Shop;
import io.traffical.pipeline.testing.TcpProxy;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A connection that ends or falls silent while rows come: nothing is lost, nothing is doubled. */
@ExtendWith(SharedCluster.ForJobs.class)
class CutIT {
  private static final Pattern COPY_ORDERS =
      Pattern.compile("COPY \\((?s:.)*src\\.orders(?s:.)*BETWEEN '2026-01-01T00:00:00Z'");

  private final Shop shop = new Shop();

  @AfterEach
  void dropDatabase() {
    shop.close();
  }

  /** Above 0: so many bytes from the beginning; below: from the end, which has 21 bytes of tail. */
  @ParameterizedTest
  @ValueSource(strings = {"0", "1", "half", "-22", "-8", "-1"})
  void a9_aCutWithinTheRowsIsNeverTakenForTheirEnd(String where) throws Exception {
    shop.fill(2000, 12);
    assertCutIsRepaired(where);
  }

  /** Rows of the slice have already gone on to other tasks when the second half is cut. */
  @Test
  void a9_aCutAfterRowsHaveGoneOnBeginsTheJobAgain() throws Exception {
    shop.fill(20_000, 12);
    assertCutIsRepaired("-22");
  }

  private void assertCutIsRepaired(String where) throws Exception {
    try (TcpProxy proxy = new TcpProxy(shop.database().port())) {
      shop.through(proxy.port());
      proxy.countAnswer(COPY_ORDERS);
      shop.run(12);
      List<String> expected = shop.published();
      assertThat(proxy.counted()).isGreaterThan(10_000);
      shop.database().execute("DROP SCHEMA traffical CASCADE");
      long total = proxy.counted();
      long bytes =
          where.equals("half")
              ? total / 2
              : Math.floorMod(Long.parseLong(where) + (where.startsWith("-") ? total : 0), total);
      proxy.cutOnceWithinAnswer(COPY_ORDERS, bytes);

      RunReport report = shop.run(12);

      assertThat(proxy.cuts()).isEqualTo(1);
      assertThat(report.status()).as(report.error()).isEqualTo("succeeded");
      assertThat(shop.published()).isEqualTo(expected);
    }
  }

  @Test
  void a8_aConnectionThatFallsSilentIsGivenUpAndItsSliceReadAgain() throws Exception {
    shop.fill(2000, 12).replace("statementTimeout: 60s", "statementTimeout: 8s");
    shop.run(12);
    List<String> expected = shop.published();
    shop.database().execute("DROP SCHEMA traffical CASCADE");
    try (TcpProxy proxy = new TcpProxy(shop.database().port())) {
      shop.through(proxy.port());
      proxy.swallowOnceWithinAnswer(COPY_ORDERS, 10_000);
      Instant start = Instant.now();

      RunReport report = shop.run(12);

      assertThat(proxy.cuts()).isEqualTo(1);
      assertThat(report.status()).as(report.error()).isEqualTo("succeeded");
      assertThat(Duration.between(start, Instant.now()))
          .isBetween(Duration.ofSeconds(8), Duration.ofSeconds(45));
      assertThat(shop.published()).isEqualTo(expected);
      assertThat(
              shop.database()
                  .rows(
                      "SELECT query FROM pg_stat_activity WHERE datname = current_database() AND"
                          + " query LIKE 'COPY%' AND state = 'active'"))
          .as("still running in the server")
          .isEmpty();
    }
  }

  /** Bytes come all the time, so that nothing is given up, and takes longer than any pause. */
  @Test
  void a8_aSlowNetworkThatGoesOnIsReadToItsEndAtTheFirstTry() throws Exception {
    shop.fill(2000, 12).run(12);
    List<String> expected = shop.published();
    shop.database().execute("DROP SCHEMA traffical CASCADE");
    List<String> retries = new CopyOnWriteArrayList<>();
    Retries.tell(retries::add);
    try (TcpProxy proxy = new TcpProxy(shop.database().port())) {
      shop.through(proxy.port());
      proxy.slowTo(20_000);
      Instant start = Instant.now();

      RunReport report = shop.run(12);

      assertThat(report.status()).as(report.error()).isEqualTo("succeeded");
      assertThat(Duration.between(start, Instant.now())).isGreaterThan(Duration.ofSeconds(5));
      assertThat(retries).isEmpty();
      assertThat(report.rowsRead()).isEqualTo(2000 + 6000 + 4000);
      assertThat(shop.published()).isEqualTo(expected);
    }
  }

  @Test
  void c6_aStatementThatSwitchesItsTimeoutOffIsEnded() {
    assertEndedFor(
        "(SELECT amount FROM set_config('statement_timeout', '0', false), pg_sleep(600))",
        "DEFINITION [57014]: canceling statement due to statement timeout");
  }

  @Test
  void c6_aStatementThatCatchesItsTimeoutIsEndedFromOutside() {
    shop.database()
        .execute(
            """
            CREATE FUNCTION src.stubborn() RETURNS numeric LANGUAGE plpgsql AS $$ BEGIN
              LOOP BEGIN PERFORM pg_sleep(600); EXCEPTION WHEN query_canceled THEN NULL; END; END LOOP;
            END $$;
            """);
    assertEndedFor(
        "src.stubborn()",
        "DEFINITION [57014]: the statement did not end at pipeline.statementTimeout and was ended");
  }

  private void assertEndedFor(String amount, String error) {
    shop.fill(100, 6)
        .replace("statementTimeout: 60s", "statementTimeout: 4s")
        .orders(
            "SELECT user_id, event_time, "
                + amount
                + " AS amount FROM src.orders WHERE event_time BETWEEN '{{start_date}}' AND"
                + " '{{end_date}}'");

    RunReport report = shop.run(6);

    assertThat(report.status()).isEqualTo("partial");
    assertThat(report.error())
        .startsWith("fact orders window=[2026-01-01T")
        .endsWith("): " + error);
    assertThat(shop.results()).allMatch(row -> row.startsWith("visited|"));
    assertThat(
            shop.database()
                .rows(
                    "SELECT query FROM pg_stat_activity WHERE datname = current_database() AND"
                        + " query LIKE '%src.orders%' AND pid <> pg_backend_pid()"
                        + " AND state <> 'idle'"))
        .as("still running in the server")
        .isEmpty();
  }
}
