package io.traffical.pipeline.outcome;

import io.traffical.pipeline.model.AssignmentChange;
import io.traffical.pipeline.model.DayOutcome;
import io.traffical.pipeline.model.TotalChange;
import io.traffical.pipeline.model.UnitRow;
import io.traffical.pipeline.model.UnitRow.Exposure;
import io.traffical.pipeline.model.UnitRow.Outcome;
import io.traffical.pipeline.model.UnitRow.StoredAssignment;
import io.traffical.pipeline.model.UnitRow.StoredTotal;
import io.traffical.pipeline.model.UnitValues;
import io.traffical.pipeline.outcome.FirstAssignment.Settled;
import io.traffical.pipeline.window.RunPlan.MetricPlan;
import io.traffical.pipeline.window.RunPlan.PolicyPlan;
import java.util.ArrayList;
import java.util.List;

/**
 * Everything a run learns of one unit: rows go in, in any order, and {@link #settle} says what they
 * amount to. A fact cannot be judged before the unit's assignments are known, so the first {@value
 * #HELD_BACK} facts are held back; a unit with more of them must have its other rows first, as the
 * job's sorted input has, and its memory stays bounded.
 */
public final class UnitLedger {
  static final int HELD_BACK = 65_536;

  private final LedgerPlan plan;
  private final FirstAssignment[] assignments;
  private final MetricLedger[][] metrics;
  private final Settled[] settled;
  private List<Outcome> heldBack = new ArrayList<>();

  /** Opens the ledger of one unit. */
  public UnitLedger(LedgerPlan plan) {
    this.plan = plan;
    int policies = plan.policyCount();
    this.assignments = new FirstAssignment[policies];
    this.metrics = new MetricLedger[policies][];
    this.settled = new Settled[policies];
  }

  /** Takes what a settled ledger amounts to. */
  public interface Entries {
    /** The row of {@code assignments} changes. */
    void change(AssignmentChange change);

    /** The row of {@code unit_totals} changes. */
    void change(TotalChange change);

    /** A day's outcomes were read. */
    void add(DayOutcome outcome);

    /** The unit is analysed, with these values. */
    void analyse(UnitValues values);
  }

  /**
   * Enters a row.
   *
   * @throws IllegalStateException if an assignment or total comes after more than {@value
   *     #HELD_BACK} facts
   */
  public void add(UnitRow row) {
    if (row instanceof Outcome outcome) {
      addOutcome(outcome);
      return;
    }
    if (heldBack == null) {
      throw new IllegalStateException(
          "a unit with more than " + HELD_BACK + " facts must have its assignments read first");
    }
    if (row instanceof Exposure exposure) {
      assignment(exposure.policy()).add(exposure.allocation(), exposure.time());
    } else if (row instanceof StoredAssignment stored) {
      assignment(stored.policy()).add(stored);
    } else if (row instanceof StoredTotal total) {
      metric(total.policy(), total.metric()).addBase(total.count(), total.high(), total.low());
    }
  }

  private void addOutcome(Outcome outcome) {
    if (heldBack == null) {
      attribute(outcome);
      return;
    }
    heldBack.add(outcome);
    if (heldBack.size() > HELD_BACK) {
      judgeHeldBack();
    }
  }

  private void judgeHeldBack() {
    for (int p = 0; p < assignments.length; p++) {
      settled[p] = assignments[p] == null ? null : assignments[p].settle();
    }
    List<Outcome> facts = heldBack;
    heldBack = null;
    facts.forEach(this::attribute);
  }

  /** Counts the fact for every metric that it belongs to: at or after the first assignment. */
  private void attribute(Outcome outcome) {
    for (LedgerPlan.FactUser user : plan.usersOf(outcome.fact())) {
      Settled first = settled[user.policy()];
      if (first != null && outcome.time() >= first.firstAssignedAt()) {
        PolicyPlan policy = plan.policy(user.policy());
        MetricPlan metric = policy.metrics().get(user.metric());
        if (outcome.time() >= metric.start() && outcome.time() < policy.until()) {
          double value = user.value() < 0 ? Double.NaN : outcome.values()[user.value()];
          metric(user.policy(), user.metric()).addFact(outcome.time(), value);
        }
      }
    }
  }

  /** Says what the rows amount to. The ledger is closed afterwards. */
  public void settle(String unit, Entries entries) {
    if (heldBack != null) {
      judgeHeldBack();
    }
    for (int p = 0; p < plan.policyCount(); p++) {
      changeAssignment(unit, p, entries);
      writeOutcomes(unit, p, entries);
      analyse(p, entries);
    }
  }

  private void changeAssignment(String unit, int p, Entries entries) {
    FirstAssignment assignment = assignments[p];
    if (assignment == null || !plan.policy(p).readsAssignments()) {
      return;
    }
    StoredAssignment stored = assignment.stored();
    Settled now = settled[p];
    if (now == null) {
      if (stored != null) {
        entries.change(new AssignmentChange(p, unit, null, 0, UnitRow.NEVER));
      }
      return;
    }
    boolean isUnchanged =
        stored != null
            && stored.allocation().equals(now.allocation())
            && stored.firstAssignedAt() == now.firstAssignedAt()
            && stored.crossedOverAt() == now.crossedOverAt();
    if (!isUnchanged) {
      entries.change(
          new AssignmentChange(
              p, unit, now.allocation(), now.firstAssignedAt(), now.crossedOverAt()));
    }
  }

  private void writeOutcomes(String unit, int p, Entries entries) {
    if (metrics[p] == null) {
      return;
    }
    for (int m = 0; m < metrics[p].length; m++) {
      MetricLedger ledger = metrics[p][m];
      if (ledger != null) {
        if (ledger.hasTotalToWrite()) {
          Tally total = ledger.total();
          entries.change(new TotalChange(p, m, unit, total.count(), total.high(), total.low()));
        }
        int metric = m;
        ledger
            .days()
            .forEach(
                (day, tally) ->
                    entries.add(
                        new DayOutcome(
                            p, metric, unit, day, tally.count(), tally.high(), tally.low())));
      }
    }
  }

  private void analyse(int p, Entries entries) {
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
      MetricLedger ledger = metrics[p] == null ? null : metrics[p][m];
      values[m] = ledger == null ? 0 : ledger.value();
    }
    entries.analyse(new UnitValues(p, allocation, values));
  }

  private FirstAssignment assignment(int p) {
    if (assignments[p] == null) {
      assignments[p] = new FirstAssignment(plan.policy(p));
    }
    return assignments[p];
  }

  private MetricLedger metric(int p, int m) {
    List<MetricPlan> plans = plan.policy(p).metrics();
    if (metrics[p] == null) {
      metrics[p] = new MetricLedger[plans.size()];
    }
    if (metrics[p][m] == null) {
      metrics[p][m] = new MetricLedger(plans.get(m));
    }
    return metrics[p][m];
  }
}
