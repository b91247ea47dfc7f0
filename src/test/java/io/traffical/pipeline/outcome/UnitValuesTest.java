package io.traffical.pipeline.outcome;

import static io.traffical.pipeline.outcome.OneUnit.PAID;
import static io.traffical.pipeline.outcome.OneUnit.lookingBack;
import static io.traffical.pipeline.outcome.OneUnit.metric;
import static io.traffical.pipeline.outcome.OneUnit.orders;
import static io.traffical.pipeline.outcome.OneUnit.percentile;
import static io.traffical.pipeline.outcome.OneUnit.visits;
import static io.traffical.pipeline.testing.Plans.hour;
import static io.traffical.pipeline.testing.Plans.knownPolicy;
import static io.traffical.pipeline.testing.Plans.newPolicy;
import static org.assertj.core.api.Assertions.assertThat;

import io.traffical.pipeline.definition.Metric;
import io.traffical.pipeline.definition.Metric.Aggregation;
import io.traffical.pipeline.definition.Metric.PercentileOf;
import io.traffical.pipeline.definition.Metric.Timeframe;
import io.traffical.pipeline.testing.Plans;
import io.traffical.pipeline.window.RunPlan.Base;
import io.traffical.pipeline.window.RunPlan.MetricPlan;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a unit's facts amount to, metric by metric, and what is stored of them. */
class UnitValuesTest {
  private static final double NO_VALUE = Double.NaN;
  private static final Timeframe ALWAYS = Timeframe.ALWAYS;
  private static final Metric RATIO =
      metric("ratio", Aggregation.RATIO, ALWAYS, orders("amount"), orders("net", PAID));
  private static final Metric PER_VISIT =
      metric("per_visit", Aggregation.RATIO, ALWAYS, orders("amount"), visits());
  private static final Metric ITEMS =
      metric("items", Aggregation.COUNT_DISTINCT, ALWAYS, orders("item"));
  private static final Metric STEPS =
      metric("steps", Aggregation.FUNNEL, ALWAYS, visits(), orders(null));

  @Test
  void aRatioHasANumeratorAndADenominatorEachWithItsFacts() {
    OneUnit unit = new OneUnit(newPolicy(10, fresh(RATIO), fresh(PER_VISIT)));
    unit.assigned(hour(2))
        .order(hour(3), 10, 8, 1, PAID)
        .order(hour(4), 20, 16, 1)
        .order(hour(5), NO_VALUE, 4, 1, PAID)
        .order(hour(9), 5, NO_VALUE, 1, PAID)
        .visit(hour(3))
        .visit(hour(9));

    OneUnit.Result result = unit.settle();
    assertThat(result.analysed()).as("a null is no value").containsExactly("35 12 35 2");
    assertThat(result.totals()).containsExactlyInAnyOrder("0 2:30 2:12", "1 2:30 1:0");
    assertThat(result.days()).containsExactlyInAnyOrder("0: 0 2:30 2:12", "0: 1 2:30 1:0");
  }

  @Test
  void aDenominatorWithoutAValueColumnCountsRowsAlsoWhereTheNumeratorIsNull() {
    Metric average = metric("average", Aggregation.RATIO, ALWAYS, orders("amount"), orders(null));
    OneUnit unit = new OneUnit(newPolicy(10, fresh(average)));
    unit.assigned(hour(2)).order(hour(3), 10).order(hour(4), NO_VALUE);

    assertThat(unit.settle().analysed()).containsExactly("10 2");
  }

  @Test
  void aRatioGoesOnFromBothOfItsTotals() {
    OneUnit unit = new OneUnit(knownPolicy(5, 10, hourly(RATIO)));
    unit.stored("b", "", hour(2)).storedTotal(0, 0, 2, 30).storedTotal(0, 1, 1, 7);

    assertThat(unit.settle().analysed()).containsExactly("30 7");
    assertThat(unit.settle().totals()).as("nothing has changed").isEmpty();

    unit.order(hour(6), 1, 2, 1).order(hour(8), 3, 4, 1, PAID);
    assertThat(unit.settle().analysed()).containsExactly("34 11");
    assertThat(unit.settle().totals()).containsExactly("0 3:31 1:7");
  }

  @Test
  void aPercentileOfUnitsIsOfTheirSums() {
    OneUnit unit = new OneUnit(newPolicy(10, fresh(percentile(PercentileOf.UNITS, ALWAYS))));
    unit.assigned(hour(2)).order(hour(3), 10).order(hour(9), 2.5);

    assertThat(unit.settle().analysed()).containsExactly("12.5");
    assertThat(unit.settle().totals()).containsExactly("0 1:10");
  }

  @Test
  void aUnitWithoutFactsHasZerosAndNoEvents() {
    OneUnit unit =
        new OneUnit(
            newPolicy(
                10,
                fresh(RATIO),
                fresh(ITEMS),
                fresh(STEPS),
                fresh(percentile(PercentileOf.EVENTS, ALWAYS)),
                fresh(percentile(PercentileOf.UNITS, ALWAYS)),
                fresh(lookingBack(7, metric("n", Aggregation.COUNT, ALWAYS, orders(null))))));
    unit.assigned(hour(2));

    OneUnit.Result result = unit.settle();
    assertThat(result.analysed()).containsExactly("0 0 0 0 0 0 0 0 0 - - - [] - -");
    assertThat(result.totals()).isEmpty();
    assertThat(result.days()).isEmpty();
  }

