package io.traffical.pipeline.window;

import static io.traffical.pipeline.testing.Plans.day;
import static io.traffical.pipeline.testing.Plans.knownPolicy;
import static io.traffical.pipeline.testing.Plans.newPolicy;
import static io.traffical.pipeline.testing.Plans.plan;
import static org.assertj.core.api.Assertions.assertThat;

import io.traffical.pipeline.definition.Metric;
import io.traffical.pipeline.definition.Metric.Aggregation;
import io.traffical.pipeline.definition.Metric.Measure;
import io.traffical.pipeline.definition.Metric.PercentileOf;
import io.traffical.pipeline.definition.Metric.Timeframe;
import io.traffical.pipeline.testing.Plans;
import io.traffical.pipeline.window.MetricSet.Place;
import io.traffical.pipeline.window.MetricSets.StoredPlace;
import io.traffical.pipeline.window.MetricSets.StoredSet;
import io.traffical.pipeline.window.RunPlan.Base;
import io.traffical.pipeline.window.RunPlan.MetricPlan;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The sets of metrics that have several tallies, or none. All are of policy "known" unless new. */
class MetricSetKindsTest {
  private static final int ALL = MetricSets.ALL_DAYS;
  private static final Metric COUNT = metric("count", Aggregation.COUNT, 0, "orders");
  private static final Metric AVERAGE = metric("average", Aggregation.RATIO, 0, "orders", "orders");
  private static final Metric PER_VISIT =
      metric("per_visit", Aggregation.RATIO, 0, "orders", "visits");
  private static final Metric VISITS_PER =
      metric("visits_per", Aggregation.RATIO, 0, "visits", "orders");
  private static final Metric ADJUSTED = metric("adjusted", Aggregation.COUNT, 14, "orders");
  private static final Metric STEPS = metric("steps", Aggregation.FUNNEL, 0, "orders", "orders");
  private static final Metric ITEMS = metric("items", Aggregation.COUNT_DISTINCT, 0, "orders");
  private static final Metric EVENTS = percentile(PercentileOf.EVENTS);
  private static final Metric UNITS = percentile(PercentileOf.UNITS);

  @Test
  void theTalliesOfMetricsOnTheSameFactsAreSideBySide() {
    RunPlan plan =
        plan(
            newPolicy(
                10,
                fresh(COUNT),
                fresh(PER_VISIT),
                fresh(AVERAGE),
                fresh(ADJUSTED),
                fresh(VISITS_PER),
                fresh(UNITS)));
    MetricSets sets = new MetricSets(plan, List.of());

    assertThat(sets.of(0))
        .containsExactly(
            new MetricSet(1, true, places(0, 0, 2, 0, 2, 1, 3, 0, 3, 1, 5, 0)),
            new MetricSet(2, true, places(1, 0, 1, 1, 4, 0, 4, 1)));
    assertThat(sets.of(0).get(0).metrics()).as("each once").containsExactly(0, 2, 3, 5);
    assertThat(sets.afterwards(0, metric -> metric >= 3))
        .as("every tally of what is published")
        .containsExactly(
            new StoredPlace("new", 1, 3, "adjusted", 0, true, ALL),
            new StoredPlace("new", 1, 4, "adjusted", 1, true, ALL),
            new StoredPlace("new", 1, 5, "UNITS", 0, true, ALL),
            new StoredPlace("new", 2, 2, "visits_per", 0, true, ALL),
            new StoredPlace("new", 2, 3, "visits_per", 1, true, ALL));
  }

  @Test
  void talliesByValueOfTheFactsHaveASetOfTheirOwn() {
    RunPlan plan = plan(newPolicy(10, fresh(COUNT), byValue(fresh(AVERAGE)), fresh(PER_VISIT)));
    MetricSets sets = new MetricSets(plan, List.of());

    assertThat(sets.of(0))
        .containsExactly(
            new MetricSet(1, true, places(0, 0, 1, 0, 1, 1)),
            new MetricSet(2, true, places(1, Place.BY_VALUE)),
            new MetricSet(3, true, places(2, 0, 2, 1)));
    assertThat(sets.of(0)).extracting(MetricSet::isByValue).containsExactly(false, true, false);
  }

  @Test
  void talliesByValueStayWhereTheyAreWhileTheOthersMove() {
    List<StoredPlace> stored =
        List.of(
            new StoredPlace("known", 1, 0, "count", 0, true, ALL),
            new StoredPlace("known", 1, 1, "average", 0, true, ALL),
            new StoredPlace("known", 1, 2, "average", 1, true, ALL),
            new StoredPlace("known", 2, 0, "average", Place.BY_VALUE, true, ALL));
    RunPlan plan = plan(knownPolicy(8, 10, fresh(COUNT), byValue(hourly(AVERAGE))));
    MetricSets sets = new MetricSets(plan, stored);

    assertThat(sets.of(0))
        .containsExactly(
            new MetricSet(2, false, places(1, Place.BY_VALUE)),
            new MetricSet(3, true, places(0, 0, 1, 0, 1, 1)));
    assertThat(sets.afterwards(0, metric -> true))
        .contains(
            new StoredPlace("known", 1, 1, "average", 0, false, ALL),
            new StoredPlace("known", 2, 0, "average", Place.BY_VALUE, true, ALL),
            new StoredPlace("known", 3, 1, "average", 0, true, ALL));
  }

