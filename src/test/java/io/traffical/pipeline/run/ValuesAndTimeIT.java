package io.traffical.pipeline.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.traffical.pipeline.testing.SharedCluster;
import io.traffical.pipeline.testing.Shop;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Unusual values and times: exact, or rejected and counted. Names begin with the fault's row. */
@ExtendWith(SharedCluster.ForJobs.class)
class ValuesAndTimeIT {
  private static final String BETWEEN =
      " WHERE event_time BETWEEN '{{start_date}}' AND '{{end_date}}'";
  private final Shop shop = new Shop();

  @AfterEach
  void dropDatabase() {
    shop.close();
  }

  private RunReport run(double hour) {
    RunReport report = shop.run(hour);
    assertThat(report.status()).as(report.error()).isEqualTo("succeeded");
    return report;
  }

  @Test
  void d3_decimalsOfFortyDigitsAndSumsThatCancelAreExactAndOverflowIsRejected() {
    shop.expose("'u1'", "a", 0).expose("'u2'", "b", 0).expose("'u3'", "b", 0);
    for (int i = 0; i < 10; i++) {
      shop.order("'u1'", "0.1", 1).order("'u1'", i < 5 ? "1e15" : "-1e15", 1);
    }
    shop.order("'u2'", "12345678901234567890.12345678901234567890", 1)
        .order("'u3'", "1e99", 1)
        .order("'u3'", "-1e99", 1)
        .order("'u3'", "1e101", 1);

    run(6);

    assertThat(
            shop.database()
                .rows(
                    "SELECT allocation_key, abs(numerator - x) <= 1e-12 * abs(x) FROM"
                        + " traffical.latest_results JOIN (VALUES ('a', 1.0::float8), ('b',"
                        + " 12345678901234567890.12345678901234567890)) v (allocation_key, x) USING"
                        + " (allocation_key) WHERE metric_key = 'revenue' ORDER BY 1"))
        .containsExactly("a|t", "b|t");
    assertThat(
            shop.database()
                .rows("SELECT rows_rejected FROM traffical.run_definitions WHERE name = 'orders'"))
        .containsExactly("1");
  }

  @Test
  void d5_aNulByteFailsItsDefinitionAsData() {
    shop.expose("'u1'", "a", 0).order("'u1'", "1", 1);
    shop.orders(
        "SELECT convert_from(decode('7500', 'hex'), 'UTF8') AS user_id, event_time, amount FROM"
            + " src.orders"
            + BETWEEN);

    RunReport partial = shop.run(6);

    assertThat(partial.status()).isEqualTo("partial");
    assertThat(partial.error())
        .startsWith("fact orders window=[2026-01-01T")
        .endsWith("): DATA [22021]: invalid byte sequence for encoding \"UTF8\": 0x00");
    assertThat(shop.results()).contains("visited|a|1|0");
  }

  @Test
  void d8_d9_doublesOfAnAssignmentHaveOneWinnerAndEqualFactsBothCountHoweverOftenTheyAreRead() {
    shop.expose("'u1'", "b", 1).expose("'u1'", "a", 1).expose("'u1'", "b", 1);
    shop.expose("'u2'", "b", 1).expose("'u2'", "b", 1);
    shop.order("'u2'", "2.5", 4).order("'u2'", "2.5", 4);
    shop.replace("pipeline: {", "pipeline: { multipleAllocations: first,");

    for (int i = 0; i < 6; i++) {
      run(6);
    }

    assertThat(
            shop.database()
                .rows(
                    "SELECT unit_key, allocation_key, crossed_over_at = first_assigned_at FROM"
                        + " traffical.assignments ORDER BY 1"))
        .containsExactly("u1|a|t", "u2|b|∅");
    assertThat(shop.results()).contains("orders|b|1|2", "revenue|b|1|5", "orders|a|1|0");
  }

  @Test
  void d11_aColumnThatChangesOrGoesBetweenRunsFailsItsDefinitionAndKeepsWhatIsPublished() {
    shop.expose("'u1'", "a", 0).order("'u1'", "1", 5);
    run(6);
    List<String> before = shop.results();

    shop.database().execute("ALTER TABLE src.orders ALTER amount TYPE text");
    RunReport changed = shop.run(7);

    assertThat(changed.status()).isEqualTo("partial");
    assertThat(changed.error())
        .isEqualTo(
            "fact orders: DEFINITION: column \"amount\" is of type text, needed is a number; write"
                + " EXPRESSION::numeric AS amount");

    shop.database().execute("ALTER TABLE src.orders DROP amount");
    RunReport gone = shop.run(8);

    assertThat(gone.status()).isEqualTo("partial");
    assertThat(gone.error())
        .isEqualTo("fact orders: DEFINITION [42703]: column \"amount\" does not exist");
    assertThat(shop.results()).isEqualTo(before);
    shop.database().execute("ALTER TABLE src.orders ADD amount numeric DEFAULT 3");
    run(9);
    assertThat(shop.results()).contains("revenue|a|1|3");
  }

