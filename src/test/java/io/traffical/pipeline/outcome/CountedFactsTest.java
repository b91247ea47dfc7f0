package io.traffical.pipeline.outcome;

import static io.traffical.pipeline.outcome.OneUnit.LARGE;
import static io.traffical.pipeline.outcome.OneUnit.PAID;
import static io.traffical.pipeline.outcome.OneUnit.metric;
import static io.traffical.pipeline.outcome.OneUnit.orders;
import static io.traffical.pipeline.outcome.OneUnit.percentile;
import static io.traffical.pipeline.outcome.OneUnit.visits;
import static io.traffical.pipeline.testing.Plans.hour;
import static io.traffical.pipeline.testing.Plans.newPolicy;
import static org.assertj.core.api.Assertions.assertThat;

import io.traffical.pipeline.definition.Metric;
import io.traffical.pipeline.definition.Metric.Aggregation;
import io.traffical.pipeline.definition.Metric.PercentileOf;
import io.traffical.pipeline.definition.Metric.Timeframe;
import io.traffical.pipeline.testing.Plans;
import io.traffical.pipeline.window.Micros;
import io.traffical.pipeline.window.RunPlan.Base;
import io.traffical.pipeline.window.RunPlan.MetricPlan;
import io.traffical.pipeline.window.RunPlan.PolicyPlan;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which facts count for a unit: filters, timeframes, and the ends of what a run reads. */
class CountedFactsTest {
  private static final Timeframe ALWAYS = Timeframe.ALWAYS;

  @Test
  void aRowMustMeetAllFiltersOfAMeasure() {
    OneUnit unit =
        new OneUnit(
            policy(
                100,
                metric("all", Aggregation.SUM, ALWAYS, orders("amount")),
                metric("paid", Aggregation.SUM, ALWAYS, orders("amount", PAID)),
                metric("large", Aggregation.COUNT, ALWAYS, orders(null, LARGE)),
                metric("both", Aggregation.SUM, ALWAYS, orders("amount", PAID, LARGE)),
                metric("any", Aggregation.CONVERSION_RATE, ALWAYS, orders(null, LARGE, PAID))));
    unit.assigned(hour(2)).order(hour(3), 1).order(hour(4), 2, PAID).order(hour(5), 4, LARGE);

    assertThat(unit.settle().analysed()).containsExactly("7 2 1 0 0");

    unit.order(hour(6), 8, LARGE, PAID);
    assertThat(unit.settle().analysed()).containsExactly("15 10 2 8 1");
  }

  @Test
  void aRowMustMeetTheFiltersOfMetricsThatKeepEntries() {
    OneUnit unit =
        new OneUnit(
            policy(
                100,
                metric("items", Aggregation.COUNT_DISTINCT, ALWAYS, orders("item", PAID)),
                metric(
                    "steps", Aggregation.FUNNEL, ALWAYS, orders(null, LARGE), orders(null, PAID))));
    unit.assigned(hour(2))
        .order(hour(3), 1, 1, 7)
        .order(hour(3), 1, 1, 8, PAID)
        .order(hour(4), 1, 1, 9, LARGE)
        .order(hour(5), 1, 1, 8, PAID, LARGE);

    assertThat(unit.settle().analysed()).containsExactly("1 2");
  }

  @Test
  void theStepsOfAFunnelMayBeOfSeveralFactsAndOneFactOfSeveralSteps() {
    OneUnit unit =
        new OneUnit(
            policy(
                100,
                metric(
                    "steps",
                    Aggregation.FUNNEL,
                    ALWAYS,
                    orders(null),
                    visits(),
                    orders(null, PAID),
                    orders(null))));
    unit.assigned(hour(2)).order(hour(3), 1, PAID).visit(hour(4)).order(hour(5), 1, PAID);

    assertThat(unit.settle().analysed()).containsExactly("3");

    unit.order(hour(5), 1);
    assertThat(unit.settle().analysed()).as("two rows at one instant").containsExactly("4");
  }

  /** The unit is assigned 90 minutes after midnight; days of a timeframe begin then. */
  @ParameterizedTest
  @CsvSource({
    // start, end, microseconds after so many days after the assignment, counts
    "0,   , 0, -1, 0",
    "0,   , 0,  0, 1",
    "0,   , 9,  0, 1",
    "0,  1, 0,  0, 1",
    "0,  1, 1, -1, 1",
    "0,  1, 1,  0, 0",
    "1,  3, 1, -1, 0",
    "1,  3, 1,  0, 1",
    "1,  3, 2,  5, 1",
    "1,  3, 3, -1, 1",
    "1,  3, 3,  0, 0",
    "2,   , 2, -1, 0",
    "2,   , 2,  0, 1",
  })
  void aTimeframeIsOfWholeDaysAfterTheAssignmentAndWithoutItsEnd(
      int startDays, Integer endDays, int days, int micros, int counts) {
    Timeframe when = new Timeframe(startDays, endDays, false);
    OneUnit unit =
        new OneUnit(
            policy(
                1000,
                metric("sum", Aggregation.SUM, when, orders("amount")),
                metric("rate", Aggregation.CONVERSION_RATE, when, orders(null)),
                metric("ratio", Aggregation.RATIO, when, orders("net"), orders(null)),
                percentile(PercentileOf.UNITS, when),
                metric("items", Aggregation.COUNT_DISTINCT, when, orders("item")),
                metric("steps", Aggregation.FUNNEL, when, orders(null)),
                percentile(PercentileOf.EVENTS, when)));
    unit.assigned(hour(1.5)).order(hour(1.5) + days * Micros.DAY + micros, 5);

    assertThat(unit.settle().analysed())
        .containsExactly(
            counts == 1 ? "5 1 5 1 5 1 1 1 - - - - - - [5]" : "0 0 0 0 0 0 0 0 - - - - - - []");
  }

