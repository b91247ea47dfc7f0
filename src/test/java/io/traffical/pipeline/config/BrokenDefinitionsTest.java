package io.traffical.pipeline.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** One change to a good file each, and the exact messages that it must bring. */
class BrokenDefinitionsTest {
  static final String GOOD =
      """
      version: "1.0"
      connection:
        host: localhost
        database: shop
        username: traffical
        password: ${PASSWORD}
      pipeline:
        window: 1h
      entities:
        user: { keyType: userId }
        company: { keyType: companyId }
      assignments:
        exposures:
          entity: user
          sql: |
            SELECT * FROM exposures
            WHERE t BETWEEN '{{start_date}}' AND '{{end_date}}'
      facts:
        orders:
          entity: user
          sql: SELECT * FROM orders WHERE t BETWEEN '{{start_date}}' AND '{{end_date}}'
        invoices:
          entity: company
          sql: SELECT * FROM invoices WHERE t BETWEEN '{{start_date}}' AND '{{end_date}}'
      metrics:
        orders_per_user: { fact: orders, aggregation: count }
        invoiced: { fact: invoices, aggregation: count }
      policies:
        pricing_test:
          entity: user
          allocations: { control: 0.5, treatment: 0.5 }
          startsAt: 2026-01-01T00:00:00Z
      """;

  static final Map<String, String> ENVIRONMENT =
      Map.of("PASSWORD", "s3cret", "EMPTY", "", "URL", "postgres://u:s3cret@h,/d");

  @TempDir private Path directory;

  @ParameterizedTest
  @MethodSource({"top", "connections", "pipelines", "sources", "metrics", "policies", "yaml"})
  void namesPlaceFaultAndRemedy(String good, String broken, List<String> messages)
      throws IOException {
    assertThat(GOOD).contains(good);
    Path file = directory.resolve("traffical.yaml");
    Files.writeString(file, GOOD.replace(good, broken));

    List<String> found = texts(file);

    assertThat(found).containsExactlyElementsOf(messages);
    assertThat(String.join("\n", found)).doesNotContain("s3cret");
  }

  @ParameterizedTest
  @MethodSource("plainText")
  void a4_dataWithoutTlsToAnotherMachineIsWarnedOf(
      String good, String broken, List<String> messages) throws IOException {
    namesPlaceFaultAndRemedy(good, broken, messages);
  }

  static Stream<Arguments> plainText() {
    return Stream.of(
        row(
            "localhost\n",
            "db.internal\n  sslMode: disable\n",
            "4: warning: connection sends the password and all data without TLS to another machine;"
                + " use sslMode: require."),
        row("localhost\n", "127.0.0.1\n  sslMode: disable\n"),
        row(
            "pipeline:",
            "source: { connectionString: 'postgres://u:s3cret@localhost,h/d?sslmode=disable' }\n"
                + "pipeline:",
            "7: warning: source.connectionString has the password in the file; prefer ${NAME},"
                + " which takes it from the environment.",
            "7: warning: source sends the password and all data without TLS to another machine; use"
                + " sslMode: require."));
  }

  @Test
  void acceptsTheFileBeforeTheChange() throws IOException {
    Path file = directory.resolve("traffical.yaml");
    Files.writeString(file, GOOD);

    assertThat(texts(file)).isEmpty();
  }

  static Stream<Arguments> top() {
    return Stream.of(
        row("version: \"1.0\"\n", "", "1: the file has no version; add version: \"1.0\"."),
        row("\"1.0\"", "1", "1: version must be 1.0, found \"1\"; write version: \"1.0\"."),
        row("pipeline:", "pipelin:", "7: unknown key \"pipelin\"; did you mean \"pipeline\"?"),
        row(
            "pipeline:",
            "defaults: {}\npipeline:",
            "7: unknown key \"defaults\"; the keys here are version, include, connection, source,"
                + " schema, pipeline, entities, assignments, facts, metrics and policies."),
        row(
            "pipeline:",
            "schema: Traffical\npipeline:",
            "7: schema must be a plain name, found \"Traffical\"; use up to 63 small letters,"
                + " digits and _, not starting with a digit or pg_."),
        row(
            "pipeline:\n  window: 1h",
            "pipeline: 1h",
            "7: pipeline is not a map; write its keys below it, indented."),
        row(
            "pipeline:\n  window: 1h",
            "pipeline:\n  window: 1h\npipeline:\n  window: 2h",
            "9: duplicate key \"pipeline\", first on line 7; keep one of them."),
        row(
            GOOD.substring(GOOD.indexOf("policies")),
            "policies:\n",
            "28: warning: the file has no policies; add one to compute results."));
  }

