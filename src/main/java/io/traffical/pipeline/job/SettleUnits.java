package io.traffical.pipeline.job;

import io.traffical.pipeline.model.AssignmentChange;
import io.traffical.pipeline.model.DayOutcome;
import io.traffical.pipeline.model.TotalChange;
import io.traffical.pipeline.model.UnitBlock;
import io.traffical.pipeline.model.UnitBlockWriter;
import io.traffical.pipeline.model.UnitValues;
import io.traffical.pipeline.outcome.Entries;
import io.traffical.pipeline.outcome.LedgerPlan;
import io.traffical.pipeline.outcome.UnitLedgers;
import io.traffical.pipeline.window.MetricSets;
import io.traffical.pipeline.window.RunPlan;
import java.io.IOException;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.runtime.execution.CancelTaskException;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.BoundedOneInput;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.util.OutputTag;

/**
 * Keeps one ledger per unit and settles it at the end of the input. Blocks are put aside by bucket,
 * on disk when they are many; at the end one bucket after the other is opened: what is known of its
 * units first, then their facts; a large one in several passes. So memory holds the ledgers of a
 * part of one bucket, and no fact. Nothing survives a failure: what is read is read again.
 */
final class SettleUnits extends AbstractStreamOperator<UnitValues>
    implements OneInputStreamOperator<UnitBlock, UnitValues>, BoundedOneInput {
  private static final long serialVersionUID = 1L;

  static final OutputTag<AssignmentChange> ASSIGNMENTS =
      new OutputTag<>("assignments", TypeInformation.of(AssignmentChange.class));
  static final OutputTag<TotalChange> TOTALS =
      new OutputTag<>("totals", TypeInformation.of(TotalChange.class));
  static final OutputTag<DayOutcome> OUTCOMES =
      new OutputTag<>("outcomes", TypeInformation.of(DayOutcome.class));

  private final RunPlan plan;
  private final MetricSets sets;
  private transient BlockStore buckets;

  SettleUnits(RunPlan plan, MetricSets sets) {
    this.plan = plan;
    this.sets = sets;
  }

  @Override
  public void open() throws Exception {
    super.open();
    buckets = BlockStore.of(2 * UnitBlockWriter.BUCKETS, getContainingTask());
  }

  private static int place(int bucket, boolean isOfFacts) {
    return 2 * bucket + (isOfFacts ? 1 : 0);
  }

  @Override
  public void processElement(StreamRecord<UnitBlock> element) throws IOException {
    UnitBlock block = element.getValue();
    buckets.add(place(block.bucket(), block.isOfFacts()), block.rows());
  }

  @Override
  public void endInput() throws IOException {
    UnitLedgers ledgers = new UnitLedgers(new LedgerPlan(plan, sets));
    Outputs outputs = new Outputs();
    for (int bucket = 0; bucket < UnitBlockWriter.BUCKETS; bucket++) {
      int known = place(bucket, false);
      int facts = place(bucket, true);
      int parts = UnitLedgers.parts(buckets.bytes(known) + buckets.bytes(facts));
      for (int part = 0; part < parts; part++) {
        if (getContainingTask().isCanceled()) {
          throw new CancelTaskException();
        }
        ledgers.open(part, parts);
        buckets.read(known, rows -> ledgers.enter(rows, false));
        buckets.read(facts, rows -> ledgers.enter(rows, true));
        ledgers.settle(outputs);
      }
      buckets.forget(known);
      buckets.forget(facts);
    }
  }

  @Override
  public void close() throws Exception {
    if (buckets != null) {
      buckets.close();
    }
    super.close();
  }

  private final class Outputs implements Entries {
    @Override
    public void change(AssignmentChange change) {
      output.collect(ASSIGNMENTS, new StreamRecord<>(change));
    }

    @Override
    public void change(TotalChange change) {
      output.collect(TOTALS, new StreamRecord<>(change));
    }

    @Override
    public void add(DayOutcome outcome) {
      output.collect(OUTCOMES, new StreamRecord<>(outcome));
    }

    @Override
    public void analyse(UnitValues values) {
      output.collect(new StreamRecord<>(values));
    }
  }
}
