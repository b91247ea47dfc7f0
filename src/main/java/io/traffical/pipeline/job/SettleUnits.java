package io.traffical.pipeline.job;

import io.traffical.pipeline.model.AssignmentChange;
import io.traffical.pipeline.model.DayOutcome;
import io.traffical.pipeline.model.ReadRow;
import io.traffical.pipeline.model.SliceReport;
import io.traffical.pipeline.model.TotalChange;
import io.traffical.pipeline.model.UnitBlock;
import io.traffical.pipeline.model.UnitBlockWriter;
import io.traffical.pipeline.model.UnitValues;
import io.traffical.pipeline.model.Wanted;
import io.traffical.pipeline.outcome.Entries;
import io.traffical.pipeline.outcome.LedgerPlan;
import io.traffical.pipeline.outcome.UnitLedgers;
import io.traffical.pipeline.window.MetricSets;
import io.traffical.pipeline.window.RunPlan;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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

  static final OutputTag<SliceReport> REPORTS =
      new OutputTag<>("look-ups", TypeInformation.of(SliceReport.class));

  /** So many units are looked up with one query. */
  private static final int UNITS_PER_LOOK_UP = 5000;

  private static final int KNOWN = 0;
  private static final int FACTS = 1;
  private static final int LOOKED_UP = 2;
  private static final int KINDS = 3;

  private final RunPlan plan;
  private final MetricSets sets;
  private final History history;
  private transient BlockStore buckets;

  SettleUnits(RunPlan plan, MetricSets sets, History history) {
    this.plan = plan;
    this.sets = sets;
    this.history = history;
  }

  @Override
  public void open() throws Exception {
    super.open();
    buckets = BlockStore.of(KINDS * UnitBlockWriter.BUCKETS, getContainingTask());
  }

  private static int place(int bucket, int kind) {
    return KINDS * bucket + kind;
  }

  @Override
  public void processElement(StreamRecord<UnitBlock> element) throws IOException {
    UnitBlock block = element.getValue();
    buckets.add(place(block.bucket(), block.isOfFacts() ? FACTS : KNOWN), block.rows());
  }

  @Override
  public void endInput() throws IOException {
    UnitLedgers ledgers = new UnitLedgers(new LedgerPlan(plan, sets));
    if (ledgers.hasLookUps()) {
      lookUp(ledgers);
    }
    Outputs outputs = new Outputs();
    for (int bucket = 0; bucket < UnitBlockWriter.BUCKETS; bucket++) {
      int[] places = {place(bucket, KNOWN), place(bucket, FACTS), place(bucket, LOOKED_UP)};
      int parts = UnitLedgers.parts(buckets.bytes(places[KNOWN]) + buckets.bytes(places[FACTS]));
      for (int part = 0; part < parts; part++) {
        checkCanceled();
        ledgers.open(part, parts);
        buckets.read(places[KNOWN], rows -> ledgers.enter(rows, false));
        buckets.read(places[FACTS], rows -> ledgers.enter(rows, true));
        buckets.read(places[LOOKED_UP], ledgers::enterHistory);
        ledgers.settle(outputs);
      }
      for (int place : places) {
        buckets.forget(place);
      }
    }
  }

  private void checkCanceled() {
    if (getContainingTask().isCanceled()) {
      throw new CancelTaskException();
    }
  }

  /**
   * Puts the history of newly assigned units beside the facts. Who is newly assigned is known when
   * all that is known of a unit has been entered; the ledgers are opened again afterwards.
   */
  private void lookUp(UnitLedgers ledgers) throws IOException {
    Map<List<Integer>, List<Wanted>> batches = new LinkedHashMap<>();
    try (History.LookUps lookUps = history.open();
        Closeable registered =
            getContainingTask().getCancelables().registerCloseableTemporarily(lookUps::abandon)) {
      for (int bucket = 0; bucket < UnitBlockWriter.BUCKETS; bucket++) {
        int known = place(bucket, KNOWN);
        int parts = UnitLedgers.parts(buckets.bytes(known));
        for (int part = 0; part < parts; part++) {
          checkCanceled();
          ledgers.open(part, parts);
          buckets.read(known, rows -> ledgers.enter(rows, false));
          ledgers.lookUps(
              wanted ->
                  batches
                      .computeIfAbsent(
                          List.of(wanted.read(), wanted.entity()), key -> new ArrayList<>())
                      .add(wanted));
        }
        for (List<Wanted> batch : batches.values()) {
          if (batch.size() >= UNITS_PER_LOOK_UP) {
            lookUp(lookUps, batch);
          }
        }
      }
      for (List<Wanted> batch : batches.values()) {
        lookUp(lookUps, batch);
      }
    }
  }

  private void lookUp(History.LookUps lookUps, List<Wanted> batch) throws IOException {
    for (int from = 0; from < batch.size(); from += UNITS_PER_LOOK_UP) {
      int to = Math.min(batch.size(), from + UNITS_PER_LOOK_UP);
      lookUps.lookUp(batch.subList(from, to), this::putAside);
    }
    batch.clear();
  }

  private void putAside(ReadRow row) {
    if (row instanceof SliceReport report) {
      output.collect(REPORTS, new StreamRecord<>(report));
    } else if (row instanceof UnitBlock block) {
      try {
        buckets.add(place(block.bucket(), LOOKED_UP), block.rows());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
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