  @Test
  void talliesByValueAreDroppedWithTheLastDimension() {
    List<StoredPlace> stored =
        List.of(
            new StoredPlace("known", 1, 0, "count", 0, true, ALL),
            new StoredPlace("known", 2, 0, "count", Place.BY_VALUE, true, ALL));
    RunPlan plan = plan(knownPolicy(8, 10, fresh(COUNT)));

    assertThat(new MetricSets(plan, stored).afterwards(0, metric -> true))
        .containsExactly(
            new StoredPlace("known", 1, 0, "count", 0, false, MetricSets.NO_DAYS),
            new StoredPlace("known", 2, 0, "count", Place.BY_VALUE, false, MetricSets.NO_DAYS),
            new StoredPlace("known", 3, 0, "count", 0, true, ALL));
  }

  @Test
  void everyMetricThatKeepsEntriesHasASetOfItsOwn() {
    RunPlan plan =
        plan(newPolicy(10, fresh(STEPS), fresh(COUNT), fresh(ITEMS), fresh(EVENTS), fresh(UNITS)));

    assertThat(new MetricSets(plan, List.of()).of(0))
        .containsExactly(
            new MetricSet(1, true, places(0, 0)),
            new MetricSet(2, true, places(1, 0, 4, 0)),
            new MetricSet(3, true, places(2, 0)),
            new MetricSet(4, true, places(3, 0)));
  }

  @Test
  void talliesStayAtTheirPlacesWhateverTheOrderInWhichTheyAreKnown() {
    RunPlan plan = plan(knownPolicy(8, 11, hourly(COUNT), hourly(AVERAGE), hourly(ADJUSTED)));
    List<StoredPlace> stored =
        List.of(
            live(3, 4, "adjusted", 0),
            live(3, 0, "average", 1),
            live(3, 2, "count", 0),
            live(3, 3, "adjusted", 1),
            live(3, 1, "average", 0));
    MetricSets sets = new MetricSets(plan, stored);
    List<Place> expected = places(1, 1, 1, 0, 0, 0, 2, 1, 2, 0);

    assertThat(sets.of(0)).containsExactly(new MetricSet(3, false, expected));
    assertThat(sets.totalsToRead(0)).containsExactly(new StoredSet(3, ALL, expected));
    assertThat(sets.daysToRead(0)).isEmpty();
    assertThat(sets.afterwards(0, metric -> true)).isEqualTo(stored);
  }

  @Test
  void aMetricThatIsReadAgainTakesAllItsTalliesToANewSet() {
    RunPlan plan = plan(knownPolicy(8, 59, hourly(COUNT), days(AVERAGE, 30)));
    List<StoredPlace> stored =
        List.of(live(1, 0, "average", 0), live(1, 1, "count", 0), live(1, 2, "average", 1));
    MetricSets sets = new MetricSets(plan, stored);

    assertThat(sets.of(0)).containsExactly(new MetricSet(2, true, places(0, 0, 1, 0, 1, 1)));
    assertThat(sets.totalsToRead(0))
        .containsExactly(new StoredSet(1, ALL, List.of(Place.UNUSED, new Place(0, 0))));
    assertThat(sets.daysToRead(0))
        .containsExactly(
            new StoredSet(1, day(1), List.of(new Place(1, 0), Place.UNUSED, new Place(1, 1))));
    assertThat(sets.afterwards(0, metric -> true))
        .containsExactly(
            moved(1, 0, "average", 0, day(1)),
            moved(1, 1, "count", 0, ALL),
            moved(1, 2, "average", 1, day(1)),
            live(2, 0, "count", 0),
            live(2, 1, "average", 0),
            live(2, 2, "average", 1));
  }

  @Test
  void aPercentileOfEventsReadsAllItsDaysOnTheHourlyPath() {
    RunPlan plan = plan(knownPolicy(98, 101, hourly(EVENTS), hourly(UNITS), hourly(ITEMS)));
    MetricSets sets =
        new MetricSets(
            plan,
            List.of(
                moved(1, 0, "EVENTS", 0, day(2)),
                live(2, 0, "EVENTS", 0),
                live(3, 0, "UNITS", 0),
                live(4, 0, "items", 0),
                moved(5, 0, "EVENTS", 0, MetricSets.NO_DAYS)));

    assertThat(sets.of(0))
        .containsExactly(
            new MetricSet(2, false, places(0, 0)),
            new MetricSet(3, false, places(1, 0)),
            new MetricSet(4, false, places(2, 0)));
    assertThat(sets.daysToRead(0))
        .containsExactly(
            new StoredSet(1, day(2), places(0, 0)), new StoredSet(2, ALL, places(0, 0)));
    assertThat(sets.totalsToRead(0))
        .as("the others go on from their totals")
        .containsExactly(new StoredSet(3, ALL, places(1, 0)), new StoredSet(4, ALL, places(2, 0)));
  }

