package io.traffical.pipeline.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.traffical.pipeline.testing.SharedCluster;
import io.traffical.pipeline.testing.Shop;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Whether definitions keep up with the clock, which is the database's. */
@ExtendWith(SharedCluster.ForJobs.class)
class FreshnessIT {
  private final Shop shop = new Shop();
  private final Instant hour = hourThatLasts();
  @TempDir private Path directory;

  /** The current hour, once it does not end within the minute that a test takes at most. */
  private static Instant hourThatLasts() {
    await()
        .atMost(Duration.ofMinutes(2))
        .until(() -> Instant.now().atZone(ZoneOffset.UTC).getMinute() < 59);
    return Instant.now().truncatedTo(ChronoUnit.HOURS);
  }

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

  /** A policy that started so many hours ago. */
  private void started(int hours) {
    shop.replace(
        "startsAt: 2026-01-01T00:00:00Z", "startsAt: " + hour.minus(Duration.ofHours(hours)));
  }

  private Invocation run(int hoursAgo) {
    return traffical("run", "--to", hour.minus(Duration.ofHours(hoursAgo)).toString());
  }

  private List<String> statuses() {
    return shop.database()
        .rows(
            "SELECT kind, name, status, last_success_at IS NOT NULL, date_trunc('hour', now()) -"
                + " window_end FROM traffical.freshness ORDER BY 1, 2");
  }

  /** Lets the clock go on: all times that are stored become older. */
  private void later(String interval) {
    shop.database()
        .execute(
            "UPDATE traffical.watermarks SET window_end = window_end - interval '%s'; UPDATE traffical.definition_users SET starts_at = starts_at - interval '%1$s'"
                .formatted(interval));
  }

  @Test
  void whatIsUnpublishedForMoreThanTwoWindowsIsStale() {
    started(10);
    shop.replace("window: 1h", "delay: 0s, window: 1h");
    assertThat(run(2).exitCode()).isZero();

    Invocation healthy = traffical("freshness", "--check");

    assertThat(healthy.exitCode()).isZero();
    assertThat(healthy.err()).isEmpty();
    assertThat(healthy.out().lines().toList())
        .hasSize(4)
        .first()
        .asString()
        .matches("kind +name +last_success_at +window_end +lag +status");
    assertThat(healthy.out()).containsPattern("fact +visits .* 0[23]:[0-9:]+ +healthy\n");
    assertThat(statuses())
        .containsExactly(
            "assignment|exposures|healthy|t|02:00:00",
            "fact|orders|healthy|t|02:00:00",
            "fact|visits|healthy|t|02:00:00");

    later("1 hour");

    assertThat(statuses()).allMatch(row -> row.contains("|stale|t|03:00:00"));
    assertThat(traffical("freshness", "--check").exitCode()).isEqualTo(10);
    assertThat(traffical("freshness").exitCode()).as("only with --check").isZero();
    assertThat(traffical("freshness", "--check", "--format", "json").out())
        .contains("\"status\" : \"stale\"", "\"lag\" : \"0");
    assertThat(run(0).exitCode()).isZero();
    assertThat(traffical("freshness", "--check").exitCode()).isZero();
  }

  @Test
  void aDefinitionWhoseLastAttemptFailedIsFailing() {
    started(10);
    assertThat(run(1).exitCode()).isZero();
    shop.database().execute("ALTER TABLE src.visits RENAME TO visits_moved");
    assertThat(run(1).exitCode()).isEqualTo(4);

    assertThat(statuses())
        .containsExactly(
            "assignment|exposures|healthy|t|01:00:00",
            "fact|orders|healthy|t|01:00:00",
            "fact|visits|failing|t|01:00:00");
    assertThat(traffical("freshness", "--check").exitCode()).isEqualTo(10);

    shop.database().execute("ALTER TABLE src.visits_moved RENAME TO visits");
    assertThat(run(1).exitCode()).isZero();
    assertThat(traffical("freshness", "--check").exitCode()).isZero();
  }

  @Test
  void aRunThatFailedWholeIsAFailedAttemptOfEverything() {
    started(10);
    assertThat(run(1).exitCode()).isZero();
    shop.database()
        .execute(
            """
            CREATE FUNCTION src.refuse() RETURNS trigger LANGUAGE plpgsql AS
              $$ BEGIN RAISE EXCEPTION 'no results today'; END $$;
            CREATE TRIGGER refuse BEFORE UPDATE OR INSERT ON traffical.watermarks
              FOR EACH ROW EXECUTE FUNCTION src.refuse();
            """);
    assertThat(run(0).exitCode()).isEqualTo(4);

    assertThat(statuses()).hasSize(3).allMatch(row -> row.contains("|failing|t|01:00:00"));
    assertThat(traffical("freshness", "--check").exitCode()).isEqualTo(10);

    shop.database().execute("DROP TRIGGER refuse ON traffical.watermarks");
    assertThat(run(0).exitCode()).isZero();
    assertThat(statuses()).hasSize(3).allMatch(row -> row.contains("|healthy|"));
  }

  @Test
  void whatHasNeverRunIsNotFresh() {
    started(10);

    Invocation never = traffical("freshness");

    assertThat(never)
        .isEqualTo(new Invocation(0, "", "Nothing is published yet in schema traffical.\n"));
    assertThat(traffical("freshness", "--check").exitCode()).isEqualTo(10);
    assertThat(traffical("freshness", "--format", "json").out()).isEqualTo("[ ]\n");
  }

  @Test
  void policiesThatHaveEndedOrNotBegunAreNotWaitedFor() {
    started(30);
    shop.replace(
            "policies:\n",
            """
        policies:
          ended: { entity: user, allocations: { a: 0.5, b: 0.5 }, startsAt: %s, endsAt: %s, metrics: [visited] }
          future: { entity: user, allocations: { a: 0.5, b: 0.5 }, startsAt: %s, metrics: [orders] }
        """
                .formatted(
                    hour.minus(Duration.ofHours(30)),
                    hour.minus(Duration.ofHours(20)),
                    hour.plus(Duration.ofHours(10))))
        .replace(
            "startsAt: " + hour.minus(Duration.ofHours(30)) + "\n",
            "startsAt: " + hour.minus(Duration.ofHours(30)) + "\n    metrics: [revenue]\n");
    assertThat(run(19).exitCode()).isZero();

    assertThat(statuses())
        .containsExactly(
            "assignment|exposures|stale|t|19:00:00",
            "fact|orders|stale|t|19:00:00",
            "fact|visits|healthy|t|19:00:00");
    assertThat(
            shop.database()
                .rows("SELECT lag IS NULL FROM traffical.freshness WHERE name = 'visits'"))
        .containsExactly("t");
    assertThat(run(0).exitCode()).isZero();
    assertThat(traffical("freshness", "--check").exitCode()).isZero();
  }
}
