package io.traffical.pipeline.outcome;

import static org.assertj.core.api.Assertions.assertThat;

import io.traffical.pipeline.definition.Metric;
import io.traffical.pipeline.definition.Metric.Aggregation;
import io.traffical.pipeline.definition.Metric.Filter;
import io.traffical.pipeline.definition.Metric.Measure;
import io.traffical.pipeline.definition.Metric.Operator;
import io.traffical.pipeline.definition.Metric.PercentileOf;
import io.traffical.pipeline.definition.Metric.Timeframe;
import io.traffical.pipeline.model.AssignmentChange;
import io.traffical.pipeline.model.DayOutcome;
import io.traffical.pipeline.model.FactValues;
import io.traffical.pipeline.model.TotalChange;
import io.traffical.pipeline.model.UnitValues;
import io.traffical.pipeline.outcome.FirstAssignment.Stored;
import io.traffical.pipeline.testing.Plans;
import io.traffical.pipeline.window.MetricSets;
import io.traffical.pipeline.window.MetricSets.StoredPlace;
import io.traffical.pipeline.window.Micros;
import io.traffical.pipeline.window.RunPlan;
import io.traffical.pipeline.window.RunPlan.Base;
import io.traffical.pipeline.window.RunPlan.MetricPlan;
import io.traffical.pipeline.window.RunPlan.PolicyPlan;
import io.traffical.pipeline.window.SelectedColumns;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Consumer;

/**
 * What is entered into the ledger of one unit of one policy, over the facts orders (columns amount,
 * net, brand, item; two filters) and visits. Settling is done twice, with the rows in their order
 * and in the reverse one, and must amount to the same.
 */
final class OneUnit {
  static final Filter PAID = new Filter("status", Operator.EQUALS, List.of("paid"));
  static final Filter LARGE = new Filter("size", Operator.IN, List.of("l", "xl"));
  static final int ORDERS = 0;
  static final int VISITS = 1;

  private static final SelectedColumns COLUMNS =
      new SelectedColumns(
          List.of("amount", "net"), List.of(LARGE, PAID), List.of("brand", "item"), List.of());

  private final LedgerPlan plan;
  private final List<Consumer<UnitLedger>> known = new ArrayList<>();
  private final List<Consumer<UnitLedger>> facts = new ArrayList<>();

  /** What has a past has a stored set of its own. */
  OneUnit(PolicyPlan policy) {
    RunPlan run = Plans.plan(COLUMNS, policy);
    List<StoredPlace> stored = new ArrayList<>();
    for (int m = 0; m < policy.metrics().size(); m++) {
      MetricPlan metric = policy.metrics().get(m);
      for (int s = 0; metric.base() != Base.EMPTY && s < Math.max(1, metric.slots()); s++) {
        stored.add(
            new StoredPlace(
                policy.policyKey(), m + 1, s, metric.metricKey(), s, true, MetricSets.ALL_DAYS));
      }
    }
    this.plan = new LedgerPlan(run, new MetricSets(run, stored));
  }

  static Measure orders(String valueColumn, Filter... filters) {
    return new Measure("orders", valueColumn, List.of(filters));
  }

  static Measure visits() {
    return new Measure("visits", null, List.of());
  }

  /** A metric of any kind but a percentile; its key is the given one. */
  static Metric metric(String key, Aggregation aggregation, Timeframe when, Measure... measures) {
    return new Metric(
        key, aggregation, List.of(measures), when, null, null, null, 0, null, null, null);
  }

  /** The median of amounts. */
  static Metric percentile(PercentileOf of, Timeframe when) {
    Measure amount = orders("amount");
    return new Metric(
        of.name(),
        Aggregation.PERCENTILE,
        List.of(amount),
        when,
        null,
        0.5,
        of,
        0,
        null,
        null,
        null);
  }

  /** The same metric with a covariate. */
  static Metric lookingBack(int days, Metric metric) {
    return new Metric(
        metric.key(),
        metric.aggregation(),
        metric.measures(),
        metric.timeframe(),
        null,
        null,
        null,
        days,
        null,
        null,
        null);
  }

  OneUnit exposure(String allocation, String dimensions, long time) {
    known.add(ledger -> ledger.exposure(0, allocation, dimensions, time));
    return this;
  }

  /** Assigned to b, by what is read. */
  OneUnit assigned(long time) {
    return exposure("b", "", time);
  }

