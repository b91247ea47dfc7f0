package io.traffical.pipeline.outcome;

import io.traffical.pipeline.definition.Metric.Aggregation;
import io.traffical.pipeline.definition.Metric.Measure;
import io.traffical.pipeline.definition.Metric.Timeframe;
import io.traffical.pipeline.outcome.FactUsers.EntryMeasure;
import io.traffical.pipeline.outcome.FactUsers.EntryUser;
import io.traffical.pipeline.outcome.FactUsers.SetUser;
import io.traffical.pipeline.outcome.FactUsers.TallyUser;
import io.traffical.pipeline.outcome.FactUsers.ValueUser;
import io.traffical.pipeline.window.DefinitionRef;
import io.traffical.pipeline.window.MetricSet;
import io.traffical.pipeline.window.MetricSet.Place;
import io.traffical.pipeline.window.MetricSets;
import io.traffical.pipeline.window.Micros;
import io.traffical.pipeline.window.RunPlan;
import io.traffical.pipeline.window.RunPlan.Base;
import io.traffical.pipeline.window.RunPlan.MetricPlan;
import io.traffical.pipeline.window.RunPlan.PolicyPlan;
import io.traffical.pipeline.window.SelectedColumns;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A run's plan, arranged for the per-row path: which metrics use a fact, where in its row their
 * value is, and where in their set's tallies it goes. Sets are numbered through all policies.
 */
public final class LedgerPlan {
  private static final long NO_END = FactUsers.NO_END;

  /**
   * Where the tallies or entries of a metric are.
   *
   * @param set its set
   * @param slots the place of each slot
   * @param valueSet the set with its tallies per value of the facts' dimensions; -1 for none
   */
  record MetricPlaces(int set, int[] slots, int valueSet) {}

  private final PolicyPlan[] policies;
  private final MetricSet[][] sets;
  private final int[] firstSet;
  private final List<FactUsers[]> usersByRead = new ArrayList<>();
  private final MetricPlaces[][] metricPlaces;
  private final ValueLayout[] layouts;
  private final List<LookUp> lookUps;

  /** Arranges the plan. */
  public LedgerPlan(RunPlan plan, MetricSets sets) {
    this.policies = plan.policies().toArray(PolicyPlan[]::new);
    this.sets = new MetricSet[policies.length][];
    this.firstSet = new int[policies.length + 1];
    this.metricPlaces = new MetricPlaces[policies.length][];
    this.layouts = new ValueLayout[policies.length];
    this.lookUps = LookUp.of(plan);
    for (int p = 0; p < policies.length; p++) {
      layouts[p] = new ValueLayout(policies[p]);
      this.sets[p] = sets.of(p).toArray(MetricSet[]::new);
      firstSet[p + 1] = firstSet[p] + this.sets[p].length;
      metricPlaces[p] = metricPlaces(p);
    }
    for (RunPlan.Read read : plan.reads()) {
      usersByRead.add(
          read.entities().stream().map(entity -> users(read, entity)).toArray(FactUsers[]::new));
    }
  }

  private MetricPlaces[] metricPlaces(int p) {
    MetricPlaces[] places = new MetricPlaces[policy(p).metrics().size()];
    for (int s = 0; s < sets[p].length; s++) {
      for (int m : sets[p][s].isByValue() ? List.<Integer>of() : sets[p][s].metrics()) {
        int[] slots = new int[policy(p).metrics().get(m).slots()];
        for (int slot = 0; slot < slots.length; slot++) {
          slots[slot] = sets[p][s].places().indexOf(new Place(m, slot));
        }
        places[m] = new MetricPlaces(firstSet[p] + s, slots, valueSet(p, m));
      }
    }
    return places;
  }

  private int valueSet(int p, int metric) {
    for (int s = 0; s < sets[p].length; s++) {
      if (sets[p][s].places().contains(new Place(metric, Place.BY_VALUE))) {
        return firstSet[p] + s;
      }
    }
    return -1;
  }

  private FactUsers users(RunPlan.Read read, String entity) {
    List<SetUser> ofSets = new ArrayList<>();
    List<EntryUser> ofEntries = new ArrayList<>();
    List<ValueUser> ofValues = new ArrayList<>();
    for (int p = 0; p < policies.length; p++) {
      if (policy(p).entity().equals(entity)) {
        for (int s = 0; s < sets[p].length; s++) {
          if (sets[p][s].isByValue()) {
            addValues(read, p, s, ofValues);
          } else {
            addUsers(read, p, s, ofSets, ofEntries);
          }
        }
      }
    }
    return new FactUsers(
        ofSets.toArray(SetUser[]::new),
        ofEntries.toArray(EntryUser[]::new),
        ofValues.toArray(ValueUser[]::new),
        read.definition().kind() == DefinitionRef.Kind.ASSIGNMENT);
  }

  private void addUsers(
      RunPlan.Read read, int p, int s, List<SetUser> ofSets, List<EntryUser> ofEntries) {
    MetricSet set = sets[p][s];
    int number = firstSet[p] + s;
    List<TallyUser> tallies = new ArrayList<>();
    for (int m : set.metrics()) {
      MetricPlan metric = policy(p).metrics().get(m);
      if (metric.keepsEntries()) {
        addEntries(read, p, number, metric, ofEntries);
      } else {
        addTallies(read, metric, metricPlaces[p][m].slots(), tallies);
      }
    }
    if (!tallies.isEmpty()) {
      ofSets.add(
          new SetUser(
              p,
              number,
              set.places().size(),
              policy(p).until(),
              tallies.toArray(TallyUser[]::new)));
    }
  }

