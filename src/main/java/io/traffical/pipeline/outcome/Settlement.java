package io.traffical.pipeline.outcome;

import io.traffical.pipeline.model.AssignmentChange;
import io.traffical.pipeline.model.DayOutcome;
import io.traffical.pipeline.model.TotalChange;
import io.traffical.pipeline.model.UnitValues;
import io.traffical.pipeline.model.UnitValues.Share;
import io.traffical.pipeline.outcome.FirstAssignment.Settled;
import io.traffical.pipeline.outcome.FirstAssignment.Stored;
import io.traffical.pipeline.outcome.LedgerPlan.MetricPlaces;
import io.traffical.pipeline.window.MetricSet;
import io.traffical.pipeline.window.MetricSet.Place;
import io.traffical.pipeline.window.RunPlan.MetricPlan;
import io.traffical.pipeline.window.RunPlan.PolicyPlan;
import java.util.ArrayList;
import java.util.List;

/** Says what the ledgers of one unit amount to: what to store of it, and what its values are. */
final class Settlement {
  private static final double[] NO_TALLIES = {};

  private final LedgerPlan plan;
  private final String unit;
  private final FirstAssignment[] assignments;
  private final Settled[] settled;
  private final SetLedger[] sets;
  private final KeptEntries[] entryLedgers;
  private final Entries entries;

  /**
   * Settles a unit.
   *
   * @param assignments by policy; null where none is known
   * @param settled the same, settled
   * @param sets by set; null where there is none
   * @param entryLedgers the same; null when there are none at all
   * @param entries takes what there is to say
   */
  Settlement(
      LedgerPlan plan,
      String unit,
      FirstAssignment[] assignments,
      Settled[] settled,
      SetLedger[] sets,
      KeptEntries[] entryLedgers,
      Entries entries) {
    this.plan = plan;
    this.unit = unit;
    this.assignments = assignments;
    this.settled = settled;
    this.sets = sets;
    this.entryLedgers = entryLedgers;
    this.entries = entries;
  }

  void settle() {
    for (int p = 0; p < assignments.length; p++) {
      changeAssignment(p);
      analyse(p, writeSets(p));
    }
  }

  private void changeAssignment(int p) {
    FirstAssignment assignment = assignments[p];
    if (assignment == null || !plan.policy(p).readsAssignments()) {
      return;
    }
    Stored stored = assignment.stored();
    Settled now = settled[p];
    if (now == null) {
      if (stored != null) {
        entries.change(new AssignmentChange(p, unit, null, "", 0, AssignmentChange.NEVER));
      }
    } else if (plan.policy(p).isFresh() || !now.isSameAs(stored)) {
      // What is stored of a changed policy may have other dimensions than were read of it.
      entries.change(
          new AssignmentChange(
              p,
              unit,
              now.allocation(),
              now.dimensions(),
              now.firstAssignedAt(),
              now.crossedOverAt()));
    }
  }

  /** Writes what changes in the policy's sets; returns the tallies at the end of the data. */
  private double[][] writeSets(int p) {
    MetricSet[] ofPolicy = plan.sets(p);
    double[][] upToEnd = new double[ofPolicy.length][];
    for (int s = 0; s < upToEnd.length; s++) {
      int number = plan.firstSet(p) + s;
      if (sets[number] != null) {
        upToEnd[s] = writeTallies(p, s, sets[number]);
      } else if (entryLedgers != null && entryLedgers[number] != null) {
        writeEntries(p, s, entryLedgers[number]);
      }
    }
    return upToEnd;
  }

  private double[] writeTallies(int p, int s, SetLedger ledger) {
    MetricSet set = plan.sets(p)[s];
    boolean hasNewCovariate = settleCovariates(p, set, ledger);
    double[] totals = ledger.totals();
    boolean isChanged =
        set.isNew() ? !SetLedger.isEmpty(totals) : ledger.dayCount() > 0 || hasNewCovariate;
    if (isChanged) {
      entries.change(new TotalChange(p, s, unit, totals, null));
    }
    double[][] tallies = new double[1][];
    for (int d = 0; d < ledger.dayCount(); d++) {
      int day = ledger.day(d, tallies);
      entries.add(new DayOutcome(p, s, unit, day, tallies[0], null));
    }
    return ledger.upToEnd(totals);
  }