  @Test
  void aPercentileOfEventsThatIsReadAgainReadsTheDaysBefore() {
    RunPlan plan = plan(knownPolicy(98, 101, days(EVENTS, 72)));
    MetricSets sets =
        new MetricSets(plan, List.of(moved(1, 0, "EVENTS", 0, day(1)), live(2, 0, "EVENTS", 0)));

    assertThat(sets.of(0)).containsExactly(new MetricSet(3, true, places(0, 0)));
    assertThat(sets.totalsToRead(0)).isEmpty();
    assertThat(sets.daysToRead(0))
        .containsExactly(
            new StoredSet(1, day(1), places(0, 0)), new StoredSet(2, day(3), places(0, 0)));
    assertThat(sets.afterwards(0, metric -> true))
        .containsExactly(
            moved(1, 0, "EVENTS", 0, day(1)),
            moved(2, 0, "EVENTS", 0, day(3)),
            live(3, 0, "EVENTS", 0));
  }

  /** Days have no covariates: those are in the totals, wherever these are. */
  @Test
  void covariatesAreReadFromTheTotalsByMetricsThatStartFromTheirDays() {
    RunPlan plan = plan(knownPolicy(98, 101, days(COUNT, 72), days(ADJUSTED, 72)));
    MetricSets sets =
        new MetricSets(
            plan,
            List.of(
                moved(1, 0, "adjusted", 0, day(1)),
                moved(1, 1, "adjusted", 1, day(1)),
                live(2, 0, "adjusted", 1),
                live(2, 1, "count", 0),
                live(2, 2, "adjusted", 0)));

    assertThat(sets.totalsToRead(0)).containsExactly(new StoredSet(2, ALL, places(1, 1)));
    assertThat(sets.daysToRead(0))
        .containsExactly(
            new StoredSet(1, day(1), places(1, 0)),
            new StoredSet(2, day(3), List.of(Place.UNUSED, new Place(0, 0), new Place(1, 0))));
    assertThat(sets.of(0)).containsExactly(new MetricSet(3, true, places(0, 0, 1, 0, 1, 1)));
  }

  @Test
  void nothingIsReadOfMetricsThatAreComputedAnewNotEvenTheirCovariates() {
    RunPlan plan = plan(knownPolicy(8, 11, fresh(ADJUSTED), fresh(EVENTS), fresh(ITEMS)));
    List<StoredPlace> stored =
        List.of(
            live(1, 0, "adjusted", 0),
            live(1, 1, "adjusted", 1),
            live(2, 0, "EVENTS", 0),
            live(3, 0, "items", 0));
    MetricSets sets = new MetricSets(plan, stored);

    assertThat(sets.totalsToRead(0)).isEmpty();
    assertThat(sets.daysToRead(0)).isEmpty();
    assertThat(sets.of(0)).extracting(MetricSet::id).containsExactly(4, 5, 6);
    assertThat(sets.afterwards(0, metric -> false)).as("nothing published").isEqualTo(stored);
  }

  private static Metric metric(String key, Aggregation aggregation, int lookback, String... facts) {
    List<Measure> measures =
        Arrays.stream(facts).map(fact -> new Measure(fact, null, List.of())).toList();
    return new Metric(
        key, aggregation, measures, Timeframe.ALWAYS, null, null, null, lookback, null, null, null);
  }

  private static Metric percentile(PercentileOf of) {
    List<Measure> measures = List.of(new Measure("orders", "amount", List.of()));
    return new Metric(
        of.name(),
        Aggregation.PERCENTILE,
        measures,
        Timeframe.ALWAYS,
        null,
        0.5,
        of,
        0,
        null,
        null,
        null);
  }

  private static MetricPlan byValue(MetricPlan metric) {
    return new MetricPlan(
        metric.definition(),
        0,
        List.of("country"),
        metric.start(),
        metric.base(),
        metric.totalsTo(),
        metric.isFresh(),
        metric.rewrites(),
        metric.fingerprint());
  }

  private static MetricPlan fresh(Metric metric) {
    return Plans.metric(metric, 0, Base.EMPTY, 7);
  }

  private static MetricPlan hourly(Metric metric) {
    return Plans.metric(metric, 7, Base.TOTALS, 8);
  }

  private static MetricPlan days(Metric metric, double start) {
    return Plans.metric(metric, start, Base.DAYS, start + 20);
  }

  /** Metric and slot, place by place. */
  private static List<Place> places(int... metricsAndSlots) {
    Place[] places = new Place[metricsAndSlots.length / 2];
    Arrays.setAll(places, i -> new Place(metricsAndSlots[2 * i], metricsAndSlots[2 * i + 1]));
    return List.of(places);
  }

  private static StoredPlace live(int set, int place, String metricKey, int slot) {
    return new StoredPlace("known", set, place, metricKey, slot, true, ALL);
  }

  private static StoredPlace moved(int set, int place, String metricKey, int slot, int daysBefore) {
    return new StoredPlace("known", set, place, metricKey, slot, false, daysBefore);
  }
}