  private static void addTallies(
      RunPlan.Read read, MetricPlan metric, int[] slots, List<TallyUser> tallies) {
    List<Measure> measures = metric.definition().measures();
    for (int i = 0; i < measures.size(); i++) {
      Measure measure = measures.get(i);
      if (!read.definition().equals(DefinitionRef.fact(measure.fact()))) {
        continue;
      }
      int value = place(read.columns().numbers(), measure);
      long filters = read.columns().filterBits(measure);
      tallies.add(
          new TallyUser(
              slots[i],
              value,
              filters,
              from(metric),
              until(metric),
              false,
              false,
              Micros.BEFORE_ALL,
              metric.start(),
              metric.totalsTo()));
      if (metric.covariateSlot() >= 0) {
        tallies.add(
            new TallyUser(
                slots[metric.covariateSlot()],
                value,
                filters,
                -metric.lookbackDays() * Micros.DAY,
                0,
                true,
                metric.base() == Base.TOTALS,
                metric.isFresh() ? Micros.BEFORE_ALL : metric.start(),
                Micros.BEFORE_ALL,
                metric.totalsTo()));
      }
    }
  }

  private void addValues(RunPlan.Read read, int p, int s, List<ValueUser> users) {
    MetricPlan metric = policy(p).metrics().get(sets[p][s].places().get(0).metric());
    int[] measures = new int[metric.slots()];
    Arrays.setAll(measures, slot -> slot);
    List<TallyUser> tallies = new ArrayList<>();
    addTallies(read, metric, measures, tallies);
    tallies.removeIf(TallyUser::isCovariate);
    if (!tallies.isEmpty()) {
      List<String> labels = read.columns().dimensions();
      users.add(
          new ValueUser(
              p,
              firstSet[p] + s,
              metric,
              policy(p).until(),
              metric.factDimensions().stream().mapToInt(labels::indexOf).toArray(),
              tallies.toArray(TallyUser[]::new)));
    }
  }

  private void addEntries(
      RunPlan.Read read, int p, int set, MetricPlan metric, List<EntryUser> users) {
    List<Measure> measures = metric.definition().measures();
    List<EntryMeasure> ofFact = new ArrayList<>();
    SelectedColumns columns = read.columns();
    for (int i = 0; i < measures.size(); i++) {
      Measure measure = measures.get(i);
      if (read.definition().equals(DefinitionRef.fact(measure.fact()))) {
        boolean isDistinct = metric.aggregation() == Aggregation.COUNT_DISTINCT;
        String digested = isDistinct ? measure.valueColumn() : userKey(p, metric);
        ofFact.add(
            new EntryMeasure(
                i,
                place(columns.numbers(), measure),
                digested == null ? -1 : 2 * columns.distinct().indexOf(digested),
                columns.filterBits(measure)));
      }
    }
    if (metric.isPerUser() && read.definition().kind() == DefinitionRef.Kind.ASSIGNMENT) {
      int digest = 2 * columns.distinct().indexOf(userKey(p, metric));
      ofFact.add(new EntryMeasure(ClusterLedger.EXPOSURE, -1, digest, 0));
    }
    if (!ofFact.isEmpty()) {
      users.add(
          new EntryUser(
              p,
              set,
              metric,
              ofFact.toArray(EntryMeasure[]::new),
              from(metric),
              until(metric),
              metric.start(),
              policy(p).until()));
    }
  }

  /** Returns the column with the key of the users that the policy's units are clusters of. */
  private String userKey(int p, MetricPlan metric) {
    return metric.isPerUser() ? policies[p].userKeys().get(metric.definition().per()) : null;
  }

  /** Lists may refuse to look for null. */
  private static int place(List<String> columns, Measure measure) {
    return measure.valueColumn() == null ? -1 : columns.indexOf(measure.valueColumn());
  }

  private static long from(MetricPlan metric) {
    return metric.definition().timeframe().startDays() * Micros.DAY;
  }

  private static long until(MetricPlan metric) {
    Timeframe timeframe = metric.definition().timeframe();
    return timeframe.endDays() == null ? NO_END : timeframe.endDays() * Micros.DAY;
  }

  int policyCount() {
    return policies.length;
  }

  PolicyPlan policy(int policy) {
    return policies[policy];
  }

  int setCount() {
    return firstSet[firstSet.length - 1];
  }

  /** Returns the number of a policy's first set. */
  int firstSet(int policy) {
    return firstSet[policy];
  }

  /** Returns the sets of a policy. */
  MetricSet[] sets(int policy) {
    return sets[policy];
  }

  MetricPlaces places(int policy, int metric) {
    return metricPlaces[policy][metric];
  }

  /** Returns what is to be looked up of the history of newly assigned units. */
  List<LookUp> lookUps() {
    return lookUps;
  }

  ValueLayout layout(int policy) {
    return layouts[policy];
  }

  FactUsers usersOf(int read, int entity) {
    return usersByRead.get(read)[entity];
  }
}
