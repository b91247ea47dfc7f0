package io.traffical.pipeline.outcome;

import io.traffical.pipeline.model.AssignmentChange;
import io.traffical.pipeline.model.DayOutcome;
import io.traffical.pipeline.model.TotalChange;
import io.traffical.pipeline.model.UnitValues;
import io.traffical.pipeline.window.RunPlan.MetricPlan;
import java.util.ArrayList;
import java.util.List;

/** Takes what the ledger of a unit amounts to that knows one policy with one metric. */
final class SettledTotals implements Entries {
  private final MetricPlan metric;
  private final int[] slots;
  private final double[] tallies;
  private final List<byte[]> entries = new ArrayList<>();
  private UnitValues values;

  SettledTotals(LedgerPlan plan) {
    this.metric = plan.policy(0).metrics().get(0);
    this.slots = plan.places(0, 0).slots();
    this.tallies = new double[SetLedger.WIDTH * slots.length];
  }

  @Override
  public void change(AssignmentChange change) {}

  @Override
  public void change(TotalChange change) {
    if (change.entries() != null) {
      entries.add(change.entries());
      return;
    }
    for (int slot = 0; slot < slots.length; slot++) {
      int from = SetLedger.WIDTH * slots[slot];
      System.arraycopy(change.tallies(), from, tallies, SetLedger.WIDTH * slot, SetLedger.WIDTH);
    }
  }

  /** Of what has no totals the days are all there is; elsewhere they are parts of the totals. */
  @Override
  public void add(DayOutcome outcome) {
    if (metric.isPercentileOfEvents()) {
      entries.add(outcome.entries());
    }
  }

  @Override
  public void analyse(UnitValues analysed) {
    values = analysed;
  }

  UnitTotals totals() {
    return UnitTotals.of(metric, tallies, entries);
  }

  /** Returns whether the unit's allocation is analysed. */
  boolean isAnalysed() {
    return values != null;
  }

  /** Returns whether the metric leaves the unit out, although its allocation is analysed. */
  boolean isLeftOut() {
    return Double.isNaN(values.values()[0]);
  }
}
