package io.traffical.pipeline.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.traffical.pipeline.definition.Definitions;
import io.traffical.pipeline.testing.DefinitionFiles;
import io.traffical.pipeline.window.Micros;
import io.traffical.pipeline.window.Watermark;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class ScheduleTest {
  private static final String DEFINITIONS =
      """
      version: "1.0"
      connection: { host: localhost, database: shop, username: u, password: p, sslMode: disable }
      entities: { user: { keyType: userId } }
      assignments:
        exposures: { entity: user, sql: "SELECT * FROM e WHERE t BETWEEN '{{start_date}}' AND '{{end_date}}'" }
      facts:
        orders: { entity: user, sql: "SELECT * FROM o WHERE t BETWEEN '{{start_date}}' AND '{{end_date}}'" }
      metrics:
        orders: { fact: orders, aggregation: count }
      policies:
        ended: { entity: user, allocations: { a: 0.5, b: 0.5 }, startsAt: 2026-01-01T00:00:00Z, endsAt: 2026-01-02T00:00:00Z }
        goes_on: { entity: user, allocations: { a: 0.5, b: 0.5 }, startsAt: 2026-01-01T00:00:00Z }
        new: { entity: user, allocations: { a: 0.5, b: 0.5 }, startsAt: 2025-06-01T00:30:00Z }
      """;

  private static final Definitions THREE = DefinitionFiles.read(DEFINITIONS);

  private static long at(String time) {
    return Micros.of(Instant.parse(time));
  }

  private static Watermark watermark(String policy, String metric, String end) {
    return new Watermark(policy, metric, at(end), "f", at(end), Micros.AFTER_ALL);
  }

  private static String published(Watermark... watermarks) {
    return Micros.toInstant(Schedule.published(THREE, List.of(watermarks))).toString();
  }

  @Test
  void whatGoesOnIsWhatCounts() {
    assertThat(
            published(
                watermark("ended", "", "2026-01-09T00:00:00Z"),
                watermark("goes_on", "", "2026-01-05T07:00:00Z"),
                watermark("goes_on", "orders", "2026-01-05T08:00:00Z"),
                watermark("left_the_file", "", "2026-01-08T00:00:00Z")))
        .as("neither ended policies nor metrics, nor a new policy that starts long before")
        .isEqualTo("2026-01-05T07:00:00Z");
  }

  @Test
  void newPoliciesCountFromTheEarliestStartWhenNothingGoesOn() {
    assertThat(published()).isEqualTo("2025-06-01T00:30:00Z");
    assertThat(published(watermark("ended", "", "2026-01-02T00:00:00Z")))
        .isEqualTo("2025-06-01T00:30:00Z");
  }

  @Test
  void whenAllHaveEndedNoTimeIsLeftToPublish() {
    Definitions ended =
        DefinitionFiles.read(DEFINITIONS.substring(0, DEFINITIONS.indexOf("  goes_on: ")));
    assertThat(Schedule.published(ended, List.of(watermark("ended", "", "2026-01-01T23:00:00Z"))))
        .as("not published to its end")
        .isEqualTo(at("2026-01-01T23:00:00Z"));
    assertThat(Schedule.published(ended, List.of(watermark("ended", "", "2026-01-02T00:00:00Z"))))
        .isEqualTo(Micros.AFTER_ALL);
    Definitions none =
        DefinitionFiles.read(DEFINITIONS.substring(0, DEFINITIONS.indexOf("policies:")));
    assertThat(Schedule.published(none, List.of())).isEqualTo(Micros.BEFORE_ALL);
  }

  @Test
  void windowsAreDueAfterTheDelay() {
    Schedule hourly =
        new Schedule(Micros.of(Duration.ofHours(1)), Micros.of(Duration.ofMinutes(5)));
    assertThat(hourly.due(at("2026-01-05T10:04:59.999999Z"))).isEqualTo(at("2026-01-05T09:00:00Z"));
    assertThat(hourly.due(at("2026-01-05T10:05:00Z"))).isEqualTo(at("2026-01-05T10:00:00Z"));
    assertThat(hourly.nextDueAt(at("2026-01-05T10:00:00Z"))).isEqualTo(at("2026-01-05T11:05:00Z"));
    assertThat(hourly.nextDueAt(at("2026-01-05T10:30:00Z")))
        .as("a policy that starts within a window")
        .isEqualTo(at("2026-01-05T11:05:00Z"));
  }

  @Test
  void aStepEndsAtAWindowAndIsADayAtMost() {
    Schedule hourly =
        new Schedule(Micros.of(Duration.ofHours(1)), Micros.of(Duration.ofMinutes(5)));
    long clock = at("2026-01-05T10:20:00Z");
    assertThat(hourly.to(clock, at("2026-01-05T07:00:00Z"))).isEqualTo(at("2026-01-05T10:00:00Z"));
    assertThat(hourly.to(clock, at("2026-01-03T07:30:00Z"))).isEqualTo(at("2026-01-04T07:00:00Z"));
  }
}
