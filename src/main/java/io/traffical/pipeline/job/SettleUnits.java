package io.traffical.pipeline.job;

import io.traffical.pipeline.model.AssignmentChange;
import io.traffical.pipeline.model.DayOutcome;
import io.traffical.pipeline.model.TotalChange;
import io.traffical.pipeline.model.UnitRow;
import io.traffical.pipeline.model.UnitValues;
import io.traffical.pipeline.outcome.LedgerPlan;
import io.traffical.pipeline.outcome.UnitLedger;
import io.traffical.pipeline.window.RunPlan;
import java.util.HashMap;
import java.util.Map;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;
import org.apache.flink.util.OutputTag;

/**
 * Keeps one ledger per unit and settles it when the unit has no more rows. In batch execution the
 * input is sorted by the units' hashes, so that one ledger is open at a time (as many as share a
 * hash), and nothing needs to survive a failure: a failed task starts from its input again.
 */
final class SettleUnits extends KeyedProcessFunction<Long, UnitRow, UnitValues> {
  private static final long serialVersionUID = 1L;

  static final OutputTag<AssignmentChange> ASSIGNMENTS =
      new OutputTag<>("assignments", TypeInformation.of(AssignmentChange.class));
  static final OutputTag<TotalChange> TOTALS =
      new OutputTag<>("totals", TypeInformation.of(TotalChange.class));
  static final OutputTag<DayOutcome> OUTCOMES =
      new OutputTag<>("outcomes", TypeInformation.of(DayOutcome.class));

  private final RunPlan plan;
  private transient LedgerPlan ledgerPlan;
  private transient Map<Long, Map<String, UnitLedger>> open;

  SettleUnits(RunPlan plan) {
    this.plan = plan;
  }

  @Override
  public void open(OpenContext context) {
    ledgerPlan = new LedgerPlan(plan);
    open = new HashMap<>();
  }

  @Override
  public void processElement(UnitRow row, Context context, Collector<UnitValues> out) {
    Map<String, UnitLedger> ledgers = open.get(context.getCurrentKey());
    if (ledgers == null) {
      ledgers = new HashMap<>(2);
      open.put(context.getCurrentKey(), ledgers);
      context.timerService().registerEventTimeTimer(Long.MAX_VALUE);
    }
    ledgers.computeIfAbsent(row.unit(), unit -> new UnitLedger(ledgerPlan)).add(row);
  }

  @Override
  public void onTimer(long timestamp, OnTimerContext context, Collector<UnitValues> out) {
    Entries entries = new Entries(context, out);
    open.remove(context.getCurrentKey()).forEach((unit, ledger) -> ledger.settle(unit, entries));
  }

  private record Entries(OnTimerContext context, Collector<UnitValues> out)
      implements UnitLedger.Entries {
    @Override
    public void change(AssignmentChange change) {
      context.output(ASSIGNMENTS, change);
    }

    @Override
    public void change(TotalChange change) {
      context.output(TOTALS, change);
    }

    @Override
    public void add(DayOutcome outcome) {
      context.output(OUTCOMES, outcome);
    }

    @Override
    public void analyse(UnitValues values) {
      out.collect(values);
    }
  }
}
