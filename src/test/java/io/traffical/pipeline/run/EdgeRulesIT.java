package io.traffical.pipeline.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.traffical.pipeline.testing.DefinitionFiles;
import io.traffical.pipeline.testing.SharedCluster;
import io.traffical.pipeline.testing.TestDatabase;
import io.traffical.pipeline.window.Micros;
import io.traffical.pipeline.window.RunRequest;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Where a number cannot be computed there is none, and a reason; on rows of results. Each policy
 * has units of its own, named by their values per arm; {@code -} is a unit without facts, {@code
 * 1/2} a numerator of 1 and a denominator of 2, {@code 1;2} two facts.
 */
@ExtendWith(SharedCluster.ForJobs.class)
class EdgeRulesIT {
  private static final Map<String, String[]> ARMS = new LinkedHashMap<>();

  static {
    ARMS.put("one_unit", new String[] {"1", "2 3 4"});
    ARMS.put("no_units", new String[] {"1 2 3", ""});
    ARMS.put("constant_equal", new String[] {"3 3 3 3", "3 3 3 3"});
    ARMS.put("constant_other", new String[] {"3 3 3 3", "4 4 4 4"});
    ARMS.put("control_constant", new String[] {"- - - - - - - - - -", "- - - 5 - - 7 - 1 -"});
    ARMS.put("control_sums_to_0", new String[] {"-1 1 -2 2", "0 1 2 3"});
    ARMS.put("control_near_0", new String[] {"-10 10 -9 9.1 1", "5 6 7 8 9"});
    ARMS.put("negative", new String[] {"-10 -12 -8 -11 -9", "-5 -6 -4 -5.5 -4.5"});
    ARMS.put(
        "offset",
        new String[] {
          "1000000001 1000000002 1000000003 1000000004 1000000005",
          "1000000002 1000000003 1000000004 1000000005 1000000006"
        });
    ARMS.put("all_zero", new String[] {"- - - - -", "- - - - -"});
    ARMS.put("none_converted", new String[] {"- ".repeat(50), "1 ".repeat(6) + "- ".repeat(44)});
    ARMS.put("all_converted", new String[] {"1 ".repeat(40), "1 ".repeat(35)});
    ARMS.put("no_denominator", new String[] {"0/0 0/0 0/0", "1/1 2/1 3/2"});
    ARMS.put(
        "few_denominators",
        new String[] {"3/2 " + "0/0 ".repeat(59), "1/1 2/3 3/2 1/2 2/2 1/1 4/3"});
    ARMS.put("sparse", new String[] {"- ".repeat(200) + "900 5", "- ".repeat(201) + "7"});
    ARMS.put("few_values", new String[] {"1;2 3", "2 3;1"});
    ARMS.put("same_history", new String[] {"1 2 3 4", "2 3 4 6"});
  }

  private static TestDatabase database;

  @BeforeAll
  static void run() {
    database = TestDatabase.create();
    database.execute(
        """
        CREATE SCHEMA src;
        CREATE TABLE src.exposures (user_id text, policy text, variant text);
        CREATE TABLE src.facts (user_id text, event_time timestamptz, amount numeric, parts numeric);
        """);
    ARMS.forEach(
        (policy, arms) -> {
          add(policy, "a", arms[0]);
          add(policy, "b", arms[1]);
        });
    database.execute(
        "INSERT INTO src.facts SELECT user_id, timestamptz '2026-01-03Z', 7, 1 FROM src.exposures"
            + " WHERE policy = 'same_history'");
    String policies =
        ARMS.keySet().stream()
            .map(
                key ->
                    "  %s: { entity: user, allocations: { a: 0.5, b: 0.5 }, startsAt: 2026-01-05T00:00:00Z, cuped: %s }\n"
                        .formatted(key, key.equals("same_history")))
            .collect(Collectors.joining());
    String file =
        DefinitionFiles.connection(database)
            + """
            pipeline: { parallelism: 2 }
            entities: { user: { keyType: userId } }
            assignments:
              exposures:
                entity: user
                sql: |
                  SELECT user_id, policy AS policy_key, variant AS allocation_key,
                    timestamptz '2026-01-05 00:30Z' AS assigned_at
                  FROM src.exposures
                  WHERE timestamptz '2026-01-05 00:30Z' BETWEEN '{{start_date}}' AND '{{end_date}}'
            facts:
              facts:
                entity: user
                sql: |
                  SELECT * FROM src.facts WHERE event_time BETWEEN '{{start_date}}' AND '{{end_date}}'
            metrics:
              sum: { fact: facts, aggregation: sum, valueColumn: amount, cuped: { lookbackDays: 3 } }
              converted: { fact: facts, aggregation: conversion_rate }
              ratio: { aggregation: ratio, numerator: { fact: facts, valueColumn: amount }, denominator: { fact: facts, valueColumn: parts } }
              median: { fact: facts, aggregation: percentile, valueColumn: amount, percentile: 0.5 }
              capped: { fact: facts, aggregation: sum, valueColumn: amount, winsorizeAt: 0.9 }
            policies:
            """
            + policies;
    RunReport report =
        new RunService(DefinitionFiles.read(file), new RunListener() {})
            .run(RunRequest.run(Micros.of(Instant.parse("2026-01-05T04:00:00Z"))));
    assertThat(report.status()).as(report.error()).isEqualTo("succeeded");
  }

