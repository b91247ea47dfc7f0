package io.traffical.pipeline.outcome;

import io.traffical.pipeline.model.AssignmentChange;
import io.traffical.pipeline.model.DayOutcome;
import io.traffical.pipeline.model.TotalChange;
import io.traffical.pipeline.model.UnitValues;
import io.traffical.pipeline.outcome.FirstAssignment.Settled;
import io.traffical.pipeline.outcome.FirstAssignment.Stored;
import io.traffical.pipeline.outcome.LedgerPlan.FactUser;
import io.traffical.pipeline.outcome.LedgerPlan.MetricPlace;
import io.traffical.pipeline.outcome.LedgerPlan.SetUser;
import io.traffical.pipeline.window.MetricSet;
import io.traffical.pipeline.window.Micros;
import io.traffical.pipeline.window.RunPlan.PolicyPlan;

/**
 * Everything a run learns of one unit: what is known of its assignments and its past goes in first,
 * in any order, then its facts, in any order, and {@link #settle} says what they amount to. No fact
 * is kept, so that a unit may have any number of them.
 */
final class UnitLedger {
  private final LedgerPlan plan;
  private final FirstAssignment[] assignments;
  private final SetLedger[] sets;
  private Settled[] settled;

  UnitLedger(LedgerPlan plan) {
    this.plan = plan;
    this.assignments = new FirstAssignment[plan.policyCount()];
    this.sets = new SetLedger[plan.setCount()];
  }

  /** The unit was seen in an allocation. */
  void exposure(int policy, String allocation, long time) {
    assignment(policy).add(allocation, time);
  }

  /** Enters what {@code assignments} holds. */
  void stored(int policy, String allocation, long firstAssignedAt, long crossedOverAt) {
    assignment(policy).add(new Stored(allocation, firstAssignedAt, crossedOverAt));
  }

  /** Enters a part of what is stored of the unit's past for a metric. */
  void storedTotal(int policy, int metric, long count, double high, double low) {
    MetricPlace place = plan.place(policy, metric);
    int places = plan.sets(policy)[place.set() - plan.firstSet(policy)].metrics().size();
    set(place.set(), places).addBase(place.place(), count, high, low);
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

  /**
   * Counts a fact for every metric that it belongs to: at or after the first assignment.
   *
   * @param fact place of its definition among the plan's reads
   * @param time microseconds since 1970
   * @param values its value columns; NaN where there is no usable value, which a sum leaves out
   */
  void fact(int fact, long time, double[] values) {
    settleAssignments();
    for (SetUser user : plan.usersOf(fact)) {
      Settled first = settled[user.policy()];
      if (first != null && time >= first.firstAssignedAt() && time < user.until()) {
        count(user, time, values);
      }
    }
  }

  private void count(SetUser user, long time, double[] values) {
    for (FactUser metric : user.metrics()) {
      boolean hasValue = metric.value() < 0 || !Double.isNaN(values[metric.value()]);
      if (time >= metric.start() && hasValue) {
        SetLedger ledger = set(user.set(), user.places());
        double[] tallies =
            time < metric.totalsTo()
                ? ledger.day((int) Math.floorDiv(time, Micros.DAY))
                : ledger.overlap();
        if (metric.value() < 0) {
          SetLedger.count(tallies, metric.place());
        } else {
          SetLedger.count(tallies, metric.place(), values[metric.value()]);
        }
      }
    }
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
    for (int p = 0; p < assignments.length; p++) {
      changeAssignment(unit, p, entries);
      double[][] upToEnd = writeSets(unit, p, entries);
      analyse(p, upToEnd, entries);
    }
  }

  private void changeAssignment(String unit, int p, Entries entries) {
    FirstAssignment assignment = assignments[p];
    if (assignment == null || !plan.policy(p).readsAssignments()) {
      return;
    }
    Stored stored = assignment.stored();
    Settled now = settled[p];
    if (now == null) {
      if (stored != null) {
        entries.change(new AssignmentChange(p, unit, null, 0, AssignmentChange.NEVER));
      }
    } else if (!now.isSameAs(stored)) {
      entries.change(
          new AssignmentChange(
              p, unit, now.allocation(), now.firstAssignedAt(), now.crossedOverAt()));
    }
  }

  /** Writes what changes in the policy's sets; returns the tallies at the end of the data. */
  private double[][] writeSets(String unit, int p, Entries entries) {
    MetricSet[] ofPolicy = plan.sets(p);
    double[][] upToEnd = new double[ofPolicy.length][];
    double[][] tallies = new double[1][];
    for (int s = 0; s < upToEnd.length; s++) {
      SetLedger ledger = sets[plan.firstSet(p) + s];
      if (ledger != null) {
        double[] totals = ledger.totals();
        boolean isChanged =
            ofPolicy[s].isNew() ? !SetLedger.isEmpty(totals) : ledger.dayCount() > 0;
        if (isChanged) {
          entries.change(new TotalChange(p, s, unit, totals));
        }
        for (int d = 0; d < ledger.dayCount(); d++) {
          int day = ledger.day(d, tallies);
          entries.add(new DayOutcome(p, s, unit, day, tallies[0]));
        }
        upToEnd[s] = ledger.upToEnd(totals);
      }
    }
    return upToEnd;
  }

  private void analyse(int p, double[][] upToEnd, Entries entries) {
    PolicyPlan policy = plan.policy(p);
    Settled first = settled[p];
    if (first == null || (first.hasCrossedOver() && policy.excludeCrossovers())) {
      return;
    }
    int allocation = policy.allocations().indexOf(first.allocation());
    if (allocation < 0) {
      return;
    }
    double[] values = new double[policy.metrics().size()];
    for (int m = 0; m < values.length; m++) {
      MetricPlace place = plan.place(p, m);
      double[] tallies = upToEnd[place.set() - plan.firstSet(p)];
      if (tallies != null) {
        values[m] = SetLedger.value(tallies, place.place(), place.aggregation());
      }
    }
    entries.analyse(new UnitValues(p, allocation, values));
  }
}
