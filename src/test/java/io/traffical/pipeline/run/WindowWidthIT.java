package io.traffical.pipeline.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.traffical.pipeline.testing.DefinitionFiles;
import io.traffical.pipeline.testing.SharedCluster;
import io.traffical.pipeline.testing.TestDatabase;
import io.traffical.pipeline.window.Micros;
import io.traffical.pipeline.window.RunRequest;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What is known of the windows that were read, when pipeline.window changes. */
@ExtendWith(SharedCluster.ForJobs.class)
class WindowWidthIT {
  private static final String DEFINITIONS =
      """
      pipeline: { window: %s, overlap: 0s, parallelism: 1 }
      entities:
        user: { keyType: userId }
      assignments:
        exposures:
          entity: user
          sql: SELECT * FROM exposures WHERE assigned_at BETWEEN '{{start_date}}' AND '{{end_date}}'
      facts:
        orders:
          entity: user
          sql: SELECT * FROM orders WHERE event_time BETWEEN '{{start_date}}' AND '{{end_date}}'
      metrics:
        orders_per_user: { fact: orders, aggregation: count }
      policies:
        going: { entity: user, allocations: { a: 0.5, b: 0.5 }, startsAt: "2026-01-01T05:00:00Z" }
        ended:
          entity: user
          allocations: { a: 0.5, b: 0.5 }
          startsAt: 2026-01-01T05:00:00Z
          endsAt: 2026-01-01T14:00:00Z
      """;

  @Test
  void keepsTheRestOfAWiderWindowAsUncertain() {
    try (TestDatabase database = TestDatabase.create()) {
      database.execute(
          """
          CREATE TABLE exposures
            (user_id text, assigned_at timestamptz, policy_key text, allocation_key text);
          CREATE TABLE orders (user_id text, event_time timestamptz);
          """);
      Instant evening = Instant.parse("2026-01-01T18:00:00Z");
      service(database, "6h").run(RunRequest.run(Micros.of(evening)));
      RunService narrow = service(database, "2h");

      narrow.run(RunRequest.backfill(Micros.BEFORE_ALL, Micros.AFTER_ALL, "ended", null));

      String windows =
          "SELECT (window_start AT TIME ZONE 'UTC')::time, (window_end AT TIME ZONE 'UTC')::time,"
              + " checksum IS NOT NULL FROM traffical.window_reads WHERE name = 'orders' ORDER BY 1";
      assertThat(database.rows(windows))
          .containsExactly(
              "00:00:00|04:00:00|f",
              "04:00:00|06:00:00|f",
              "06:00:00|08:00:00|f",
              "08:00:00|10:00:00|f",
              "10:00:00|12:00:00|f",
              "12:00:00|14:00:00|f",
              "14:00:00|18:00:00|f");

      narrow.run(RunRequest.backfill(Micros.BEFORE_ALL, Micros.AFTER_ALL, null, null));

      assertThat(database.rows(windows))
          .containsExactly(
              "00:00:00|04:00:00|f",
              "04:00:00|06:00:00|t",
              "06:00:00|08:00:00|t",
              "08:00:00|10:00:00|t",
              "10:00:00|12:00:00|t",
              "12:00:00|14:00:00|t",
              "14:00:00|16:00:00|t",
              "16:00:00|18:00:00|t");
    }
  }

  private static RunService service(TestDatabase database, String window) {
    String text = DefinitionFiles.connection(database) + DEFINITIONS.formatted(window);
    return new RunService(DefinitionFiles.read(text), RunListener.SILENT);
  }
}
