package io.traffical.pipeline.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.traffical.pipeline.definition.ConnectionSettings.SslMode;
import io.traffical.pipeline.definition.Definitions;
import io.traffical.pipeline.definition.Definitions.Correction;
import io.traffical.pipeline.definition.Definitions.Entity;
import io.traffical.pipeline.definition.Definitions.Guardrail;
import io.traffical.pipeline.definition.Definitions.GuardrailDirection;
import io.traffical.pipeline.definition.Definitions.MultipleAllocations;
import io.traffical.pipeline.definition.Definitions.Pipeline;
import io.traffical.pipeline.definition.Definitions.Policy;
import java.io.IOException;
import java.io.ObjectOutputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DefinitionReaderTest {
  static final String SMALLEST =
      """
      version: "1.0"
      connection: { host: db, database: shop, username: traffical }
      entities:
        user: { keyType: userId }
      assignments:
        exposures:
          entity: user
          sql: SELECT * FROM exposures WHERE t BETWEEN '{{start_date}}' AND '{{end_date}}';
      facts:
        orders:
          entity: user
          sql: SELECT * FROM orders WHERE t BETWEEN '{{start_date}}' AND '{{end_date}}'
      metrics:
        orders_per_user: { fact: orders, aggregation: count }
        buyers: { fact: orders, aggregation: conversion_rate }
      policies:
        pricing_test:
          entity: user
          allocations: { off: 0.5, on: 0.5 }
          startsAt: 2026-01-01T00:00:00Z
      """;

  static final String FULL =
      """
      version: 1.0
      connection:
        host: ${HOST:-localhost}
        port: ${PORT:-5433}
        database: shop
        username: traffical
        password: ${PASSWORD}
        sslMode: disable
      source: { host: "::1", port: 5434, database: s, username: r, password: "${P2}", sslMode: require }
      schema: experiments
      pipeline:
        window: 15m
        overlap: 0s
        delay: 30s
        scan: 6h
        multipleAllocations: first
        maxRejectedShare: 0
        parallelism: 8
        statementTimeout: 1h
        confidence: 0.9
        sequential: true
        cuped: true
        maxDimensionValues: 5
        allocationFloor: 0
        readers: [analyst, 'Team "X"', analyst]
      entities:
        user: { keyType: userId }
        company: { column: Company ID }
      assignments:
        exposures:
          entity: user
          sql: |
            SELECT $1, '${PASSWORD}' FROM exposures
            WHERE t BETWEEN '{{start_date}}' AND '{{end_date}}'; -- all of them
          dimensions: [country, App Version]
      facts:
        orders:
          entity: user
          timestampColumn: ordered_at
          sql: SELECT 1 WHERE t BETWEEN '{{start_date}}' AND '{{end_date}}'
        invoices:
          entities: [company, user]
          sql: SELECT 1 WHERE t BETWEEN '{{start_date}}' AND '{{end_date}}'
      metrics:
        revenue: { fact: orders, aggregation: sum, valueColumn: total }
        buyers: { fact: orders, aggregation: conversion_rate }
        invoiced: { fact: invoices, aggregation: count }
      policies:
        "Pricing: test 💶":
          entity: user
          allocations: { a: 0.2, b: 0.3, c: 0.5 }
          control: b
          startsAt: 2026-01-01 02:00:00.000001 +02:00
          endsAt: 2026-02-01T00:00:00Z
          goal: revenue
          guardrails:
            - { metric: buyers, direction: must_not_decrease, threshold: 0.01 }
            - { metric: invoiced, direction: must_not_increase, threshold: 0 }
          metrics: [buyers]
          confidence: 0.99
          sequential: false
          cuped: false
          correction: holm
      """;

  @TempDir private Path directory;

  @Test
  void fillsInAllDefaults() throws IOException {
    DefinitionReader.Result result = DefinitionReader.check(file(SMALLEST), Map.of());

    assertThat(result.problems()).isEmpty();
    Definitions definitions = result.orThrow();
    assertThat(definitions.connection().place()).isEqualTo("db:5432/shop");
    assertThat(definitions.connection().password().reveal()).isEmpty();
    assertThat(definitions.connection().sslMode()).isEqualTo(SslMode.REQUIRE);
    assertThat(definitions.source()).isEqualTo(definitions.connection());
    assertThat(definitions.schema()).isEqualTo("traffical");
    assertThat(definitions.pipeline())
        .isEqualTo(
            new Pipeline(
                Duration.ofHours(1),
                Duration.ofHours(3),
                Duration.ofMinutes(5),
                Duration.ofDays(1),
                MultipleAllocations.EXCLUDE,
                0.01,
                0,
                Duration.ofMinutes(10),
                0.95,
                null,
                false,
                20,
                100,
                List.of()));
    assertThat(definitions.facts().get("orders").timestampColumn()).isEqualTo("event_time");
    assertThat(definitions.policies())
        .containsExactly(
            Map.entry(
                "pricing_test",
                new Policy(
                    "pricing_test",
                    "user",
                    Map.of("off", 0.5, "on", 0.5),
                    "off",
                    Instant.parse("2026-01-01T00:00:00Z"),
                    null,
                    List.of("orders_per_user", "buyers"),
                    null,
                    List.of(),
                    0.95,
                    null,
                    false,
                    Correction.NONE)));
    assertThat(definitions.assignments().get("exposures").dimensions()).isEmpty();
    assertThat(definitions.facts().get("orders").entities()).containsExactly("user");
  }

  @Test
  void readsAllKeys() throws IOException {
    DefinitionReader.Result result =
        DefinitionReader.check(file(FULL), Map.of("PASSWORD", "p@ss${x}", "P2", "", "PORT", ""));

    assertThat(result.problems()).isEmpty();
    Definitions definitions = result.orThrow();
    assertThat(definitions.connection().place()).isEqualTo("localhost:5433/shop");
    assertThat(definitions.connection().username()).isEqualTo("traffical");
    assertThat(definitions.connection().password().reveal()).isEqualTo("p@ss${x}");
    assertThat(definitions.connection().sslMode()).isEqualTo(SslMode.DISABLE);
    assertThat(definitions.source().place()).isEqualTo("[::1]:5434/s");
    assertThat(definitions.source().username()).isEqualTo("r");
    assertThat(definitions.source().password().reveal()).isEmpty();
    assertThat(definitions.source().sslMode()).isEqualTo(SslMode.REQUIRE);
    assertThat(definitions.schema()).isEqualTo("experiments");
    assertThat(definitions.pipeline())
        .isEqualTo(
            new Pipeline(
                Duration.ofMinutes(15),
                Duration.ZERO,
                Duration.ofSeconds(30),
                Duration.ofHours(6),
                MultipleAllocations.FIRST,
                0,
                8,
                Duration.ofHours(1),
                0.9,
                5000L,
                true,
                5,
                0,
                List.of("analyst", "Team \"X\"")));
    assertThat(definitions.entities())
        .containsExactly(
            Map.entry("user", new Entity("user", "user_id")),
            Map.entry("company", new Entity("company", "Company ID")));
    assertThat(definitions.assignments().get("exposures").sql())
        .isEqualTo(
            "SELECT $1, '${PASSWORD}' FROM exposures\n"
                + "WHERE t BETWEEN '{{start_date}}' AND '{{end_date}}'");
    assertThat(definitions.facts().get("orders").timestampColumn()).isEqualTo("ordered_at");
    assertThat(definitions.assignments().get("exposures").dimensions())
        .containsExactly("country", "App Version");
    assertThat(definitions.facts().get("invoices").entities()).containsExactly("company", "user");
    assertThat(definitions.metrics().keySet()).containsExactly("revenue", "buyers", "invoiced");
    Policy policy = definitions.policies().get("Pricing: test 💶");
    assertThat(policy.allocations())
        .containsExactly(share("a", 0.2), share("b", 0.3), share("c", 0.5));
    assertThat(policy.control()).isEqualTo("b");
    assertThat(policy.startsAt()).isEqualTo(Instant.parse("2026-01-01T00:00:00.000001Z"));
    assertThat(policy.endsAt()).isEqualTo(Instant.parse("2026-02-01T00:00:00Z"));
    assertThat(policy.metrics()).containsExactly("buyers", "revenue", "invoiced");
    assertThat(policy.goal()).isEqualTo("revenue");
    assertThat(policy.guardrails())
        .containsExactly(
            new Guardrail("buyers", GuardrailDirection.MUST_NOT_DECREASE, 0.01),
            new Guardrail("invoiced", GuardrailDirection.MUST_NOT_INCREASE, 0));
    assertThat(policy.confidence()).isEqualTo(0.99);
    assertThat(policy.sequentialUnits()).isNull();
    assertThat(policy.cuped()).isFalse();
    assertThat(policy.correction()).isEqualTo(Correction.HOLM);
  }

  @Test
  void sourceOverridesTheConnectionFieldByField() throws IOException {
    String text = SMALLEST + "source: { host: replica, password: \"${P}\" }\n";

    Definitions definitions = DefinitionReader.read(file(text), Map.of("P", "x"));

    assertThat(definitions.source().place()).isEqualTo("replica:5432/shop");
    assertThat(definitions.source().username()).isEqualTo("traffical");
    assertThat(definitions.source().password().reveal()).isEqualTo("x");
  }

  @Test
  void readsTheConnectionStringFromTheEnvironment() throws IOException {
    String text = SMALLEST.replaceFirst("\\{ host.*", "{ connectionString: \"\\${URL}\" }");

    Definitions definitions =
        DefinitionReader.read(file(text), Map.of("URL", "postgres://u:s3cret@h/d"));

    assertThat(definitions.connection().place()).isEqualTo("h:5432/d");
    assertThat(definitions.toString()).doesNotContain("s3cret");
  }

  @Test
  void definitionsAreSerializable() throws IOException {
    Definitions definitions = DefinitionReader.read(file(SMALLEST), Map.of());

    assertThatCode(
            () -> {
              try (ObjectOutputStream out =
                  new ObjectOutputStream(OutputStream.nullOutputStream())) {
                out.writeObject(definitions);
              }
            })
        .doesNotThrowAnyException();
  }

  @Test
  void dollarsEscapeAReference() throws IOException {
    String text = SMALLEST.replace("database: shop", "database: \"$${a}$b\"");

    assertThat(DefinitionReader.read(file(text), Map.of()).connection().database())
        .isEqualTo("${a}$b");
  }

  @Test
  void knowsTheLinesOfSqlThatHasLinesOfItsOwn() throws IOException {
    String block =
        """
        sql: |

                ;
                SELECT * FROM exposures
                WHERE t BETWEEN '{{start_date}}' AND '{{end_date}}'
        """;
    DefinitionReader.Result result =
        DefinitionReader.check(
            file(
                SMALLEST.replace(
                    "sql: SELECT * FROM exposures WHERE t BETWEEN '{{start_date}}' AND"
                        + " '{{end_date}}';\n",
                    block)),
            Map.of());

    Place exposures = result.place("assignment", "exposures");
    assertThat(exposures.line()).isEqualTo(6);
    assertThat(exposures.lineOfSql(1)).isEqualTo(12);
    assertThat(exposures.lineOfSql(-1)).isEqualTo(6);
    Place orders = result.place("fact", "orders");
    assertThat(orders.lineOfSql(1)).isEqualTo(orders.line()).isEqualTo(14);
  }

  @Test
  void reportsElevenMistakesAtOnce() throws IOException {
    Path file =
        file(
            """
            version: "2.0"
            connection: { host: db, database: shop, username: "${DB_USER}" }
            schema: pg_traffical
            pipeline: { window: 7m }
            entities:
              user: { keytype: userId, column: user_id }
            assignments:
              exposures:
                entity: usr
                sql: SELECT 1 WHERE t BETWEEN '{{start_date}}' AND '{{end_date}}'
            facts:
              orders:
                entity: user
                sql: |
                  SELECT *
                  FROM orders
                  WHERE t BETWEEN '{{start_date}}' AND '{{end_dat}}'
            metrics:
              revenue: { fact: orders, aggregation: sum }
              p90: { fact: orders, aggregation: median }
            policies:
              test:
                entity: user
                allocations: { a: 0.5, b: 0.4 }
                startsAt: 2026-01-01
            """);

    assertThatThrownBy(() -> DefinitionReader.read(file, Map.of()))
        .hasMessage(
            """
            F:1: version must be 1.0, found "2.0"; write version: "1.0".
            F:2: connection.username uses the environment variable DB_USER, which is not set; set it, or give a default: ${DB_USER:-default}.
            F:3: schema must be a plain name, found "pg_traffical"; use up to 63 small letters, digits and _, not starting with a digit or pg_.
            F:4: pipeline.window must divide a day and be at least 1m, found "7m"; use 1h, 15m, 6h or 1d, for example.
            F:6: unknown key "keytype"; did you mean "keyType"?
            F:9: entity of assignment "exposures" names the entity "usr", which is not defined; did you mean "user"?
            F:17: sql of fact "orders" has an unknown variable "end_dat"; did you mean {{end_date}}?
            F:19: metric "revenue" needs valueColumn because its aggregation is sum; add valueColumn, or use aggregation: count.
            F:20: aggregation of metric "p90" cannot be "median"; use conversion_rate, sum, count, count_distinct, ratio, percentile or funnel.
            F:24: allocations of policy "test" must sum to 1, found 0.9; correct the shares.
            F:25: startsAt of policy "test" has no zone, found "2026-01-01"; write 2026-01-01T00:00:00Z if that is UTC.
            11 problems, nothing was run."""
                .replace("F:", file + ":"));
  }

  private static Map.Entry<String, Double> share(String allocation, double share) {
    return Map.entry(allocation, share);
  }

  private Path file(String text) throws IOException {
    return Files.writeString(directory.resolve("traffical.yaml"), text);
  }
}
