package io.traffical.pipeline.outcome;

import static io.traffical.pipeline.outcome.OneUnit.PAID;
import static io.traffical.pipeline.outcome.OneUnit.lookingBack;
import static io.traffical.pipeline.outcome.OneUnit.metric;
import static io.traffical.pipeline.outcome.OneUnit.orders;
import static io.traffical.pipeline.testing.Plans.hour;
import static io.traffical.pipeline.testing.Plans.knownPolicy;
import static io.traffical.pipeline.testing.Plans.newPolicy;
import static org.assertj.core.api.Assertions.assertThat;

import io.traffical.pipeline.definition.Metric;
import io.traffical.pipeline.definition.Metric.Aggregation;
import io.traffical.pipeline.definition.Metric.Timeframe;
import io.traffical.pipeline.testing.Plans;
import io.traffical.pipeline.window.Micros;
import io.traffical.pipeline.window.RunPlan.Base;
import io.traffical.pipeline.window.RunPlan.MetricPlan;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What units did before their assignment. Values are those of the metric, of its covariate, and 1
 * for a unit that has a history.
 */
class CovariatesTest {
  private static final int VALUE = 0;
  private static final int COVARIATE = 1;
  private static final Metric REVENUE =
      lookingBack(2, metric("revenue", Aggregation.SUM, Timeframe.ALWAYS, orders("amount")));

  /** The lookback is two days; the policy starts at hour 0, the unit is assigned at hour 30. */
  @ParameterizedTest
  @CsvSource({
    // microseconds after so many days after the assignment, values
    "-2, -1, 0 0 0",
    "-2,  0, 0 5 1", // before the policy starts, too
    "-1,  0, 0 5 1",
    " 0, -1, 0 5 1",
    " 0,  0, 5 0 0",
    " 0,  1, 5 0 0",
  })
  void factsOfTheLookbackAreTheCovariateAndLaterOnesTheValue(int days, int micros, String values) {
    OneUnit unit = new OneUnit(newPolicy(100, fresh(REVENUE)));
    unit.assigned(hour(30)).order(hour(30) + days * Micros.DAY + micros, 5);

    assertThat(unit.settle().analysed()).containsExactly(values);
  }

  @Test
  void theCovariateIsOfTheSameFactsAsTheValueWhateverTheTimeframe() {
    Timeframe secondDay = new Timeframe(1, 2, false);
    OneUnit unit =
        new OneUnit(
            newPolicy(
                100,
                fresh(lookingBack(7, sum("paid", Timeframe.ALWAYS))),
                fresh(lookingBack(1, sum("second day", secondDay))),
                fresh(
                    lookingBack(
                        7, metric("n", Aggregation.COUNT, Timeframe.ALWAYS, orders(null, PAID)))),
                fresh(
                    lookingBack(
                        7,
                        metric(
                            "rate", Aggregation.CONVERSION_RATE, Timeframe.ALWAYS, orders(null)))),
                fresh(sum("not adjusted", Timeframe.ALWAYS))));
    unit.assigned(hour(30))
        .order(hour(3), 1, PAID)
        .order(hour(4), 2)
        .order(hour(20), 4, PAID)
        .order(hour(31), 8, PAID)
        .order(hour(60), 16, PAID);

    assertThat(unit.settle().analysed()).containsExactly("24 5 1 16 4 1 2 2 1 1 1 1 24");
  }

  @Test
  void aNullBeforeTheAssignmentIsNoHistoryButAZeroIs() {
    OneUnit unit = new OneUnit(newPolicy(100, fresh(REVENUE)));
    unit.assigned(hour(30)).order(hour(20), Double.NaN);
    assertThat(unit.settle().analysed()).containsExactly("0 0 0");

    unit.order(hour(20), 0);
    assertThat(unit.settle().analysed()).containsExactly("0 0 1");
  }