  @Test
  void e3_e4_rowsThatComeLateOrGoOrAreCorrectedAreAsIfTheyHadAlwaysBeenSo() {
    shop.fill(300, 12);
    run(6);
    shop.order("'u7'", "1000", 5.5).order("'u8'", "1000", 3.5).expose("'late'", "b", 4);
    shop.database()
        .execute(
            """
            DELETE FROM src.orders WHERE event_time >= '2026-01-01T03:10Z' AND event_time < '2026-01-01T03:30Z';
            UPDATE src.orders SET amount = amount * 2 WHERE event_time >= '2026-01-01T04:00Z' AND event_time < '2026-01-01T05:00Z';
            DELETE FROM src.exposures WHERE assigned_at >= '2026-01-01T05:10Z' AND assigned_at < '2026-01-01T05:20Z';
            """);

    assertThat(run(7).lateRows()).isPositive();

    List<String> results = comparable();
    shop.database().execute("ALTER SCHEMA traffical RENAME TO traffical_before");
    run(7);
    assertThat(results).isEqualTo(comparable());
  }

  private List<String> comparable() {
    return shop.published().stream()
        .filter(row -> row.startsWith("result") || row.startsWith("assignment"))
        .toList();
  }

  @Test
  void e5_timesThatNoCalendarOfJavaHasAreExactAndInfiniteOnesRejected() {
    shop.expose("'u1'", "a", 0).order("'u1'", "1", 1);
    shop.database()
        .execute(
            """
            INSERT INTO src.orders SELECT 'u1', t::timestamptz, 100 FROM unnest(ARRAY['infinity', '-infinity',
              '0044-03-15 00:00 BC', '4713-01-01 00:00+00 BC', '294276-12-31 23:59:59.999999+00',
              '12026-01-01 01:00+00', '1500-02-29 24:00+00', '2026-01-01 24:00+00']) t
            WHERE t <> '1500-02-29 24:00+00';
            """);
    shop.orders(
            "SELECT user_id, event_time, amount FROM src.orders WHERE '{{start_date}}' < '{{end_date}}'")
        .replace("parallelism: 2", "parallelism: 1")
        .replace("maxRejectedShare: 0.5", "maxRejectedShare: 1")
        .replace("scan: 6h", "scan: 1d");

    run(6);

    assertThat(shop.results()).contains("revenue|a|1|1");
    assertThat(
            shop.database()
                .rows(
                    "SELECT rows_read, rows_outside, rows_rejected, first_rejection FROM"
                        + " traffical.run_definitions WHERE name = 'orders'"))
        .containsExactly(
            "1|5|2|fact orders window=[2026-01-01T00:00:00Z,2026-01-01T06:00:00Z): the time is"
                + " infinite");
    run(30);
    assertThat(shop.results()).as("24:00 is the next day's 00:00").contains("revenue|a|1|101");
  }

  @Test
  void e6_neitherTheSessionsTimeZoneNorItsGapsAndFoldsMoveRows() {
    // On 2026-03-08 New York has no 02:30, and on 2026-11-01 it has 01:30 twice.
    shop.replace("startsAt: 2026-01-01T00:00:00Z", "startsAt: 2026-03-08T06:00:00Z");
    shop.database()
        .execute(
            "ALTER DATABASE %s SET timezone = 'America/New_York'"
                .formatted(shop.database().name()));
    shop.database()
        .execute(
            """
            INSERT INTO src.exposures VALUES ('u1', '2026-03-08T06:00:00Z', 'pricing', 'a');
            INSERT INTO src.orders SELECT 'u1', t::timestamptz, 1 FROM unnest(ARRAY['2026-03-08T06:30Z', '2026-03-08T06:59:59.999999Z',
              '2026-03-08T07:00Z', '2026-03-08T07:30Z', '2026-11-01T05:30Z', '2026-11-01T06:30Z', '2026-11-01T06:59:59.999999Z']) t;
            """);

    for (String to :
        List.of("2026-03-08T07:00:00Z", "2026-03-08T09:00:00Z", "2026-11-01T12:00:00Z")) {
      run((java.time.Instant.parse(to).getEpochSecond() - Shop.hour(0).getEpochSecond()) / 3600.0);
    }

    assertThat(shop.results()).contains("orders|a|1|7");
    assertThat(
            shop.database()
                .rows(
                    "SELECT window_start AT TIME ZONE 'UTC', rows FROM traffical.window_reads WHERE"
                        + " name = 'orders' AND rows > 0 ORDER BY 1"))
        .containsExactly(
            "2026-03-08 06:00:00|2",
            "2026-03-08 07:00:00|2",
            "2026-11-01 05:00:00|1",
            "2026-11-01 06:00:00|2");
  }
}