  static Stream<Arguments> connections() {
    return Stream.of(
        row(
            "connection:",
            "connection: postgres://u:s3cret@h/d\nsource:",
            "2: connection is not a map; write its keys below it, indented."),
        row("  host: localhost\n", "", "2: connection has no host; add host: localhost."),
        row("localhost", "", "3: connection.host has no value; write one, or remove the key."),
        row(
            "localhost",
            "\"\"",
            "3: connection.host names no host; write the host, such as localhost."),
        row(
            "localhost",
            "/var/run",
            "3: connection.host names a Unix socket as host; use a host name or IP address."),
        row(
            "localhost",
            "db:5432",
            "3: connection.host has a host that is not one host name or IP address; write the host"
                + " alone."),
        row(
            "localhost",
            "[a, b]",
            "3: connection.host must be a single value, found a list; write one value."),
        row(
            "${PASSWORD}",
            "\"s3cret\"",
            "6: warning: connection.password has the password in the file; prefer ${NAME}, which"
                + " takes it from the environment."),
        row(
            "${PASSWORD}",
            "${PASSWRD}${OTHER}",
            "6: connection.password uses the environment variable OTHER and PASSWRD, which are not"
                + " set; set it, or give a default: ${OTHER:-default}."),
        row(
            "${PASSWORD}",
            "s3cret${PASSWORD",
            "6: connection.password has a ${ that is not followed by a name and }; write ${NAME} or"
                + " ${NAME:-default}, or $${ for a plain ${."),
        row(
            "password: ${PASSWORD}",
            "port: 0",
            "6: connection.port must be 1 to 65535, found \"0\"; correct it."),
        row(
            "password: ${PASSWORD}",
            "port: \"5432\"",
            "6: connection.port must be a whole number, found the text \"5432\"; write one such as"
                + " 2, without quotes."),
        row(
            "password: ${PASSWORD}",
            "port: ${PASSWORD}",
            "6: connection.port must be a whole number, found the value of \"${PASSWORD}\"; write"
                + " one such as 2, without quotes."),
        row(
            "password: ${PASSWORD}",
            "sslMode: prefer",
            "6: connection.sslMode cannot be \"prefer\", which may go on without TLS; use disable,"
                + " require, verify-ca or verify-full."),
        row(
            "password: ${PASSWORD}",
            "sslMode: on",
            "6: connection.sslMode cannot be \"on\"; use disable, require, verify-ca or"
                + " verify-full."),
        row(
            "password: ${PASSWORD}",
            "sslMode: verify-ca",
            "6: connection asks for verify-ca without a CA to verify; name the CA's certificate"
                + " with sslRootCert, or use verify-full, which then trusts the CAs that Java"
                + " trusts."),
        row(
            "password: ${PASSWORD}",
            "sslMode: require\n  sslRootCert: a.pem\n  sslCert: ${PASSWORD}\n  sslKey: .",
            "7: connection.sslRootCert names a file that does not exist; write a path relative to"
                + " this file.",
            "8: connection.sslCert names a file that does not exist; write a path relative to this"
                + " file.",
            "9: connection.sslKey names a directory; write a path relative to this file."),
        row(
            "password: ${PASSWORD}",
            "sslKey: traffical.yaml",
            "6: connection.sslKey names a file without a PKCS#8 key in PEM (BEGIN PRIVATE KEY);"
                + " convert it: openssl pkcs8 -topk8 -nocrypt -in OLD.key -out NEW.key."),
        row(
            "password: ${PASSWORD}",
            "sslRootCert: traffical.yaml",
            "6: connection.sslRootCert names a file that is not readable as PEM certificates; write"
                + " the path of a file with BEGIN CERTIFICATE in it."),
        row(
            "password: ${PASSWORD}",
            "sslMode: disable\n  sslRootCert: system",
            "6: connection asks for TLS with certificates or channel binding, and for sslMode"
                + " disable; remove one of them."),
        row(
            "password: ${PASSWORD}",
            "ssl_root_cert: a.pem",
            "6: unknown key \"ssl_root_cert\"; did you mean \"sslRootCert\"?"),
        row(
            "localhost",
            "a,b",
            "3: connection.host names several hosts; use a connectionString:"
                + " postgresql://user@h1:5432,h2:5432/db."),
        row(
            "  host: localhost\n",
            "  host: localhost\n  connectionString: ${URL}\n",
            "4: connection has both connectionString and host, database, username and password;"
                + " keep the connection string or the fields.",
            "4: connection.connectionString names no host; write the host, such as localhost."));
  }

