package io.traffical.pipeline.window;

import static io.traffical.pipeline.testing.Plans.day;
import static io.traffical.pipeline.testing.Plans.fresh;
import static io.traffical.pipeline.testing.Plans.hourly;
import static io.traffical.pipeline.testing.Plans.knownPolicy;
import static io.traffical.pipeline.testing.Plans.metric;
import static io.traffical.pipeline.testing.Plans.newPolicy;
import static io.traffical.pipeline.testing.Plans.plan;
import static org.assertj.core.api.Assertions.assertThat;

import io.traffical.pipeline.definition.Metric.Aggregation;
import io.traffical.pipeline.window.MetricSet.Place;
import io.traffical.pipeline.window.MetricSets.StoredPlace;
import io.traffical.pipeline.window.MetricSets.StoredSet;
import io.traffical.pipeline.window.RunPlan.Base;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Metrics are called after their aggregations; all are of policy "known" unless it is new. */
class MetricSetsTest {
  private static final StoredPlace SUM = live(1, 0, "sum");
  private static final StoredPlace COUNT = live(1, 1, "count");

  @Test
  void aNewPolicyHasASetPerFact() {
    RunPlan plan =
        plan(
            newPolicy(
                10,
                fresh(Aggregation.SUM, "orders", 7),
                fresh(Aggregation.CONVERSION_RATE, "visits", 7),
                fresh(Aggregation.COUNT, "orders", 7)));
    MetricSets sets = new MetricSets(plan, List.of());

    assertThat(sets.of(0))
        .containsExactly(
            new MetricSet(1, true, List.of(of(0), of(2))), new MetricSet(2, true, List.of(of(1))));
    assertThat(sets.afterwards(0, metric -> metric != 1))
        .as("of what is published")
        .containsExactly(
            new StoredPlace("new", 1, 0, "sum", 0, true, MetricSets.ALL_DAYS),
            new StoredPlace("new", 1, 1, "count", 0, true, MetricSets.ALL_DAYS));
  }

  @Test
  void metricsThatGoOnTogetherKeepTheirSet() {
    RunPlan plan = plan(knownPolicy(8, 11, hourly(Aggregation.COUNT, "orders", 7, 8), hourlySum()));
    MetricSets sets = new MetricSets(plan, List.of(SUM, COUNT));

    assertThat(sets.of(0)).containsExactly(new MetricSet(1, false, List.of(of(1), of(0))));
    assertThat(sets.totalsToRead(0))
        .containsExactly(new StoredSet(1, MetricSets.ALL_DAYS, List.of(of(1), of(0))));
    assertThat(sets.daysToRead(0)).isEmpty();
    assertThat(sets.afterwards(0, metric -> true)).containsExactly(SUM, COUNT);
  }

  @Test
  void aMetricThatIsReadAgainMovesAndTheOthersStay() {
    RunPlan plan = plan(knownPolicy(8, 59, metric(Aggregation.SUM, "orders", 30, Base.DAYS, 50)));
    MetricSets sets = new MetricSets(plan, List.of(SUM, COUNT));

    assertThat(sets.of(0)).containsExactly(new MetricSet(2, true, List.of(of(0))));
    assertThat(sets.totalsToRead(0)).isEmpty();
    assertThat(sets.daysToRead(0)).containsExactly(new StoredSet(1, day(1), List.of(of(0))));
    assertThat(sets.afterwards(0, metric -> true))
        .containsExactly(
            new StoredPlace("known", 1, 0, "sum", 0, false, day(1)),
            COUNT,
            new StoredPlace("known", 2, 0, "sum", 0, true, MetricSets.ALL_DAYS));
    assertThat(sets.afterwards(0, metric -> false)).containsExactly(SUM, COUNT);
  }

  @Test
  void aMetricLeftAloneInASetGoesOnThereAndThePlaceOfTheOtherStaysUnused() {
    RunPlan plan = plan(knownPolicy(8, 11, hourly(Aggregation.COUNT, "orders", 7, 8)));
    StoredPlace moved = new StoredPlace("known", 1, 0, "sum", 0, false, day(1));
    MetricSets sets = new MetricSets(plan, List.of(moved, COUNT, live(2, 0, "sum")));

    assertThat(sets.of(0)).containsExactly(new MetricSet(1, false, List.of(Place.UNUSED, of(0))));
  }