  @Test
  void metricsThatKeepEntriesStoreThemByDayAndAsAWholeButEventsByDayOnly() {
    OneUnit unit =
        new OneUnit(
            newPolicy(
                10, fresh(ITEMS), fresh(STEPS), fresh(percentile(PercentileOf.EVENTS, ALWAYS))));
    unit.assigned(hour(2)).visit(hour(3)).order(hour(4), 5, 5, 258).order(hour(9), 6, 6, 259);
    String item = "0000000000000000" + "0000000000000102";
    String steps = "00" + hex(hour(3)) + "01" + hex(hour(4));
    String event = "4014000000000000";

    OneUnit.Result result = unit.settle();
    assertThat(result.analysed()).containsExactly("2 2 2 - - [5 6]");
    assertThat(result.totals()).containsExactlyInAnyOrder("0 " + item, "1 " + steps);
    assertThat(result.days())
        .containsExactlyInAnyOrder("0: 0 " + item, "0: 1 " + steps, "0: 2 " + event);
  }

  @Test
  void entriesOfTheHourlyPathAreWrittenOnlyWhenSomethingIsNewBehindTheOverlap() {
    String stored = "0000000000000000" + "0000000000000102";
    OneUnit unit =
        new OneUnit(
            knownPolicy(
                5,
                10,
                hourly(ITEMS),
                hourly(STEPS),
                hourly(percentile(PercentileOf.EVENTS, ALWAYS))));
    unit.stored("b", "", hour(2))
        .storedEntries(0, bytes(stored))
        .storedEntries(1, bytes("00" + hex(hour(3))))
        .storedEntries(2, bytes("4014000000000000"));
    assertThat(unit.settle().analysed()).containsExactly("1 1 1 - - [5]");

    unit.order(hour(9), 6, 6, 258);
    OneUnit.Result inOverlap = unit.settle();
    assertThat(inOverlap.analysed()).containsExactly("1 2 2 - - [5 6]");
    assertThat(inOverlap.totals()).isEmpty();
    assertThat(inOverlap.days()).isEmpty();

    unit.order(hour(6), 7, 7, 259);
    OneUnit.Result behind = unit.settle();
    assertThat(behind.analysed()).containsExactly("2 2 3 - - [5 6 7]");
    assertThat(behind.totals())
        .containsExactlyInAnyOrder(
            "0 " + stored + "0000000000000000" + "0000000000000103",
            "1 " + "00" + hex(hour(3)) + "01" + hex(hour(6)));
    assertThat(behind.days()).hasSize(3);
  }

  @Test
  void entriesThatMoveToANewSetAreWrittenAsAWholeEvenIfNothingIsNew() {
    OneUnit unit = new OneUnit(knownPolicy(30, 40, metricFromDays(ITEMS), metricFromDays(STEPS)));
    unit.stored("b", "", hour(2)).storedEntries(1, bytes("00" + hex(hour(3))));

    OneUnit.Result result = unit.settle();
    assertThat(result.analysed()).containsExactly("0 1");
    assertThat(result.totals()).containsExactly("1 00" + hex(hour(3)));
    assertThat(result.days()).isEmpty();
  }

  @Test
  void theFactsOfAUnitInTwoAllocationsAreStoredButNotAnalysed() {
    OneUnit unit = new OneUnit(newPolicy(10, fresh(ITEMS), fresh(RATIO)));
    unit.assigned(hour(2)).exposure("a", "", hour(4)).order(hour(3), 5);

    OneUnit.Result result = unit.settle();
    assertThat(result.analysed()).isEmpty();
    assertThat(result.totals()).hasSize(2);
    assertThat(result.assignments()).hasSize(1);
  }

  @Test
  void theAnalysedUnitBringsItsDimensionsAndItsTime() {
    OneUnit unit = new OneUnit(newPolicy(10, fresh(ITEMS)));
    unit.exposure("b", "DE\0web", hour(2)).exposure("b", "AT\0web", hour(2));

    assertThat(unit.settle().assignments())
        .singleElement()
        .satisfies(
            row -> {
              assertThat(row.allocation()).isEqualTo("b");
              assertThat(row.dimensions()).isEqualTo("AT\0web");
              assertThat(row.firstAssignedAt()).isEqualTo(hour(2));
            });
    assertThat(unit.settle().about()).isEqualTo(List.of("u 1 AT\0web " + hour(2)));
  }

  private static MetricPlan fresh(Metric metric) {
    return Plans.metric(metric, 0, Base.EMPTY, 7);
  }

  private static MetricPlan hourly(Metric metric) {
    return Plans.metric(metric, 5, Base.TOTALS, 7);
  }

  private static MetricPlan metricFromDays(Metric metric) {
    return Plans.metric(metric, 24, Base.DAYS, 37);
  }

  private static String hex(long time) {
    return HexFormat.of().toHexDigits(time);
  }

  private static byte[] bytes(String hex) {
    return HexFormat.of().parseHex(hex);
  }
}
