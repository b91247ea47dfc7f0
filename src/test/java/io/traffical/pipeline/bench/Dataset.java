package io.traffical.pipeline.bench;

import io.traffical.pipeline.definition.Definitions;
import io.traffical.pipeline.testing.DefinitionFiles;
import io.traffical.pipeline.testing.TestDatabase;
import java.time.Duration;
import java.time.Instant;
import java.util.stream.Collectors;

/**
 * What one measured thing works on: a fact table, an assignment table, and the policies and metrics
 * over them.
 *
 * @param facts name of the fact table
 * @param exposures name of the assignment table
 */
record Dataset(TestDatabase database, Shape shape, String facts, String exposures) {
  static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
  static final Instant END = START.plus(Duration.ofDays(30));

  /** The program's default: facts of the last hours are read again, and not stored. */
  static final Duration OVERLAP = Duration.ofHours(3);

  Definitions definitions() {
    return DefinitionFiles.read(yaml());
  }

  /** Returns the definitions file. */
  String yaml() {
    String metrics =
        shape.metrics().stream()
            .map(metric -> "  " + metric.definition() + "\n")
            .collect(Collectors.joining());
    String policies =
        shape.policies().stream()
            .map(
                policy ->
                    "  %s: { entity: user, allocations: { control: 0.5, treatment: 0.5 }, startsAt: %s }\n"
                        .formatted(policy, START))
            .collect(Collectors.joining());
    return DefinitionFiles.connection(database)
        + """
        pipeline: { parallelism: 2, overlap: 3h }
        entities: { user: { keyType: userId } }
        assignments:
          exposures:
            entity: user
            sql: |
              %s
        facts:
          orders:
            entity: user
            sql: |
              %s
        metrics:
        %spolicies:
        %s"""
            .formatted(
                selectExposures("{{start_date}}", "{{end_date}}"),
                selectFacts("{{start_date}}", "{{end_date}}"),
                metrics,
                policies);
  }

  /** Returns the statement that reads the assignments of {@code [start, end)}. */
  String selectExposures(String start, String end) {
    return ("SELECT user_id, assigned_at, policy_key, allocation_key FROM %s"
            + " WHERE assigned_at >= '%s' AND assigned_at < '%s'")
        .formatted(exposures, start, end);
  }

  /** Returns the statement that reads the facts of {@code [start, end)}. */
  String selectFacts(String start, String end) {
    return "SELECT user_id, event_time, %s FROM %s WHERE event_time >= '%s' AND event_time < '%s'"
        .formatted(shape.valueColumns(), facts, start, end);
  }

  /** Drops the program's tables, and lets what follows start with nothing left to write. */
  void reset() {
    database.execute("DROP SCHEMA IF EXISTS traffical CASCADE");
    database.execute("DROP SCHEMA IF EXISTS pushed_down CASCADE");
    database.execute("CHECKPOINT");
  }
}
