package io.traffical.pipeline.job;

import io.traffical.pipeline.model.AllocationStats;
import io.traffical.pipeline.model.SampleBlock;
import io.traffical.pipeline.window.RunPlan;
import java.io.IOException;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.BoundedOneInput;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;

/**
 * Finds caps and percentiles over the values of all units of a metric, and the frequent values of
 * its facts' dimensions. Samples are put aside, on disk when they are many, and read several times
 * at the end of the input. Exact, whatever their number; memory holds none of them.
 */
final class RankSamples extends AbstractStreamOperator<AllocationStats>
    implements OneInputStreamOperator<SampleBlock, AllocationStats>, BoundedOneInput {
  private static final long serialVersionUID = 1L;

  private final RunPlan plan;
  private transient Ranked ranked;
  private transient BlockStore samples;
  private transient int subtasks;

  RankSamples(RunPlan plan) {
    this.plan = plan;
  }

  @Override
  public void open() throws Exception {
    super.open();
    ranked = new Ranked(plan);
    subtasks = getRuntimeContext().getTaskInfo().getNumberOfParallelSubtasks();
    samples = BlockStore.of(Math.max(1, 2 * ranked.count() * subtasks), getContainingTask());
  }

  /** Blocks of every subtask stay apart, so that equal input is read in an equal order. */
  @Override
  public void processElement(StreamRecord<SampleBlock> element) throws IOException {
    SampleBlock block = element.getValue();
    samples.add(first(block.ranked(), block.isByValue()) + block.subtask(), block.rows());
  }

  /** Returns where the samples of a metric are put aside, those of the first subtask. */
  private int first(int metric, boolean isByValue) {
    return (2 * metric + (isByValue ? 1 : 0)) * subtasks;
  }

  @Override
  public void endInput() throws IOException {
    for (int r = 0; r < ranked.count(); r++) {
      double cap = Double.POSITIVE_INFINITY;
      if (hasAny(first(r, false))) {
        RankedMetric metric = new RankedMetric(ranked, r, samplesAt(first(r, false)));
        metric.compute(stats -> output.collect(new StreamRecord<>(stats)));
        cap = metric.cap();
      }
      if (hasAny(first(r, true))) {
        new ValueFolds(ranked, r, cap, samplesAt(first(r, true)))
            .compute(stats -> output.collect(new StreamRecord<>(stats)));
      }
      for (int subtask = 0; subtask < 2 * subtasks; subtask++) {
        samples.forget(first(r, false) + subtask);
      }
    }
  }

  private boolean hasAny(int first) {
    boolean hasAny = false;
    for (int subtask = 0; subtask < subtasks; subtask++) {
      hasAny |= samples.bytes(first + subtask) > 0;
    }
    return hasAny;
  }

  private RankedMetric.Samples samplesAt(int first) {
    return reader -> {
      for (int subtask = 0; subtask < subtasks; subtask++) {
        samples.read(first + subtask, reader);
      }
    };
  }

  @Override
  public void close() throws Exception {
    if (samples != null) {
      samples.close();
    }
    super.close();
  }
}
