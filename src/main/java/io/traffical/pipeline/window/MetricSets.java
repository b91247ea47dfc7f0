package io.traffical.pipeline.window;

import io.traffical.pipeline.window.MetricSet.Place;
import io.traffical.pipeline.window.RunPlan.Base;
import io.traffical.pipeline.window.RunPlan.MetricPlan;
import io.traffical.pipeline.window.RunPlan.PolicyPlan;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.IntPredicate;

/**
 * Says where the tallies of a run's metrics are stored, and where those that it goes on from are.
 *
 * <p>Metrics on one fact succeed and fail together, so they share rows: five metrics cost little
 * more than one. A set is used again while all metrics that have their totals in it go on together;
 * a metric that is computed anew moves to a new set, which costs the others nothing.
 */
public final class MetricSets implements Serializable {
  private static final long serialVersionUID = 1L;

  /** All days that a set holds of a metric count. */
  public static final int ALL_DAYS = Integer.MAX_VALUE;

  /** No day that a set holds of a metric counts any more. */
  public static final int NO_DAYS = Integer.MIN_VALUE;

  private final RunPlan plan;
  private final List<StoredPlace> stored;
  private final List<List<MetricSet>> byPolicy = new ArrayList<>();

  /**
   * What is known of a metric in a stored set: a row of {@code metric_sets}.
   *
   * @param slot which of the metric's tallies is at the place
   * @param holdsTotals whether the metric's totals are in this set; in one set at most
   * @param daysBefore the metric's days before this one count (days since 1970), later ones were
   *     read again into another set
   */
  public record StoredPlace(
      String policyKey,
      int set,
      int place,
      String metricKey,
      int slot,
      boolean holdsTotals,
      int daysBefore)
      implements Serializable {}

  /**
   * Rows of a stored set to read.
   *
   * @param set the set's id
   * @param daysBefore for days: those before this one, in days since 1970
   * @param places as in {@link MetricSet}
   */
  public record StoredSet(int set, int daysBefore, List<Place> places) implements Serializable {}

  /** Lays out what the plan computes, given what is stored. */
  public MetricSets(RunPlan plan, List<StoredPlace> stored) {
    this.plan = plan;
    this.stored = List.copyOf(stored);
    for (PolicyPlan policy : plan.policies()) {
      byPolicy.add(layOut(policy));
    }
  }

  /** Returns the sets that the run writes for a policy of the plan. */
  public List<MetricSet> of(int policy) {
    return byPolicy.get(policy);
  }

  private List<MetricSet> layOut(PolicyPlan policy) {
    List<MetricSet> sets = new ArrayList<>();
    List<Place> moving = new ArrayList<>();
    Map<Integer, List<StoredPlace>> live = live(policy);
    for (int m = 0; m < policy.metrics().size(); m++) {
      moving.addAll(places(m, policy.metrics().get(m)));
    }
    live.forEach(
        (id, places) -> {
          if (places.stream().allMatch(place -> goesOn(policy, place.metricKey()))) {
            MetricSet set = new MetricSet(id, false, byPlace(policy, places));
            sets.add(set);
            moving.removeAll(set.places());
          }
        });
    Map<List<String>, List<Place>> together = new LinkedHashMap<>();
    for (Place place : moving) {
      MetricPlan metric = policy.metrics().get(place.metric());
      List<String> key = new ArrayList<>(metric.facts());
      if (metric.keepsEntries() || place.slot() == Place.BY_VALUE) {
        // No fact is called that.
        key.add(0, metric.metricKey() + "\0" + (place.slot() == Place.BY_VALUE));
      }
      together.computeIfAbsent(key, facts -> new ArrayList<>()).add(place);
    }
    int id = nextId(policy);
    for (List<Place> places : together.values()) {
      sets.add(new MetricSet(id++, true, List.copyOf(places)));
    }
    return List.copyOf(sets);
  }

  private static List<Place> places(int m, MetricPlan metric) {
    List<Place> places = new ArrayList<>();
    for (int slot = 0; slot < Math.max(1, metric.slots()); slot++) {
      places.add(new Place(m, slot));
    }
    if (!metric.factDimensions().isEmpty()) {
      places.add(new Place(m, Place.BY_VALUE));
    }
    return places;
  }

  private Map<Integer, List<StoredPlace>> live(PolicyPlan policy) {
    Map<Integer, List<StoredPlace>> live = new TreeMap<>();
    for (StoredPlace place : stored) {
      if (place.policyKey().equals(policy.policyKey()) && place.holdsTotals()) {
        live.computeIfAbsent(place.set(), set -> new ArrayList<>()).add(place);
      }
    }
    return live;
  }

  private static boolean goesOn(PolicyPlan policy, String metricKey) {
    int m = indexOf(policy, metricKey);
    return m >= 0 && !policy.metrics().get(m).rewrites();
  }

  private static int indexOf(PolicyPlan policy, String metricKey) {
    for (int m = 0; m < policy.metrics().size(); m++) {
      if (policy.metrics().get(m).metricKey().equals(metricKey)) {
        return m;
      }
    }
    return -1;
  }