  @Test
  void aMetricWhoseNeighbourIsNotComputedTakesItsTotalsToANewSet() {
    RunPlan plan = plan(knownPolicy(8, 11, hourlySum()));
    MetricSets sets = new MetricSets(plan, List.of(SUM, COUNT));

    assertThat(sets.of(0)).containsExactly(new MetricSet(2, true, List.of(of(0))));
    assertThat(sets.totalsToRead(0))
        .containsExactly(new StoredSet(1, MetricSets.ALL_DAYS, List.of(of(0))));
    assertThat(sets.afterwards(0, metric -> true))
        .as("its days are where they were")
        .containsExactly(
            new StoredPlace("known", 1, 0, "sum", 0, false, MetricSets.ALL_DAYS),
            COUNT,
            new StoredPlace("known", 2, 0, "sum", 0, true, MetricSets.ALL_DAYS));
  }

  @Test
  void daysComeFromEverySetThatHoldsSomeAndNoneAfterTheyWereReadAgain() {
    RunPlan plan = plan(knownPolicy(8, 99, metric(Aggregation.SUM, "orders", 72, Base.DAYS, 90)));
    MetricSets sets =
        new MetricSets(
            plan,
            List.of(new StoredPlace("known", 1, 0, "sum", 0, false, day(1)), live(4, 2, "sum")));

    assertThat(sets.daysToRead(0))
        .containsExactly(
            new StoredSet(1, day(1), List.of(of(0))),
            new StoredSet(4, day(3), List.of(Place.UNUSED, Place.UNUSED, of(0))));
    assertThat(sets.of(0)).containsExactly(new MetricSet(5, true, List.of(of(0))));
  }

  @Test
  void aSetWithoutADayThatCountsIsNotRead() {
    RunPlan plan = plan(knownPolicy(8, 59, metric(Aggregation.SUM, "orders", 5, Base.DAYS, 50)));
    MetricSets sets = new MetricSets(plan, List.of(SUM));

    assertThat(sets.daysToRead(0)).as("the policy starts on that day").isEmpty();
    assertThat(sets.afterwards(0, metric -> true))
        .startsWith(new StoredPlace("known", 1, 0, "sum", 0, false, MetricSets.NO_DAYS));
  }

  @Test
  void nothingStoredOfAMetricThatIsComputedAnewCounts() {
    RunPlan plan = plan(knownPolicy(8, 11, fresh(Aggregation.SUM, "orders", 7)));
    MetricSets sets = new MetricSets(plan, List.of(SUM));

    assertThat(sets.totalsToRead(0)).isEmpty();
    assertThat(sets.daysToRead(0)).isEmpty();
    assertThat(sets.afterwards(0, metric -> true).get(0))
        .isEqualTo(new StoredPlace("known", 1, 0, "sum", 0, false, MetricSets.NO_DAYS));
  }

  @Test
  void theSetsOfOtherPoliciesDoNotMatter() {
    RunPlan plan = plan(knownPolicy(8, 11, hourlySum()));
    StoredPlace other = new StoredPlace("other", 7, 0, "sum", 0, true, MetricSets.ALL_DAYS);
    MetricSets sets = new MetricSets(plan, List.of(other, live(1, 0, "sum")));

    assertThat(sets.of(0)).containsExactly(new MetricSet(1, false, List.of(of(0))));
    assertThat(sets.stored(0)).containsExactly(live(1, 0, "sum"));
  }

  /** The only tally of a metric. */
  private static Place of(int metric) {
    return new Place(metric, 0);
  }

  private static RunPlan.MetricPlan hourlySum() {
    return hourly(Aggregation.SUM, "orders", 7, 8);
  }

  private static StoredPlace live(int set, int place, String metricKey) {
    return new StoredPlace("known", set, place, metricKey, 0, true, MetricSets.ALL_DAYS);
  }
}