  /** Totals are stored up to hour 40. */
  @ParameterizedTest
  @CsvSource({
    "30,      0 1:8 1:5", // its assignment cannot change any more without being read again
    "39.9999, 0 1:8 1:5",
    "40,      ''",
    "41,      ''",
  })
  void theCovariateIsStoredOnceTheAssignmentIsBehindTheOverlap(double assignedAt, String totals) {
    OneUnit unit = new OneUnit(newPolicy(100, Plans.metric(REVENUE, 0, Base.EMPTY, 40)));
    long first = hour(assignedAt);
    unit.assigned(first).order(first - 1, 5);
    if (!totals.isEmpty()) {
      unit.order(first, 8);
    }

    OneUnit.Result result = unit.settle();
    assertThat(result.analysed()).containsExactly(totals.isEmpty() ? "0 5 1" : "8 5 1");
    assertThat(String.join(", ", result.totals())).isEqualTo(totals);
    assertThat(result.days().toString()).as("days have no covariates").doesNotContain(":5");
  }

  @Test
  void aUnitWithAHistoryOnlyIsStored() {
    OneUnit unit = new OneUnit(newPolicy(100, Plans.metric(REVENUE, 0, Base.EMPTY, 40)));
    unit.assigned(hour(30)).order(hour(29), 5);

    assertThat(unit.settle().totals()).containsExactly("0 0:0 1:5");
    assertThat(unit.settle().days()).isEmpty();
  }

  /** The hourly path starts at hour 37. What is stored of later assigned units is of other ones. */
  @ParameterizedTest
  @CsvSource({
    "2,       10 7 1",
    "36.9999, 10 7 1",
    "37,      10 0 0",
    "38,      10 0 0",
  })
  void aStoredCovariateStandsForUnitsFirstAssignedBeforeTheStart(double first, String values) {
    OneUnit unit = new OneUnit(knownPolicy(37, 100, Plans.metric(REVENUE, 37, Base.TOTALS, 40)));
    unit.exposure("b", "", hour(first))
        .stored("b", "", hour(first))
        .storedTotal(0, VALUE, 3, 10)
        .storedTotal(0, COVARIATE, 2, 7);

    OneUnit.Result result = unit.settle();
    assertThat(result.analysed()).containsExactly(values);
    assertThat(result.totals()).as("nothing has changed").isEmpty();
  }

  @Test
  void aStoredCovariateIsKeptWhenTheTotalsChange() {
    OneUnit unit = new OneUnit(knownPolicy(37, 50, Plans.metric(REVENUE, 37, Base.TOTALS, 40)));
    unit.stored("b", "", hour(2))
        .storedTotal(0, VALUE, 3, 10)
        .storedTotal(0, COVARIATE, 2, 7)
        .order(hour(38), 1)
        .order(hour(45), 100);

    OneUnit.Result result = unit.settle();
    assertThat(result.analysed()).containsExactly("111 7 1");
    assertThat(result.totals()).containsExactly("0 4:11 2:7");
    assertThat(result.days()).containsExactly("1: 0 1:1 0:0");
  }

  @Test
  void aStoredCovariateMovesWithTheTotalsOfAMetricThatStartsFromItsDays() {
    MetricPlan again = Plans.metric(REVENUE, 24, Base.DAYS, 40);
    OneUnit early = new OneUnit(knownPolicy(30, 50, again));
    early.stored("b", "", hour(2)).storedTotal(0, VALUE, 3, 10).storedTotal(0, COVARIATE, 2, 7);
    assertThat(early.settle().totals()).containsExactly("0 3:10 2:7");

    OneUnit late = new OneUnit(knownPolicy(30, 50, again));
    late.stored("b", "", hour(30)).exposure("b", "", hour(30)).storedTotal(0, COVARIATE, 2, 7);
    assertThat(late.settle().analysed()).containsExactly("0 0 0");
    assertThat(late.settle().totals()).isEmpty();
  }

  @Test
  void theCovariateOfAUnitWithoutAnAssignmentIsDropped() {
    OneUnit unit = new OneUnit(knownPolicy(30, 50, Plans.metric(REVENUE, 24, Base.DAYS, 40)));
    unit.stored("b", "", hour(33)).storedTotal(0, COVARIATE, 2, 7);

    OneUnit.Result result = unit.settle();
    assertThat(result.totals()).isEmpty();
    assertThat(result.analysed()).isEmpty();
    assertThat(result.assignments())
        .singleElement()
        .satisfies(row -> assertThat(row.allocation()).isNull());
  }

  private static Metric sum(String key, Timeframe when) {
    return metric(key, Aggregation.SUM, when, orders("amount", PAID));
  }

  private static MetricPlan fresh(Metric metric) {
    return Plans.metric(metric, 0, Base.EMPTY, 97);
  }
}