  private static List<Place> byPlace(PolicyPlan policy, List<StoredPlace> stored) {
    int count = 1 + stored.stream().mapToInt(StoredPlace::place).max().orElseThrow();
    List<Place> places = new ArrayList<>(Collections.nCopies(count, Place.UNUSED));
    for (StoredPlace place : stored) {
      int metric = indexOf(policy, place.metricKey());
      places.set(place.place(), new Place(metric, place.slot()));
    }
    return List.copyOf(places);
  }

  private int nextId(PolicyPlan policy) {
    return 1
        + stored.stream()
            .filter(place -> place.policyKey().equals(policy.policyKey()))
            .mapToInt(StoredPlace::set)
            .max()
            .orElse(0);
  }

  /**
   * Returns where the totals are that metrics of a policy go on from. Covariates are totals for
   * metrics that start from their days, too: days have none.
   */
  public List<StoredSet> totalsToRead(int policy) {
    return toRead(policy, true);
  }

  /**
   * Returns where the days are that metrics of a policy start from. What keeps every value has no
   * totals: all its days are read.
   */
  public List<StoredSet> daysToRead(int policy) {
    return toRead(policy, false);
  }

  /** One entry per set, and per last day where metrics of a set differ in it. */
  private List<StoredSet> toRead(int policy, boolean isTotals) {
    PolicyPlan planned = plan.policies().get(policy);
    Map<List<Integer>, List<StoredPlace>> together = new LinkedHashMap<>();
    for (StoredPlace place : stored) {
      int m =
          place.policyKey().equals(planned.policyKey()) ? indexOf(planned, place.metricKey()) : -1;
      if (m < 0 || planned.metrics().get(m).base() == Base.EMPTY) {
        continue;
      }
      MetricPlan metric = planned.metrics().get(m);
      if (isInTotals(metric, place) == isTotals) {
        int daysBefore = isTotals ? ALL_DAYS : daysBefore(metric, place);
        boolean holdsAny = isTotals ? place.holdsTotals() : daysBefore > firstDay(planned);
        if (holdsAny) {
          together
              .computeIfAbsent(List.of(place.set(), daysBefore), key -> new ArrayList<>())
              .add(place);
        }
      }
    }
    List<StoredSet> sets = new ArrayList<>();
    together.forEach(
        (key, places) -> sets.add(new StoredSet(key.get(0), key.get(1), byPlace(planned, places))));
    return sets;
  }

  private static boolean isInTotals(MetricPlan metric, StoredPlace place) {
    boolean isCovariate = place.slot() == metric.covariateSlot();
    return isCovariate || (metric.base() == Base.TOTALS && !metric.isPercentileOfEvents());
  }

  private static int daysBefore(MetricPlan metric, StoredPlace place) {
    return metric.base() == Base.TOTALS
        ? place.daysBefore()
        : Math.min(place.daysBefore(), firstDay(metric));
  }

  /** Returns what is stored of a policy's sets before the run. */
  public List<StoredPlace> stored(int policy) {
    String key = plan.policies().get(policy).policyKey();
    return stored.stream().filter(place -> place.policyKey().equals(key)).toList();
  }

  /**
   * Returns what is stored of a policy's sets once the run is published.
   *
   * @param isPublished whether a metric of the policy's plan is published
   */
  public List<StoredPlace> afterwards(int policy, IntPredicate isPublished) {
    PolicyPlan planned = plan.policies().get(policy);
    List<StoredPlace> places = new ArrayList<>();
    for (StoredPlace place : stored(policy)) {
      places.add(afterwards(planned, policy, place, isPublished));
    }
    for (MetricSet set : of(policy)) {
      if (set.isNew()) {
        for (int i = 0; i < set.places().size(); i++) {
          Place place = set.places().get(i);
          if (isPublished.test(place.metric())) {
            String key = planned.metrics().get(place.metric()).metricKey();
            places.add(
                new StoredPlace(
                    planned.policyKey(), set.id(), i, key, place.slot(), true, ALL_DAYS));
          }
        }
      }
    }
    return places;
  }

  private StoredPlace afterwards(
      PolicyPlan planned, int policy, StoredPlace place, IntPredicate isPublished) {
    int m = indexOf(planned, place.metricKey());
    if (m < 0 || !isPublished.test(m)) {
      return place;
    }
    Place now = new Place(m, place.slot());
    boolean goesOn =
        of(policy).stream().anyMatch(set -> set.id() == place.set() && set.places().contains(now));
    MetricPlan metric = planned.metrics().get(m);
    int daysBefore = place.daysBefore();
    if (metric.rewrites()) {
      daysBefore = metric.isFresh() ? NO_DAYS : Math.min(daysBefore, firstDay(metric));
    }
    if (daysBefore <= firstDay(planned)) {
      daysBefore = NO_DAYS;
    }
    return new StoredPlace(
        place.policyKey(),
        place.set(),
        place.place(),
        place.metricKey(),
        place.slot(),
        place.holdsTotals() && goesOn,
        daysBefore);
  }

  private static int firstDay(MetricPlan metric) {
    return (int) Math.floorDiv(metric.start(), Micros.DAY);
  }

  /** No fact counts before the policy starts. */
  private static int firstDay(PolicyPlan policy) {
    return (int) Math.floorDiv(policy.startsAt(), Micros.DAY);
  }
}