  static Stream<Arguments> pipelines() {
    return Stream.of(
        row(
            "window: 1h",
            "window: 30s",
            "8: pipeline.window must divide a day and be at least 1m, found \"30s\"; use 1h, 15m,"
                + " 6h or 1d, for example."),
        row(
            "window: 1h",
            "window: 60",
            "8: pipeline.window must be a duration, found \"60\"; write a whole number and s, m, h"
                + " or d, such as 1h."),
        row(
            "window: 1h",
            "overlap: -3h",
            "8: pipeline.overlap must be a duration, found \"-3h\"; write a whole number and s, m,"
                + " h or d, such as 1h."),
        row(
            "window: 1h",
            "scan: 90m",
            "8: pipeline.scan must be a whole number of windows, found \"90m\"; use a multiple of"
                + " pipeline.window."),
        row(
            "window: 1h",
            "scan: 0s",
            "8: pipeline.scan must be a whole number of windows, found \"0s\"; use a multiple of"
                + " pipeline.window."),
        row(
            "window: 1h",
            "multipleAllocations: last",
            "8: pipeline.multipleAllocations cannot be \"last\"; use exclude or first."),
        row(
            "window: 1h",
            "maxRejectedShare: 1.5",
            "8: pipeline.maxRejectedShare must be 0 to 1, found \"1.5\"; use 0.01 for one"
                + " percent."),
        row(
            "window: 1h",
            "maxRejectedShare: .nan",
            "8: pipeline.maxRejectedShare must be a number, found \".nan\"; write one such as 0.5,"
                + " without quotes."),
        row(
            "window: 1h",
            "parallelism: 0",
            "8: pipeline.parallelism must be 1 to 1024, found \"0\"; remove it to use every core."),
        row(
            "window: 1h",
            "statementTimeout: 0s",
            "8: pipeline.statementTimeout must be 1s to 24d, found \"0s\"; use 10m, for example."),
        row(
            "window: 1h",
            "confidence: 1",
            "8: pipeline.confidence must be between 0 and 1, found \"1\"; use 0.95 for 95"
                + " percent."),
        row(
            "window: 1h",
            "confidence: 95%",
            "8: pipeline.confidence must be a number, found \"95%\"; write one such as 0.5, without"
                + " quotes."));
  }