  private static void add(String policy, String variant, String units) {
    int number = 0;
    for (String unit : units.isBlank() ? new String[0] : units.strip().split(" +")) {
      String key = "%s-%s-%d".formatted(policy, variant, number++);
      database.execute(
          "INSERT INTO src.exposures VALUES ('%s', '%s', '%s')".formatted(key, policy, variant));
      for (String fact : unit.equals("-") ? new String[0] : unit.split(";", -1)) {
        String[] parts = fact.split("/", -1);
        database.execute(
            "INSERT INTO src.facts VALUES ('%s', '2026-01-05 01:00Z', %s, %s)"
                .formatted(key, parts[0], parts.length > 1 ? parts[1] : "1"));
      }
    }
  }

  @AfterAll
  static void dropDatabase() {
    database.close();
  }

  /**
   * Numbers are rounded to five digits; nothing stands for null. Expected values by scipy 1.17.1
   * and statsmodels 0.15.0 where they compute any, and the rules for what they do not.
   */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        // policy | metric | values | lift | interval | relative | interval | p | significant |
        // reason
        "one_unit | sum | 1, 3 | 2 | | | | | f | insufficient_units",
        "no_units | sum | 2, | | | | | | f | insufficient_units",
        "constant_equal | sum | 3, 3 | 0 | | 0 | | | f | zero_variance",
        "constant_other | sum | 3, 4 | 1 | | 0.33333 | | | f | zero_variance",
        "control_constant | sum | 0, 1.3 | 1.3 | -1.0872, 3.6872 | | | 0.26757 | f | variance_floored,control_zero",
        "control_sums_to_0 | sum | 0, 1.5 | 1.5 | -1.3111, 4.3111 | | | 0.23337 | f | control_zero",
        "control_near_0 | sum | 0.22, 7 | 6.78 | -4.9931, 18.553 | 30.818 | | 0.18858 | f | relative_unbounded",
        "negative | sum | -10, -5 | 5 | 3.0561, 6.9439 | 0.5 | 0.3586, 0.61023 | 0.00078876 | t |",
        "offset | sum | 1000000003, 1000000004 | 1 | -1.306, 3.306 | 0.000000001 | -0.000000001306, 0.000000003306 | 0.34659 | f |",
        "all_zero | sum | 0, 0 | 0 | | | | | f | zero_variance,control_zero",
        "all_zero | capped | 0, 0 | 0 | | | | | f | zero_variance,control_zero,winsor_cap_nonpositive",
        "none_converted | converted | 0, 0.12 | 0.12 | 0.015388, 0.21538 | | | 0.023723 | t | proportion_at_bound,control_zero",
        "all_converted | converted | 1, 1 | 0 | -0.072903, 0.066468 | 0 | | 0.92789 | f | proportion_at_bound",
        "no_denominator | ratio | , 1.5 | | | | | | f | zero_denominator",
        "few_denominators | ratio | 1.5, 1 | -0.5 | | -0.33333 | | | f | sparse_denominator",
        "all_zero | ratio | , | | | | | | f | zero_denominator",
        "all_zero | median | , | | | | | | f | insufficient_units",
        "constant_equal | median | 3, 3 | 0 | | 0 | | | f | atom_at_quantile",
        "few_values | median | 2, 2 | 0 | | 0 | | | f | quantile_out_of_range",
        "same_history | sum | 2.5, 3.75 | 1.25 | -1.4172, 3.9172 | 0.5 | -0.42739, 3.5461 | 0.29033 | f | covariate_constant",
      })
  void whatCannotBeComputedIsNullWithAReason(
      String policy,
      String metric,
      String values,
      String lift,
      String interval,
      String relativeLift,
      String relativeInterval,
      String p,
      String significant,
      String reason) {
    List<String> rows =
        database.rows(
            ("SELECT "
                    + column("c.value")
                    + " || ', ' || "
                    + column("t.value")
                    + ", "
                    + column("t.lift")
                    + ", "
                    + ends("t.lift_lower", "t.lift_upper")
                    + ", "
                    + column("t.relative_lift")
                    + ", "
                    + ends("t.relative_lift_lower", "t.relative_lift_upper")
                    + ", "
                    + column("t.p_value")
                    + ", t.significant, coalesce(t.reason, '')"
                    + " FROM traffical.latest_results t JOIN traffical.latest_results c"
                    + " USING (policy_key, metric_key)"
                    + " WHERE policy_key = '%s' AND metric_key = '%s' AND t.allocation_key = 'b'"
                    + " AND c.allocation_key = 'a'")
                .formatted(policy, metric));
    String expected =
        Stream.of(values, lift, interval, relativeLift, relativeInterval, p, significant, reason)
            .map(EdgeRulesIT::cell)
            .collect(Collectors.joining("|"));
    assertThat(rows).containsExactly(expected);
  }

  /** A value may be missing on either side of the comma. */
  private static String cell(String text) {
    return text == null ? "" : text.endsWith(",") ? text + " " : text;
  }

  private static String column(String name) {
    return "coalesce(trim_scale(round(%1$s::numeric, CASE WHEN %1$s = 0 OR abs(%1$s) >= 100000 THEN 0 ELSE 4 - floor(log(abs(%1$s)::numeric))::int END))::text, '')"
        .formatted(name);
  }

  private static String ends(String lower, String upper) {
    return "CASE WHEN %s IS NULL THEN '' ELSE %s || ', ' || %s END"
        .formatted(lower, column(lower), column(upper));
  }
}