  /**
   * What was looked up before is kept for units that were first assigned before this run's start;
   * all others are looked up by this run, which stores it once their assignment cannot change any
   * more without their being looked up again.
   */
  private boolean settleCovariates(int p, MetricSet set, SetLedger ledger) {
    boolean isAnyNew = false;
    for (int place = 0; place < set.places().size(); place++) {
      Place at = set.places().get(place);
      MetricPlan metric = at.isUsed() ? plan.policy(p).metrics().get(at.metric()) : null;
      if (metric == null || at.slot() != metric.covariateSlot()) {
        continue;
      }
      Settled first = settled[p];
      if (first == null || first.firstAssignedAt() >= metric.start()) {
        ledger.forgetBase(place);
      }
      if (first != null && first.firstAssignedAt() < metric.totalsTo()) {
        isAnyNew |= ledger.keepCovariate(place);
      }
    }
    return isAnyNew;
  }

  private void writeEntries(int p, int s, KeptEntries ledger) {
    MetricSet set = plan.sets(p)[s];
    MetricPlan metric = plan.policy(p).metrics().get(set.metrics().get(0));
    int[] days = new int[1];
    ledger.settle(
        metric.totalsTo(),
        (day, bytes) -> {
          days[0]++;
          entries.add(new DayOutcome(p, s, unit, day, NO_TALLIES, bytes));
        });
    byte[] totals = ledger.totals();
    boolean isChanged = set.isNew() ? totals != null && totals.length > 0 : days[0] > 0;
    if (totals != null && isChanged) {
      entries.change(new TotalChange(p, s, unit, NO_TALLIES, totals));
    }
  }

  private void analyse(int p, double[][] upToEnd) {
    PolicyPlan policy = plan.policy(p);
    Settled first = settled[p];
    if (first == null || (first.hasCrossedOver() && policy.excludeCrossovers())) {
      return;
    }
    int allocation = policy.allocations().indexOf(first.allocation());
    if (allocation < 0) {
      return;
    }
    ValueLayout layout = plan.layout(p);
    double[] values = new double[layout.width()];
    double[][] events = layout.hasEvents() ? new double[layout.metrics()][] : null;
    for (int m = 0; m < layout.metrics(); m++) {
      MetricPlan metric = policy.metrics().get(m);
      MetricPlaces at = plan.places(p, m);
      if (!metric.isComplete(first.firstAssignedAt(), policy.until())) {
        values[layout.first(m)] = ValueLayout.LEFT_OUT;
      } else if (metric.keepsEntries()) {
        EntryLedger ledger = entryLedgers == null ? null : (EntryLedger) entryLedgers[at.set()];
        values[layout.first(m)] = ledger == null ? 0 : ledger.value();
        if (metric.isPerUser()) {
          values[layout.first(m) + 1] = ledger == null ? 0 : ledger.denominator();
        }
        if (metric.isPercentileOfEvents()) {
          events[m] = ledger == null ? NO_TALLIES : ledger.events();
        }
      } else {
        double[] tallies = upToEnd[at.set() - plan.firstSet(p)];
        if (tallies != null) {
          layout.write(m, tallies, at.slots(), values);
        }
      }
    }
    entries.analyse(
        new UnitValues(
            p,
            unit,
            allocation,
            first.dimensions(),
            first.firstAssignedAt(),
            values,
            events,
            shares(p, values)));
  }

  /** Returns what the values are by value of the facts' dimensions. */
  private Share[] shares(int p, double[] values) {
    ValueLayout layout = plan.layout(p);
    if (!layout.hasShares()) {
      return null;
    }
    List<Share> shares = new ArrayList<>();
    for (int m = 0; m < layout.metrics(); m++) {
      int set = plan.places(p, m).valueSet();
      boolean hasAny = set >= 0 && entryLedgers != null && entryLedgers[set] != null;
      if (hasAny && !Double.isNaN(values[layout.first(m)])) {
        for (ValuesLedger.Share share : ((ValuesLedger) entryLedgers[set]).shares()) {
          double[] ofMetric = layout.ofMeasures(m, share.tallies());
          shares.add(new Share(m, share.dimension(), share.value(), ofMetric));
        }
      }
    }
    return shares.toArray(Share[]::new);
  }
}