  static Stream<Arguments> sources() {
    String assignmentSql = "sql: |\n      SELECT * FROM exposures";
    return Stream.of(
        row(
            "keyType: companyId",
            "",
            "11: entity \"company\" has no keyType; add keyType: userId, or column: user_id."),
        row(
            "keyType: companyId",
            "keyType: company id",
            "11: keyType of entity \"company\" must be a word such as userId, found \"company id\";"
                + " use column for other names."),
        row(
            "keyType: companyId",
            "column: policy_key",
            "11: column of entity \"company\" cannot be \"policy_key\", a column that assignments"
                + " need for something else; name the column with the unit's key."),
        row(
            "company: {",
            "2nd: {",
            "11: entity name \"2nd\" is not allowed; use up to 100 letters, digits, _ . or -, and"
                + " start with a letter or _.",
            "23: entity of fact \"invoices\" names the entity \"company\", which is not defined;"
                + " define it under entities, or name one that is there."),
        row(
            "    entity: company\n",
            "",
            "22: fact \"invoices\" has no entity; name one of entities."),
        row(
            "    entity: company\n",
            "    entity: company\n    timestampColumn: company_id\n",
            "24: timestampColumn of fact \"invoices\" is also the key column of entity \"company\";"
                + " name the column with the time of the fact."),
        row(
            "'{{start_date}}' AND '{{end_date}}'\n" + "facts",
            "'{{star_date}}' AND '{{end}}'\n" + "facts",
            "17: sql of assignment \"exposures\" has an unknown variable \"star_date\"; did you"
                + " mean {{start_date}}?",
            "17: sql of assignment \"exposures\" has an unknown variable \"end\"; use"
                + " {{start_date}} and {{end_date}}, or put a blank between two plain braces."),
        row(
            assignmentSql,
            "sql: |\n      SELECT ';'; DELETE FROM exposures",
            "16: sql of assignment \"exposures\" has 2 statements; keep one, without ; inside it."),
        row(
            assignmentSql,
            "sql: |\n      SELECT DISTINCT * FROM exposures",
            "16: warning: sql of assignment \"exposures\" uses DISTINCT, which removes duplicates"
                + " within one slice only; return the rows as they are, or make sure that equal"
                + " rows have the same time."),
        row(
            "SELECT * FROM invoices WHERE t BETWEEN '{{start_date}}' AND '{{end_date}}'",
            "TABLE invoices",
            "24: warning: sql of fact \"invoices\" does not use {{start_date}} and {{end_date}}, so"
                + " every slice reads too much; limit the time column by {{start_date}} and"
                + " {{end_date}}."),
        row(
            "SELECT * FROM invoices WHERE t BETWEEN '{{start_date}}' AND '{{end_date}}'",
            "",
            "24: sql of fact \"invoices\" has no value; write one, or remove the key."),
        row(
            "SELECT * FROM invoices WHERE t BETWEEN '{{start_date}}' AND '{{end_date}}'",
            "-- TODO",
            "24: sql of fact \"invoices\" is empty; write a SELECT."));
  }

  static Stream<Arguments> metrics() {
    return Stream.of(
        row(
            "fact: invoices,",
            "fact: invoice,",
            "27: fact of metric \"invoiced\" names the fact \"invoice\", which is not defined; did"
                + " you mean \"invoices\"?"),
        row("fact: invoices,", "", "27: metric \"invoiced\" has no fact; name one of facts."),
        row(
            "fact: invoices,",
            "fact: invoices, valueColumn: total,",
            "27: metric \"invoiced\" cannot have valueColumn because its aggregation is count;"
                + " remove valueColumn, or use aggregation: sum, count_distinct or percentile."),
        row(
            "fact: invoices, aggregation: count",
            "fact: invoices, aggregation: sum",
            "27: metric \"invoiced\" needs valueColumn because its aggregation is sum; add"
                + " valueColumn, or use aggregation: count."),
        row(
            "fact: invoices, aggregation: count",
            "fact: invoices, aggregation: sum, valueColumn: event_time",
            "27: valueColumn of metric \"invoiced\" is the timestampColumn of fact \"invoices\";"
                + " name a numeric column."),
        row(
            "fact: invoices,",
            "fact: invoices, weight: 2,",
            "27: unknown key \"weight\"; the keys here are fact, aggregation, valueColumn, steps,"
                + " filters, timeframe, completedOnly, winsorizeAt, percentile, of, numerator,"
                + " denominator, cuped, per, desiredDirection, unit, display_name and"
                + " displayName."),
        row(
            "invoiced:",
            "\"invoiced!\":",
            "27: metric name \"invoiced!\" is not allowed; use up to 100 letters, digits, _ . or -,"
                + " and start with a letter or _."));
  }