  /** The data ends at hour 30: the end of the run, or of the policy when that is earlier. */
  @ParameterizedTest
  @CsvSource({
    // end of the run, of the policy, hour of the assignment, whether it is complete
    "30, 99, 6, true",
    "30, 99, 6.0001, false",
    "99, 30, 6, true",
    "99, 30, 6.0001, false",
  })
  void aUnitWhoseTimeframeHasNotEndedIsLeftOutOfMetricsOfCompletedOnes(
      double end, double endsAt, double assignedAt, boolean isComplete) {
    Timeframe completed = new Timeframe(0, 1, true);
    OneUnit unit =
        new OneUnit(
            ending(
                endsAt,
                policy(
                    end,
                    metric("count", Aggregation.COUNT, new Timeframe(0, 1, false), orders(null)),
                    metric("done", Aggregation.COUNT, completed, orders(null)),
                    metric("ratio", Aggregation.RATIO, completed, orders("net"), orders(null)),
                    metric("items", Aggregation.COUNT_DISTINCT, completed, orders("item")),
                    percentile(PercentileOf.EVENTS, completed))));
    unit.assigned(hour(assignedAt)).order(hour(7), 5);

    OneUnit.Result result = unit.settle();
    assertThat(result.analysed())
        .containsExactly(isComplete ? "1 1 5 1 1 1 - - - - [5]" : "1 NaN NaN 0 NaN NaN - - - - -");
    assertThat(result.totals())
        .as("its facts are stored all the same")
        .anySatisfy(total -> assertThat(total).startsWith("0 1:0 1:0 1:5 1:0"));
  }

  /** What metrics that keep entries do not count is neither in the value nor stored. */
  @ParameterizedTest
  @CsvSource({
    "23.9999, 0", // read before its start, for another metric
    "24,      1",
    "29.9999, 1",
    "30,      0", // at the end of the data
  })
  void entriesAreKeptFromTheStartOfTheMetricToTheEndOfTheData(double at, int counts) {
    MetricPlan[] metrics =
        Arrays.stream(
                new Metric[] {
                  metric("items", Aggregation.COUNT_DISTINCT, ALWAYS, orders("item")),
                  metric("steps", Aggregation.FUNNEL, ALWAYS, orders(null)),
                  percentile(PercentileOf.EVENTS, ALWAYS),
                  metric("count", Aggregation.COUNT, ALWAYS, orders(null))
                })
            .map(metric -> Plans.metric(metric, 24, Base.DAYS, 30))
            .toArray(MetricPlan[]::new);
    OneUnit unit = new OneUnit(ending(30, newPolicy(36, metrics)));
    unit.assigned(hour(2)).order(hour(at), 5);

    OneUnit.Result result = unit.settle();
    assertThat(result.analysed())
        .containsExactly(counts == 1 ? "1 1 1 1 - - [5] -" : "0 0 0 0 - - [] -");
    assertThat(result.days()).hasSize(4 * counts);
  }

  @Test
  void theInstantOfTheAssignmentCountsForEntries() {
    OneUnit unit =
        new OneUnit(
            policy(100, metric("items", Aggregation.COUNT_DISTINCT, ALWAYS, orders("item"))));
    unit.assigned(hour(2)).order(hour(2) - 1, 1, 1, 3).order(hour(2), 1, 1, 4);

    assertThat(unit.settle().analysed()).containsExactly("1");
  }

  private static PolicyPlan policy(double end, Metric... metrics) {
    return newPolicy(
        end,
        Arrays.stream(metrics)
            .map(metric -> Plans.metric(metric, 0, Base.EMPTY, end))
            .toArray(MetricPlan[]::new));
  }

  private static PolicyPlan ending(double endsAt, PolicyPlan p) {
    return new PolicyPlan(
        p.policyKey(),
        p.entity(),
        p.dimensions(),
        p.allocations(),
        p.control(),
        p.analysis(),
        p.excludeCrossovers(),
        p.startsAt(),
        hour(endsAt),
        p.isNew(),
        p.isFresh(),
        p.assignmentsFrom(),
        p.end(),
        p.fingerprint(),
        p.metrics());
  }
}