  OneUnit stored(String allocation, String dimensions, long firstAssignedAt) {
    Stored row = new Stored(allocation, dimensions, firstAssignedAt, AssignmentChange.NEVER);
    known.add(ledger -> ledger.stored(0, row));
    return this;
  }

  OneUnit storedTotal(int metric, int slot, long count, double sum) {
    known.add(ledger -> ledger.storedTotal(0, metric, slot, count, sum, 0));
    return this;
  }

  OneUnit storedEntries(int metric, byte[] entries) {
    known.add(ledger -> ledger.storedEntries(0, metric, 0, entries));
    return this;
  }

  /** An order of item 1 that is worth so much, both ways, and meets these filters. */
  OneUnit order(long time, double amount, Filter... met) {
    return order(time, amount, amount, 1, met);
  }

  OneUnit order(long time, double amount, double net, long item, Filter... met) {
    FactValues values = new FactValues(2, 4, true);
    values.numbers()[0] = amount;
    values.numbers()[1] = net;
    values.digests()[1] = 77; // always the same brand
    values.digests()[3] = item;
    values.filters(COLUMNS.filterBits(orders(null, met)));
    facts.add(ledger -> ledger.fact(ORDERS, 0, time, values));
    return this;
  }

  OneUnit visit(long time) {
    facts.add(ledger -> ledger.fact(VISITS, 0, time, FactValues.NOTHING));
    return this;
  }

  Result settle() {
    Result inOrder = settleOnce();
    Collections.reverse(known);
    Collections.reverse(facts);
    assertThat(settleOnce()).as("the other way round").isEqualTo(inOrder);
    return inOrder;
  }

  private Result settleOnce() {
    UnitLedger ledger = new UnitLedger(plan);
    known.forEach(row -> row.accept(ledger));
    facts.forEach(row -> row.accept(ledger));
    Result result =
        new Result(
            new ArrayList<>(),
            new ArrayList<>(),
            new ArrayList<>(),
            new ArrayList<>(),
            new ArrayList<>());
    ledger.settle("u", new Collector(result));
    return result;
  }

  /**
   * What a unit amounts to.
   *
   * @param totals per set: {@code set facts:sum …}, or {@code set hexadecimal entries}
   * @param days the same behind the day, which counts from 2026-01-01
   * @param analysed the values, of which those of all facts come sorted and in brackets
   * @param about the rest of what is analysed: unit, allocation, dimensions, time
   */
  record Result(
      List<AssignmentChange> assignments,
      List<String> totals,
      List<String> days,
      List<String> analysed,
      List<String> about) {}

  private record Collector(Result result) implements Entries {
    @Override
    public void change(AssignmentChange change) {
      result.assignments().add(change);
    }

    @Override
    public void change(TotalChange change) {
      result.totals().add(text(change.set(), change.tallies(), change.entries()));
    }

    @Override
    public void add(DayOutcome outcome) {
      long day = outcome.day() - Plans.hour(0) / Micros.DAY;
      result.days().add(day + ": " + text(outcome.set(), outcome.tallies(), outcome.entries()));
    }

    private static String text(int set, double[] tallies, byte[] entries) {
      StringBuilder text = new StringBuilder().append(set);
      for (int place = 0; place < tallies.length / SetLedger.WIDTH; place++) {
        text.append(' ').append(number(SetLedger.facts(tallies, place)));
        text.append(':').append(number(SetLedger.sum(tallies, place)));
      }
      return entries == null
          ? text.toString()
          : text.append(' ').append(HexFormat.of().formatHex(entries)).toString();
    }

    @Override
    public void analyse(UnitValues unit) {
      List<String> texts = new ArrayList<>();
      for (double value : unit.values()) {
        texts.add(number(value));
      }
      if (unit.events() != null) {
        for (double[] events : unit.events()) {
          texts.add(events == null ? "-" : sorted(events));
        }
      }
      result.analysed().add(String.join(" ", texts));
      result
          .about()
          .add(
              String.join(
                  " ",
                  unit.unit(),
                  "" + unit.allocation(),
                  unit.dimensions(),
                  "" + unit.firstAssignedAt()));
    }

    private static String sorted(double[] events) {
      double[] sorted = events.clone();
      java.util.Arrays.sort(sorted);
      List<String> texts = new ArrayList<>();
      for (double event : sorted) {
        texts.add(number(event));
      }
      return "[" + String.join(" ", texts) + "]";
    }

    private static String number(double value) {
      return value == Math.rint(value) ? Long.toString((long) value) : Double.toString(value);
    }
  }
}