  static Stream<Arguments> policies() {
    String startsAt = "    startsAt: 2026-01-01T00:00:00Z\n";
    return Stream.of(
        row(
            "    startsAt: 2026-01-01T00:00:00Z\n",
            "",
            "29: policy \"pricing_test\" has no startsAt; add startsAt: 2026-01-01T00:00:00Z."),
        row(
            startsAt,
            "    starts_at: 2026-01-01T00:00:00Z\n",
            "29: policy \"pricing_test\" has no startsAt; add startsAt: 2026-01-01T00:00:00Z.",
            "32: unknown key \"starts_at\"; did you mean \"startsAt\"?"),
        row(
            startsAt,
            "    startsAt: 2026-01-01T10:30:00\n",
            "32: startsAt of policy \"pricing_test\" has no zone, found \"2026-01-01T10:30:00\";"
                + " write 2026-01-01T10:30:00Z if that is UTC."),
        row(
            startsAt,
            "    startsAt: 2026-02-30T00:00:00Z\n",
            "32: startsAt of policy \"pricing_test\" is not a time that exists, found"
                + " \"2026-02-30T00:00:00Z\"; correct the date, time or zone."),
        row(
            startsAt,
            "    startsAt: \"2026-01-01' OR '1'='1\"\n",
            "32: startsAt of policy \"pricing_test\" must be a date, time and zone, found"
                + " \"2026-01-01' OR '1'='1\"; write one such as 2026-01-01T00:00:00Z."),
        row(
            startsAt,
            startsAt + "    endsAt: 2026-01-01T01:00:00+01:00\n",
            "33: endsAt of policy \"pricing_test\" must be after startsAt, found"
                + " \"2026-01-01T01:00:00+01:00\"; correct one of the two."),
        row(
            startsAt,
            startsAt + "    control: treatmnt\n",
            "33: control of policy \"pricing_test\" must be one of the allocations, found"
                + " \"treatmnt\"; use control or treatment."),
        row(
            startsAt,
            startsAt + "    per: user\n",
            "33: unknown key \"per\"; the keys here are entity, allocations, control, startsAt,"
                + " endsAt, goal, guardrails, metrics, confidence, sequential, cuped and"
                + " correction."),
        row(
            startsAt,
            startsAt
                + "    metrics: [orders_per_user, orders_per_user, order_per_user, invoiced]\n",
            "33: metrics of policy \"pricing_test\" names the metric \"orders_per_user\" twice;"
                + " remove it.",
            "33: metrics of policy \"pricing_test\" names the metric \"order_per_user\", which is"
                + " not defined; did you mean \"orders_per_user\"?",
            "33: metrics of policy \"pricing_test\" names the metric \"invoiced\", whose fact"
                + " \"invoices\" has the entity \"company\"; use metrics of the entity \"user\"."),
        row(
            startsAt,
            startsAt + "    metrics: []\n",
            "33: policy \"pricing_test\" has no metrics; list some, or remove metrics to have"
                + " all."),
        row(
            startsAt,
            startsAt + "    metrics: orders_per_user\n",
            "33: metrics of policy \"pricing_test\" is not a list; write [a, b] or a line \"- a\""
                + " each."),
        row(
            "orders_per_user: { fact: orders,",
            "orders_per_user: { fact: invoices,",
            "29: policy \"pricing_test\" has no metrics: none has facts of the entity \"user\"; add"
                + " one under metrics."),
        row(
            "exposures:\n    entity: user",
            "exposures:\n    entity: company",
            "30: policy \"pricing_test\" has the entity \"user\", which has no assignments; add a"
                + " definition under assignments with entity: user."),
        row(
            "{ control: 0.5, treatment: 0.5 }",
            "{}",
            "29: policy \"pricing_test\" has no allocations; add allocations: { control: 0.5,"
                + " treatment: 0.5 }."),
        row(
            "treatment: 0.5",
            "treatment: 0.500002",
            "31: allocations of policy \"pricing_test\" must sum to 1, found 1.000002; correct the"
                + " shares."),
        row(
            "treatment: 0.5",
            "treatment: -0.5",
            "31: treatment of allocations of policy \"pricing_test\" must be 0 to 1, found"
                + " \"-0.5\"; write half of the units as 0.5."),
        row(
            "treatment: 0.5",
            "control: 0.5",
            "31: duplicate key \"control\", first on line 31; keep one of them.",
            "31: allocations of policy \"pricing_test\" must sum to 1, found 0.5; correct the"
                + " shares."),
        row(
            "pricing_test:",
            "\"\":",
            "29: policy name \"\" is not allowed; use 1 to 200 bytes of UTF-8 without a NUL"
                + " character."),
        row(
            "treatment: 0.5",
            "\"\\0\": 0.5",
            "31: allocation name \"\\u0000\" is not allowed; use 1 to 200 bytes of UTF-8 without a"
                + " NUL character."));
  }

