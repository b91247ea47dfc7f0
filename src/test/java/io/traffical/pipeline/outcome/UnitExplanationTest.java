package io.traffical.pipeline.outcome;

import static org.assertj.core.api.Assertions.assertThat;

import io.traffical.pipeline.definition.Definitions;
import io.traffical.pipeline.model.FactValues;
import io.traffical.pipeline.outcome.UnitTotals.Part;
import io.traffical.pipeline.testing.DefinitionFiles;
import io.traffical.pipeline.testing.Plans;
import io.traffical.pipeline.window.DefinitionRef;
import io.traffical.pipeline.window.Micros;
import io.traffical.pipeline.window.Planner;
import io.traffical.pipeline.window.RunPlan;
import io.traffical.pipeline.window.RunRequest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class UnitExplanationTest {
  private static final Definitions DEFINITIONS =
      DefinitionFiles.read(
          """
          version: "1.0"
          pipeline: { overlap: 0h }
          connection: { host: localhost, database: d, username: u }
          entities: { user: { keyType: userId } }
          assignments:
            exposures: { entity: user, sql: "SELECT 1 WHERE t BETWEEN '{{start_date}}' AND '{{end_date}}'" }
          facts:
            orders: { entity: user, sql: "SELECT 1 WHERE t BETWEEN '{{start_date}}' AND '{{end_date}}'" }
          metrics:
            sum: { fact: orders, aggregation: sum, valueColumn: amount, cuped: { lookbackDays: 1 },
                   timeframe: { startDays: 1, endDays: 3 },
                   filters: [ { column: status, operator: equals, values: [paid] } ] }
            rate: { fact: orders, aggregation: conversion_rate, timeframe: { endDays: 2 } }
            ratio: { aggregation: ratio, numerator: { fact: orders, valueColumn: amount },
                     denominator: { fact: orders, filters: [ { column: status, operator: equals, values: [paid] } ] } }
            events: { fact: orders, aggregation: percentile, valueColumn: amount, percentile: 0.5 }
            distinct: { fact: orders, aggregation: count_distinct, valueColumn: sku }
            funnel: { aggregation: funnel, steps: [ { fact: orders }, { fact: orders,
                      filters: [ { column: status, operator: equals, values: [paid] } ] }, { fact: orders } ] }
          policies:
            p: { entity: user, allocations: { a: 0.5, b: 0.5 }, startsAt: 2026-01-01T00:00:00Z,
                 endsAt: 2026-01-06T00:00:00Z, cuped: true }
          """);

  private static RunPlan plan(String metric) {
    RunRequest request =
        new RunRequest("run", Micros.AFTER_ALL, Micros.AFTER_ALL, "p", metric, false);
    return Planner.plan(DEFINITIONS, request, List.of(), Set.of(), Plans.hour(100.5));
  }

  private static int orders(RunPlan plan) {
    return plan.reads().stream()
        .map(RunPlan.Read::definition)
        .toList()
        .indexOf(DefinitionRef.fact("orders"));
  }

  private static FactValues values(double amount, boolean isPaid, long sku) {
    FactValues values = new FactValues(1, 2, true);
    values.numbers()[0] = amount;
    values.digests()[0] = sku;
    values.filters(isPaid ? 1 : 0);
    return values;
  }

  @ParameterizedTest
  @ValueSource(strings = {"sum", "rate", "ratio", "events", "distinct", "funnel"})
  void whatIsSaidToCountIsWhatTheLedgerCounts(String metric) {
    for (int seed = 0; seed < 200; seed++) {
      Random random = new Random(seed);
      RunPlan plan = plan(metric);
      UnitExplanation explanation = new UnitExplanation(plan);
      explanation.exposure("a", "", Plans.hour(random.nextInt(40)));
      List<Judgement> judgements = new ArrayList<>();
      List<Map<String, Object>> columns = new ArrayList<>();
      double[] hours = random.doubles(30, -30, 130).map(Math::rint).sorted().toArray();
      for (double hour : hours) {
        double amount = random.nextInt(5) == 0 ? Double.NaN : random.nextInt(100) / 4.0;
        long sku = random.nextInt(4);
        FactValues values = values(amount, random.nextBoolean(), sku);
        judgements.add(explanation.fact(orders(plan), 0, Plans.hour(hour), values));
        Map<String, Object> shown = new HashMap<>();
        shown.put("amount", amount);
        shown.put("sku", sku == 0 ? null : "s" + sku);
        columns.add(shown);
      }
      explanation.settle("u");
      Reasons reasons = new Reasons(plan, explanation);

      long counted = 0;
      double sum = 0;
      long covariates = 0;
      for (int i = 0; i < judgements.size(); i++) {
        Reasons.Answer answer = reasons.fact(judgements.get(i), columns.get(i));
        assertThat(answer.isCounted() || answer.text() != null).isTrue();
        if (answer.isCounted() && answer.isOfCovariate()) {
          covariates++;
        } else if (answer.isCounted()) {
          counted++;
          sum +=
              Double.isNaN((double) columns.get(i).get("amount"))
                  ? 0
                  : (double) columns.get(i).get("amount");
        }
      }
      List<Part> parts = explanation.totals().parts();
      if (metric.equals("ratio")) {
        assertThat(sum).isEqualTo(parts.get(0).sum());
      } else {
        assertThat(counted).as(metric + " " + seed).isEqualTo(parts.get(0).count());
      }
      if (parts.get(0).sum() != null) {
        assertThat(sum).isEqualTo(parts.get(0).sum());
      }
      if (metric.equals("sum")) {
        assertThat(covariates).isEqualTo(parts.get(1).count());
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "-1, TOO_EARLY",
    "23.999, TOO_EARLY",
    "24, COUNTED",
    "71.999, COUNTED",
    "72, TOO_LATE"
  })
  void aTimeframeHasItsStartButNotItsEnd(double age, Verdict expected) {
    assertThat(
            Verdict.byTime(
                Plans.hour(age) - Plans.hour(0),
                Micros.DAY,
                3 * Micros.DAY,
                Plans.hour(age),
                Micros.BEFORE_ALL))
        .isEqualTo(expected);
  }
}
