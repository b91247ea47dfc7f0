package io.traffical.pipeline.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.traffical.pipeline.definition.Definitions;
import io.traffical.pipeline.testing.DefinitionFiles;
import io.traffical.pipeline.testing.TestDatabase;
import io.traffical.pipeline.window.Micros;
import io.traffical.pipeline.window.RunRequest;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/** The tables, the role and both SQL texts of the documentation page, unchanged. */
class SeedPageIT {
  private static final String SOURCE =
      """
      CREATE SCHEMA analytics;
      CREATE TABLE analytics.experiment_assignments (
        user_id          TEXT NOT NULL,
        assigned_at      TIMESTAMPTZ NOT NULL,
        experiment_name  TEXT NOT NULL,
        variant          TEXT NOT NULL
      );
      CREATE INDEX ON analytics.experiment_assignments (assigned_at);
      CREATE INDEX ON analytics.experiment_assignments (user_id, experiment_name);
      CREATE TABLE analytics.orders (
        order_id      TEXT PRIMARY KEY,
        user_id       TEXT NOT NULL,
        order_total   NUMERIC NOT NULL,
        currency      TEXT NOT NULL,
        event_time    TIMESTAMPTZ NOT NULL
      );
      CREATE INDEX ON analytics.orders (event_time);
      CREATE INDEX ON analytics.orders (user_id);
      """;

  private static final String ROLE =
      """
      DROP ROLE IF EXISTS traffical;
      CREATE ROLE traffical LOGIN PASSWORD '<strong-random-password>';
      GRANT CONNECT ON DATABASE your_database TO traffical;
      GRANT USAGE ON SCHEMA analytics TO traffical;
      GRANT SELECT ON ALL TABLES IN SCHEMA analytics TO traffical;
      ALTER DEFAULT PRIVILEGES IN SCHEMA analytics
        GRANT SELECT ON TABLES TO traffical;
      GRANT CREATE ON DATABASE your_database TO traffical;
      """;

  private static final String DEFINITIONS =
      """
      version: "1.0"
      connection:
        host: localhost
        port: %d
        database: %s
        username: traffical
        password: "<strong-random-password>"
        sslMode: disable
      entities:
        user: { keyType: userId }
      assignments:
        experiments:
          entity: user
          sql: |
            SELECT
              user_id,
              assigned_at,
              experiment_name AS policy_key,
              variant         AS allocation_key
            FROM analytics.experiment_assignments
            WHERE assigned_at BETWEEN '{{start_date}}'::timestamptz
                                  AND '{{end_date}}'::timestamptz
      facts:
        orders:
          entity: user
          sql: |
            SELECT
              user_id,
              event_time,
              order_total
            FROM analytics.orders
            WHERE event_time BETWEEN '{{start_date}}'::timestamptz
                                 AND '{{end_date}}'::timestamptz
      metrics:
        purchase_rate: { fact: orders, aggregation: conversion_rate }
        revenue_per_user: { fact: orders, aggregation: sum, valueColumn: order_total }
        orders_per_user: { fact: orders, aggregation: count }
      policies:
        pricing_test:
          entity: user
          allocations: { control: 0.5, treatment: 0.5 }
          startsAt: 2026-01-01T00:00:00Z
      """;

  @Test
  void publishesWithTheGrantsOfThePageAndNothingMore() {
    try (TestDatabase database = TestDatabase.create()) {
      database.execute(SOURCE);
      database.execute(ROLE.replace("your_database", database.name()));
      database.execute(
          """
          INSERT INTO analytics.experiment_assignments VALUES
            ('u1', '2026-01-01T00:00:00Z', 'pricing_test', 'control'),
            ('u2', '2026-01-01T01:00:00Z', 'pricing_test', 'control'),
            ('u3', '2026-01-01T02:00:00Z', 'pricing_test', 'treatment'),
            ('u4', '2026-01-01T02:30:00Z', 'pricing_test', 'treatment'),
            ('u4', '2026-01-01T02:40:00Z', 'pricing_test', 'treatment'),
            ('u5', '2026-01-01T03:00:00Z', 'pricing_test', 'treatment'),
            ('u5', '2026-01-01T04:00:00Z', 'pricing_test', 'control'),
            ('u6', '2026-01-01T04:00:00Z', 'other_test', 'control');
          INSERT INTO analytics.orders VALUES
            ('o1', 'u1', 10.10, 'EUR', '2026-01-01T00:00:00Z'),
            ('o2', 'u1', 20, 'EUR', '2026-01-01T05:00:00Z'),
            ('o3', 'u2', 5, 'EUR', '2026-01-01T00:59:59Z'),
            ('o4', 'u3', 7.5, 'EUR', '2026-01-01T03:00:00Z'),
            ('o5', 'u5', 100, 'EUR', '2026-01-01T03:30:00Z');
          """);
      Definitions definitions =
          DefinitionFiles.read(DEFINITIONS.formatted(database.port(), database.name()));
      RunService service = new RunService(definitions, RunListener.SILENT);

      RunReport report =
          service.run(RunRequest.run(Micros.of(Instant.parse("2026-01-01T06:00:00Z"))));

      assertThat(report.status()).as(report.error()).isEqualTo("succeeded");
      assertThat(report.rowsRead()).isEqualTo(13);
      assertThat(
              database.rows(
                  "SELECT unit_key, allocation_key, first_assigned_at AT TIME ZONE 'UTC',"
                      + " crossed_over_at AT TIME ZONE 'UTC' FROM traffical.assignments ORDER BY 1"))
          .containsExactly(
              "u1|control|2026-01-01 00:00:00|∅",
              "u2|control|2026-01-01 01:00:00|∅",
              "u3|treatment|2026-01-01 02:00:00|∅",
              "u4|treatment|2026-01-01 02:30:00|∅",
              "u5|treatment|2026-01-01 03:00:00|2026-01-01 04:00:00");
      assertThat(
              database.rows(
                  "SELECT metric_key, allocation_key, units, numerator, value, reason FROM"
                      + " traffical.latest_results ORDER BY 1, 2"))
          .containsExactly(
              "orders_per_user|control|2|2|1|∅",
              "orders_per_user|treatment|2|1|0.5|relative_unbounded",
              "purchase_rate|control|2|1|0.5|∅",
              "purchase_rate|treatment|2|1|0.5|relative_unbounded",
              "revenue_per_user|control|2|30.1|15.05|∅",
              "revenue_per_user|treatment|2|7.5|3.75|relative_unbounded");
    }
  }
}
