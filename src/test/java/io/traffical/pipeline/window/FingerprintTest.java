package io.traffical.pipeline.window;

import static org.assertj.core.api.Assertions.assertThat;

import io.traffical.pipeline.definition.Definitions;
import io.traffical.pipeline.definition.Metric;
import io.traffical.pipeline.testing.DefinitionFiles;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A changed fingerprint recomputes everything, so it holds what changes outcomes and no more. */
class FingerprintTest {
  private static final String FILE =
      """
      version: "1.0"
      connection: { host: db, database: shop, username: traffical }
      pipeline: { overlap: 3h, confidence: 0.9, multipleAllocations: exclude }
      entities:
        user: { column: user_id }
        company: { column: company_id }
      assignments:
        exposures:
          entity: user
          sql: SELECT * FROM exposures WHERE t BETWEEN '{{start_date}}' AND '{{end_date}}'
        companies:
          entity: company
          sql: SELECT * FROM companies WHERE t BETWEEN '{{start_date}}' AND '{{end_date}}'
      facts:
        orders:
          entity: user
          timestampColumn: event_time
          sql: SELECT * FROM orders WHERE t BETWEEN '{{start_date}}' AND '{{end_date}}'
        visits:
          entity: user
          sql: SELECT * FROM visits WHERE t BETWEEN '{{start_date}}' AND '{{end_date}}'
      metrics:
        revenue: { fact: orders, aggregation: sum, valueColumn: total }
        visited: { fact: visits, aggregation: count }
      policies:
        pricing_test:
          entity: user
          allocations: { off: 0.5, on: 0.5 }
          control: off
          startsAt: 2026-01-01T00:00:00Z
          endsAt: 2026-02-01T00:00:00Z
          confidence: 0.95
      """;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "startsAt: 2026-01-01T00:00:00Z | startsAt: 2026-01-01T00:00:01Z",
        "endsAt: 2026-02-01T00:00:00Z   | endsAt: 2026-02-01T01:00:00Z",
        "multipleAllocations: exclude   | multipleAllocations: first",
        "off: 0.5, on: 0.5              | off: 0.4, on: 0.4, more: 0.2",
        "off: 0.5, on: 0.5              | off: 0.5, other: 0.5",
        "user: { column: user_id }      | user: { column: person_id }",
        "SELECT * FROM exposures        | SELECT * FROM exposures2",
      })
  void whatChangesTheAssignmentsOfAPolicyChangesThePolicyAndItsMetrics(String from, String to) {
    assertThat(policy(changed(from, to))).isNotEqualTo(policy(FILE));
    assertThat(metric(changed(from, to))).isNotEqualTo(metric(FILE));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "aggregation: sum, valueColumn: total | aggregation: count",
        "valueColumn: total                   | valueColumn: net",
        "fact: orders                         | fact: visits",
        "SELECT * FROM orders                 | SELECT user_id FROM orders",
        "timestampColumn: event_time          | timestampColumn: paid_at",
      })
  void whatChangesTheOutcomesOfAMetricChangesItAlone(String from, String to) {
    assertThat(policy(changed(from, to))).isEqualTo(policy(FILE));
    assertThat(metric(changed(from, to))).isNotEqualTo(metric(FILE));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "confidence: 0.95            | confidence: 0.8",
        "confidence: 0.9,            | confidence: 0.8,",
        "control: off                | control: on",
        "off: 0.5, on: 0.5           | off: 0.1, on: 0.9",
        "off: 0.5, on: 0.5           | on: 0.5, off: 0.5",
        "overlap: 3h                 | overlap: 6h",
        "overlap: 3h                 | 'overlap: 3h, window: 30m, delay: 1m, scan: 6h, parallelism:"
            + " 1'",
        "SELECT * FROM companies     | SELECT * FROM firms",
        "SELECT * FROM visits        | SELECT * FROM views",
        "host: db                    | host: elsewhere",
        "visited: { fact             | views: { fact",
      })
  void whatChangesNoOutcomeChangesNothing(String from, String to) {
    assertThat(policy(changed(from, to))).isEqualTo(policy(FILE));
    assertThat(metric(changed(from, to))).isEqualTo(metric(FILE));
  }

  @Test
  void policiesOfOneEntityDifferOnlyInWhatTheySay() {
    Definitions definitions =
        DefinitionFiles.read(
            FILE
                + """
                  second: { entity: user, allocations: { on: 0.5, off: 0.5 }, startsAt: 2026-01-01T00:00:00Z, endsAt: 2026-02-01T00:00:00Z }
                  third: { entity: user, allocations: { on: 0.5, off: 0.5 }, startsAt: 2026-01-01T00:00:00Z }
                """);

    assertThat(Fingerprint.of(definitions, definitions.policies().get("second")))
        .isEqualTo(policy(FILE));
    assertThat(Fingerprint.of(definitions, definitions.policies().get("third")))
        .as("without an end")
        .isNotEqualTo(policy(FILE));
  }

  @Test
  void everyAssignmentDefinitionHasDimensionsOfItsOwn() {
    String web =
        """
          web:
            entity: user
            sql: SELECT * FROM web WHERE t BETWEEN '{{start_date}}' AND '{{end_date}}'
            dimensions: [country]
        facts:
        """;
    String file =
        FILE.replace("facts:\n", web)
            .replace("  companies:\n", "    dimensions: [country, tier]\n  companies:\n");

    assertThat(policy(file.replace("[country]", "[country, tier]"))).isNotEqualTo(policy(file));
    assertThat(policy(file.replace("[country, tier]", "[tier, country]"))).isEqualTo(policy(file));
  }

  private static String changed(String from, String to) {
    assertThat(FILE).contains(from);
    return FILE.replace(from, to);
  }

  private static String policy(String file) {
    Definitions definitions = DefinitionFiles.read(file);
    return Fingerprint.of(definitions, definitions.policies().get("pricing_test"));
  }

  private static String metric(String file) {
    Definitions definitions = DefinitionFiles.read(file);
    Definitions.Policy policy = definitions.policies().get("pricing_test");
    Metric metric = definitions.metrics().get("revenue");
    return Fingerprint.of(
        definitions,
        metric,
        definitions.lookbackDays(policy, metric),
        policy.entity(),
        policy(file));
  }
}
