package io.traffical.pipeline.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.traffical.pipeline.testing.SharedCluster;
import io.traffical.pipeline.testing.Shop;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Windows that lose most of their rows are not published unless somebody says that it is right. */
@ExtendWith(SharedCluster.ForJobs.class)
class ShrinkIT {
  private static final String LOST =
      "fact orders window=[2026-01-01T04:00:00Z,2026-01-01T05:00:00Z): DATA: the window had 502"
          + " rows when it was last read and has 25 now%s | hint: check the source; if it is right,"
          + " run again with --accept-shrink";

  private final Shop shop = new Shop();
  @TempDir private Path directory;

  @AfterEach
  void dropDatabase() {
    shop.close();
  }

  private Invocation traffical(String... args) {
    List<String> all = new ArrayList<>(Arrays.asList(args));
    all.add("-c");
    all.add(shop.write(directory).toString());
    return Invocation.of(all.toArray(String[]::new));
  }

  private Invocation run(int hour, String... more) {
    List<String> all = new ArrayList<>(List.of("run", "--to", Shop.hour(hour).toString()));
    all.addAll(Arrays.asList(more));
    return traffical(all.toArray(String[]::new));
  }

  private void remove(String table, String condition) {
    shop.database().execute("DELETE FROM src." + table + " WHERE " + condition);
  }

  @Test
  void aWindowThatLostMostOfItsRowsFailsItsDefinitionUntilThatIsAccepted() {
    shop.fill(2000, 12);
    assertThat(run(6).exitCode()).isZero();
    List<String> before = shop.results();
    List<String> windows = windows();
    remove(
        "orders",
        "event_time >= '2026-01-01T04:00Z' AND event_time < '2026-01-01T05:00Z' AND extract(minute"
            + " FROM event_time) >= 3");

    Invocation partial = run(7);

    assertThat(partial.exitCode()).isEqualTo(4);
    assertThat(partial.out()).startsWith("partial: ");
    assertThat(partial.err()).endsWith("ERROR " + LOST.formatted("") + "\n");
    assertThat(shop.results())
        .contains(before.stream().filter(r -> !r.startsWith("visited")).toArray(String[]::new))
        .doesNotContain(
            before.stream().filter(r -> r.startsWith("visited")).toArray(String[]::new));
    assertThat(windows()).as("what the windows held").isEqualTo(windows);

    remove("orders", "event_time >= '2026-01-01T05:00Z' AND event_time < '2026-01-01T07:00Z'");
    Invocation again = run(8);

    assertThat(again.exitCode()).isEqualTo(4);
    assertThat(again.err())
        .endsWith("ERROR " + LOST.formatted(", and so it is with 1 more window") + "\n");

    Invocation accepted = run(8, "--accept-shrink");

    assertThat(accepted.exitCode()).as(accepted.err()).isZero();
    assertThat(windows()).contains("2026-01-01 04:00:00+00|25", "2026-01-01 05:00:00+00|0");
    assertEqualsARunThatNeverFailed(8);
    assertThat(run(9).exitCode()).as("once accepted, it is no news").isZero();
  }

  private List<String> windows() {
    return shop.database()
        .rows(
            "SELECT window_start, rows FROM traffical.window_reads WHERE name = 'orders' ORDER BY 1");
  }

  private void assertEqualsARunThatNeverFailed(int hour) {
    List<String> published = comparable();
    shop.database().execute("ALTER SCHEMA traffical RENAME TO traffical_before");
    assertThat(run(hour).exitCode()).isZero();
    assertThat(published).isEqualTo(comparable());
  }

  private List<String> comparable() {
    return shop.published().stream()
        .filter(row -> row.startsWith("result") || row.startsWith("assignment"))
        .toList();
  }

  @Test
  void fewerThanHalfOfAtLeastHundredRowsAreTooFew() {
    int[][] cases = {{100, 49}, {100, 50}, {101, 50}, {99, 0}, {100, 0}, {100, 200}};
    shop.expose("'u'", "a", 0);
    shop.database().execute("CREATE TABLE src.cases (before int, now int, i int)");
    for (int[] rows : cases) {
      shop.addFact(
          "from_%d_to_%d".formatted(rows[0], rows[1]),
          "SELECT 'u' AS user_id, timestamptz '2026-01-01T02:00Z' AS event_time, 1 AS amount FROM src.cases WHERE before = %d AND now = %d AND '2026-01-01T02:00Z' BETWEEN '{{start_date}}' AND '{{end_date}}'"
              .formatted(rows[0], rows[1]));
      rows(rows, rows[0]);
    }
    assertThat(run(3).exitCode()).isZero();
    remove("cases", "true");
    for (int[] rows : cases) {
      rows(rows, rows[1]);
    }

    Invocation partial = run(4);

    assertThat(partial.exitCode()).isEqualTo(4);
    assertThat(partial.err().lines().filter(line -> line.startsWith("ERROR ")))
        .extracting(line -> line.substring(0, line.indexOf(" window=")))
        .containsExactlyInAnyOrder(
            "ERROR fact from_100_to_49", "ERROR fact from_101_to_50", "ERROR fact from_100_to_0");
  }

  private void rows(int[] key, int count) {
    shop.database()
        .execute(
            "INSERT INTO src.cases SELECT %d, %d, i FROM generate_series(1, %d) i"
                .formatted(key[0], key[1], count));
  }

  @Test
  void sqlThatHasChangedMayReturnFewerRows() {
    shop.fill(2000, 12);
    assertThat(run(6).exitCode()).isZero();
    shop.replace(
        "amount FROM src.orders\n      WHERE",
        "amount FROM src.orders\n      WHERE amount < 9 AND");

    Invocation changed = run(7);

    assertThat(changed.exitCode()).as(changed.err()).isZero();
    assertEqualsARunThatNeverFailed(7);
  }

  @Test
  void assignmentsThatAreLostKeepBackTheirPoliciesAlsoInABackfill() {
    shop.fill(2000, 12);
    assertThat(run(6).exitCode()).isZero();
    remove("exposures", "assigned_at < '2026-01-01T02:00Z'");
    assertThat(run(6).exitCode()).as("outside of what a run reads").isZero();
    List<String> before = shop.published();
    String[] backfill = {"backfill", "--from", "2026-01-01T00:00:00Z"};

    Invocation failed = traffical(backfill);

    assertThat(failed.exitCode()).isEqualTo(4);
    assertThat(failed.out()).startsWith("failed: ");
    assertThat(failed.err())
        .contains(
            "ERROR assignment exposures window=[2026-01-01T00:00:00Z,2026-01-01T01:00:00Z): DATA:"
                + " the window had 171 rows when it was last read and has 0 now, and so it is with"
                + " 1 more window | hint: ");
    assertThat(shop.published()).isEqualTo(before);

    Invocation accepted =
        traffical("backfill", "--from", "2026-01-01T00:00:00Z", "--accept-shrink");
    assertThat(accepted.exitCode()).as(accepted.err()).isZero();
    assertEqualsARunThatNeverFailed(6);
  }

  @Test
  void windowsOfAnotherWidthAreNotCompared() {
    shop.fill(2000, 12).replace("window: 1h", "window: 6h");
    assertThat(run(12).exitCode()).isZero();
    shop.replace("window: 6h", "window: 1h");

    for (String from : List.of("2026-01-01T07:00:00Z", "2026-01-01T06:00:00Z")) {
      Invocation backfill = traffical("backfill", "--from", from);
      assertThat(backfill.exitCode()).as(backfill.err()).isZero();
    }
  }
}