  static Stream<Arguments> yaml() {
    return Stream.of(
        row(GOOD, "", " the file is empty; write definitions into it."),
        row(GOOD, "# nothing\n", " the file is empty; write definitions into it."),
        row(GOOD, "- a\n", "1: the file is not a map; write keys such as version: \"1.0\"."),
        row(
            "  window: 1h",
            "\twindow: 1h",
            "8: a tab is used for indentation; indent with blanks."),
        row(
            "username: traffical",
            "username traffical",
            "6: YAML syntax error: could not find expected ':'; check indentation and quotes here"
                + " and one line above."),
        row(
            "user: { keyType: userId }",
            "user: { column: ${EMPTY} }",
            "10: YAML syntax error: expected ',' or '}', but got {; put ${NAME} in quotes where it"
                + " is inside { } or [ ]."),
        row(
            "${PASSWORD}",
            "\"\\0\"",
            "6: warning: connection.password has the password in the file; prefer ${NAME}, which"
                + " takes it from the environment.",
            "6: connection.password has a NUL character; remove it."),
        row(
            "${PASSWORD}",
            "*s3cret",
            "6: YAML syntax error: an alias, anchor, tag or directive is wrong; check indentation"
                + " and quotes here and one line above."),
        row(
            "${PASSWORD}",
            "!s3cret x",
            "6: connection.password has a YAML tag; remove the word that starts with !."),
        row(
            "pipeline:",
            "---\npipeline:",
            "7: the file has a second YAML document; remove the line ---."),
        row(
            GOOD,
            "a: " + "[".repeat(50_000),
            " the file is nested too deeply; remove brackets that are never closed."),
        row(
            "  database: shop\n  username: traffical\n",
            "",
            "2: connection has no database; add database: NAME.",
            "2: connection has no username; add username: ROLE."),
        row("traffical", "\u0001", "5: the character U+0001 is not allowed in YAML; remove it."),
        row("window: 1h", "? [a]\n  : 1", "8: a key is not text; write keys as plain text."));
  }

  @Test
  void namesAMissingFile() {
    assertThat(texts(directory.resolve("traffical.yaml")))
        .containsExactly(" the file does not exist; name the definition file with -c.");
  }

  @Test
  void namesADirectory() {
    assertThat(DefinitionReader.check(directory, ENVIRONMENT).problems().get(0).text())
        .isEqualTo(directory + ": this is a directory; name the definition file in it.");
  }

  @Test
  void refusesOtherEncodings() throws IOException {
    Path file = directory.resolve("traffical.yaml");
    Files.write(file, GOOD.replace("shop", "é").getBytes(StandardCharsets.ISO_8859_1));

    assertThat(texts(file)).containsExactly(" the file is not valid UTF-8; save it as UTF-8.");
  }

  static Arguments row(String good, String broken, String... messages) {
    return arguments(good, broken, List.of(messages));
  }

  /** Returns the messages without the name of the file and its colon. */
  static List<String> texts(Path file) {
    return DefinitionReader.check(file, ENVIRONMENT).problems().stream()
        .map(problem -> problem.text().substring(file.toString().length() + 1))
        .toList();
  }
}
