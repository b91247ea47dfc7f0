package io.traffical.pipeline.outcome;

import io.traffical.pipeline.model.FactValues;
import io.traffical.pipeline.model.Wanted;
import io.traffical.pipeline.outcome.FactUsers.EntryMeasure;
import io.traffical.pipeline.outcome.FactUsers.EntryUser;
import io.traffical.pipeline.outcome.FactUsers.SetUser;
import io.traffical.pipeline.outcome.FactUsers.TallyUser;
import io.traffical.pipeline.outcome.FactUsers.ValueUser;
import io.traffical.pipeline.outcome.FirstAssignment.Settled;
import io.traffical.pipeline.outcome.FirstAssignment.Stored;
import io.traffical.pipeline.outcome.LedgerPlan.MetricPlaces;
import io.traffical.pipeline.window.MetricSet.Place;
import io.traffical.pipeline.window.Micros;
import io.traffical.pipeline.window.RunPlan.MetricPlan;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Everything a run learns of one unit: what is known of its assignments and its past goes in first,
 * in any order, then its facts, in any order, and {@link #settle} says what they amount to. No fact
 * is kept, so that a unit may have any number of them; but metrics that keep entries remember a few
 * bytes of each that counts.
 */
final class UnitLedger {
  private final LedgerPlan plan;
  private final FirstAssignment[] assignments;
  private final SetLedger[] sets;
  private KeptEntries[] entryLedgers;
  private Settled[] settled;

  UnitLedger(LedgerPlan plan) {
    this.plan = plan;
    this.assignments = new FirstAssignment[plan.policyCount()];
    this.sets = new SetLedger[plan.setCount()];
  }

  /** The unit was seen in an allocation. */
  void exposure(int policy, String allocation, String dimensions, long time) {
    assignment(policy).add(allocation, dimensions, time);
  }

  /** Enters what {@code assignments} holds. */
  void stored(int policy, Stored row) {
    assignment(policy).add(row);
  }

  /** Enters a tally that is stored of the unit's past for a metric. */
  void storedTotal(int policy, int metric, int slot, long count, double high, double low) {
    MetricPlaces at = plan.places(policy, metric);
    int places = plan.sets(policy)[at.set() - plan.firstSet(policy)].places().size();
    set(at.set(), places).addBase(at.slots()[slot], count, high, low);
  }

  /** Enters entries that are stored of the unit's past for a metric. */
  void storedEntries(int policy, int metric, int slot, byte[] entries) {
    MetricPlan of = plan.policy(policy).metrics().get(metric);
    MetricPlaces at = plan.places(policy, metric);
    KeptEntries ledger = slot == Place.BY_VALUE ? values(at.valueSet(), of) : entries(at.set(), of);
    ledger.addBase(entries);
  }

  private FirstAssignment assignment(int policy) {
    if (settled != null) {
      throw new IllegalStateException("a unit's assignments must be known before its facts");
    }
    if (assignments[policy] == null) {
      assignments[policy] = new FirstAssignment(plan.policy(policy));
    }
    return assignments[policy];
  }

  private SetLedger set(int set, int places) {
    if (sets[set] == null) {
      sets[set] = new SetLedger(places);
    }
    return sets[set];
  }

  private EntryLedger entries(int set, MetricPlan metric) {
    KeptEntries[] kept = kept();
    if (kept[set] == null) {
      kept[set] = EntryLedger.of(metric);
    }
    return (EntryLedger) kept[set];
  }

  private ValuesLedger values(int set, MetricPlan metric) {
    KeptEntries[] kept = kept();
    if (kept[set] == null) {
      kept[set] =
          new ValuesLedger(metric.factDimensions().size(), metric.definition().measures().size());
    }
    return (ValuesLedger) kept[set];
  }

  private KeptEntries[] kept() {
    if (entryLedgers == null) {
      entryLedgers = new KeptEntries[plan.setCount()];
    }
    return entryLedgers;
  }

  /**
   * Counts a fact for every metric that it belongs to: at or after the first assignment, inside the
   * metric's timeframe, meeting its filters.
   *
   * @param read place of its definition among the plan's reads
   * @param entity place of the unit's entity among the fact's
   * @param time microseconds since 1970
   */
  void fact(int read, int entity, long time, FactValues values) {
    settleAssignments();
    FactUsers users = plan.usersOf(read, entity);
    for (SetUser user : users.sets()) {
      Settled first = settled[user.policy()];
      if (first != null && user.reads(time)) {
        count(user, time - first.firstAssignedAt(), time, values);
      }
    }
    for (ValueUser user : users.values()) {
      Settled first = settled[user.policy()];
      if (first != null && user.reads(time)) {
        countByValue(user, time - first.firstAssignedAt(), time, values);
      }
    }
    for (EntryUser user : users.entries()) {
      Settled first = settled[user.policy()];
      boolean isOfOther = users.areExposures() && values.numbers()[0] != user.policy();
      if (first != null && !isOfOther && user.reads(time)) {
        long age = time - first.firstAssignedAt();
        Verdict verdict =
            users.areExposures() ? user.judgeExposure(age, time) : user.judge(age, time);
        if (verdict == Verdict.COUNTED) {
          note(user, time, values);
        }
      }
    }
  }

  private void count(SetUser user, long age, long time, FactValues values) {
    for (TallyUser tally : user.tallies()) {
      if (!tally.isLookedUp()
          && tally.concerns(time - age)
          && tally.judge(age, time, values) == Verdict.COUNTED) {
        add(set(user.set(), user.places()), tally, time, values);
      }
    }
  }

  private void countByValue(ValueUser user, long age, long time, FactValues values) {
    for (TallyUser tally : user.tallies()) {
      if (tally.judge(age, time, values) == Verdict.COUNTED) {
        ValuesLedger ledger = values(user.set(), user.metric());
        for (int d = 0; d < user.labels().length; d++) {
          add(ledger.of(d, values.labels()[user.labels()[d]]), tally, time, values);
        }
      }
    }
  }

  private static void add(SetLedger ledger, TallyUser tally, long time, FactValues values) {
    double[] tallies = tallies(ledger, tally, time);
    if (tally.value() < 0) {
      SetLedger.count(tallies, tally.place());
    } else {
      SetLedger.count(tallies, tally.place(), values.numbers()[tally.value()]);
    }
  }

  /** Counts a fact that was looked up because the unit is newly assigned. */
  void history(int read, int entity, long time, FactValues values) {
    settleAssignments();
    for (SetUser user : plan.usersOf(read, entity).sets()) {
      Settled first = settled[user.policy()];
      for (TallyUser tally : user.tallies()) {
        boolean counts =
            first != null
                && tally.isLookedUp()
                && tally.concerns(first.firstAssignedAt())
                && tally.judgeHistory(time - first.firstAssignedAt(), values) == Verdict.COUNTED;
        if (counts) {
          add(set(user.set(), user.places()), tally, time, values);
        }
      }
    }
  }

  /** Names what is to be looked up of the unit, now that its assignments are known. */
  void lookUps(String unit, List<LookUp> lookUps, Consumer<Wanted> wanted) {
    settleAssignments();
    Map<List<Integer>, Wanted> byFact = new LinkedHashMap<>();
    for (LookUp lookUp : lookUps) {
      Settled first = settled[lookUp.policy()];
      if (first != null && first.firstAssignedAt() >= lookUp.assignedFrom()) {
        long at = first.firstAssignedAt();
        Wanted one = new Wanted(lookUp.read(), lookUp.entity(), unit, at - lookUp.lookback(), at);
        // One stretch per fact: a fact that was looked up twice would count twice.
        byFact.merge(List.of(lookUp.read(), lookUp.entity()), one, Wanted::union);
      }
    }
    byFact.values().forEach(wanted);
  }

  private static double[] tallies(SetLedger ledger, TallyUser tally, long time) {
    if (tally.isCovariate()) {
      return ledger.covariates();
    }
    return time < tally.totalsTo()
        ? ledger.day((int) Math.floorDiv(time, Micros.DAY))
        : ledger.overlap();
  }

  private void note(EntryUser user, long time, FactValues values) {
    int meets = 0;
    int value = -1;
    int digest = -1;
    for (EntryMeasure measure : user.ofFact()) {
      if (measure.isMetBy(values)) {
        meets |= 1 << measure.measure();
        value = measure.value();
        digest = measure.digest();
      }
    }
    if (meets != 0) {
      entries(user.set(), user.metric()).add(time, meets, values, value, digest);
    }
  }

  /** Returns the unit's first assignment in a policy, or null; no assignment may come any more. */
  Settled firstAssignment(int policy) {
    settleAssignments();
    return settled[policy];
  }

  /** Returns the entries of a set, or null when there are none. */
  EntryLedger entriesOf(int set) {
    return entryLedgers == null ? null : (EntryLedger) entryLedgers[set];
  }

  private void settleAssignments() {
    if (settled == null) {
      settled = new Settled[assignments.length];
      for (int p = 0; p < assignments.length; p++) {
        settled[p] = assignments[p] == null ? null : assignments[p].settle();
      }
    }
  }

  /** Says what the rows amount to. The ledger is closed afterwards. */
  void settle(String unit, Entries entries) {
    settleAssignments();
    new Settlement(plan, unit, assignments, settled, sets, entryLedgers, entries).settle();
  }
}
