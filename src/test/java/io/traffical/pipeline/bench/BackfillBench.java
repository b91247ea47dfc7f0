package io.traffical.pipeline.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.traffical.pipeline.definition.Definitions;
import io.traffical.pipeline.run.RunListener;
import io.traffical.pipeline.run.RunReport;
import io.traffical.pipeline.run.RunService;
import io.traffical.pipeline.testing.DefinitionFiles;
import io.traffical.pipeline.testing.TestDatabase;
import io.traffical.pipeline.window.Micros;
import io.traffical.pipeline.window.RunRequest;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Times a first backfill and the hourly runs after it: {@code -Dbench.facts} facts (default 5
 * million) over 30 days, a fifth as many units, all assigned evenly over the 30 days. Results are
 * checked against plain SQL. Run by {@code mvn -Pbench verify}; the heap is 1 GiB.
 */
class BackfillBench {
  private static final long FACTS = Long.getLong("bench.facts", 5_000_000);
  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

  @Test
  void backfillAndHourlyRuns() {
    try (TestDatabase database = TestDatabase.create()) {
      long units = FACTS / 5;
      database.execute(
          """
          CREATE TABLE exposures (user_id text NOT NULL, assigned_at timestamptz NOT NULL,
            policy_key text NOT NULL, allocation_key text NOT NULL);
          INSERT INTO exposures SELECT 'user-' || u,
            timestamptz '2026-01-01T00:00:00Z' + (u::float8 / %1$d) * interval '29 days 23 hours',
            'p', CASE WHEN u %% 2 = 0 THEN 'control' ELSE 'treatment' END
          FROM generate_series(0, %1$d - 1) u;
          CREATE INDEX ON exposures (assigned_at);
          CREATE TABLE orders (user_id text NOT NULL, event_time timestamptz NOT NULL,
            amount numeric NOT NULL);
          INSERT INTO orders SELECT 'user-' || ((f * 7919) %% %1$d),
            timestamptz '2026-01-01T00:00:00Z' + (f::float8 / %2$d) * interval '30 days 4 hours',
            ((f * 31) %% 10000)::numeric / 100
          FROM generate_series(0::bigint, %2$d - 1) f;
          CREATE INDEX ON orders (event_time);
          ANALYZE exposures;
          ANALYZE orders;
          """
              .formatted(units, FACTS));
      Definitions definitions = DefinitionFiles.read(definitions(database));
      RunService service = new RunService(definitions, RunListener.SILENT);

      System.out.printf("%-28s %10s %12s %10s%n", "run", "seconds", "rows read", "status");
      Instant end = START.plus(Duration.ofDays(30));
      time("first backfill, 30 days", service, end);
      for (int hour = 1; hour <= 3; hour++) {
        time("hourly run " + hour, service, end.plus(Duration.ofHours(hour)));
      }
      assertThat(
              database.rows(
                  "SELECT allocation_key, units, round(numerator::numeric, 2) FROM"
                      + " traffical.latest_results ORDER BY 1"))
          .isEqualTo(expected(database));
      System.out.printf(
          "heap used after the runs: %d MiB of %d%n",
          (Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory()) >> 20,
          Runtime.getRuntime().maxMemory() >> 20);
    }
  }

  private static void time(String name, RunService service, Instant to) {
    long begin = System.nanoTime();
    RunReport report = service.run(RunRequest.run(Micros.of(to)));
    double seconds = (System.nanoTime() - begin) / 1e9;
    System.out.printf(
        "%-28s %10.1f %12d %10s%n", name, seconds, report.rowsRead(), report.status());
  }

  private static List<String> expected(TestDatabase database) {
    return database.rows(
        """
        SELECT allocation_key, count(*), round(sum(coalesce(amount, 0)), 2) FROM (
          SELECT e.user_id, e.allocation_key, sum(o.amount) AS amount
          FROM exposures e LEFT JOIN orders o ON o.user_id = e.user_id
            AND o.event_time >= e.assigned_at AND o.event_time < '2026-01-31T03:00:00Z'
          GROUP BY 1, 2) per_unit
        GROUP BY 1 ORDER BY 1
        """);
  }

  private static String definitions(TestDatabase database) {
    return DefinitionFiles.connection(database)
        + """
          pipeline: { parallelism: 2 }
          entities: { user: { keyType: userId } }
          assignments:
            exposures:
              entity: user
              sql: |
                SELECT user_id, assigned_at, policy_key, allocation_key FROM exposures
                WHERE assigned_at >= '{{start_date}}' AND assigned_at < '{{end_date}}'
          facts:
            orders:
              entity: user
              sql: |
                SELECT user_id, event_time, amount FROM orders
                WHERE event_time >= '{{start_date}}' AND event_time < '{{end_date}}'
          metrics:
            revenue: { fact: orders, aggregation: sum, valueColumn: amount }
          policies:
            p:
              entity: user
              allocations: { control: 0.5, treatment: 0.5 }
              startsAt: 2026-01-01T00:00:00Z
          """;
  }
}
