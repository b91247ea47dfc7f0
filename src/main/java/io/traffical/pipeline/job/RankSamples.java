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
 * Finds caps and percentiles over the values of all units of a metric, which are put aside, on disk
 * when they are many, and read several times at the end of the input. Exact, whatever their number;
 * memory holds none of them.
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
    samples = BlockStore.of(Math.max(1, ranked.count() * subtasks), getContainingTask());
  }

  /** Blocks of every subtask stay apart, so that equal input is read in an equal order. */
  @Override
  public void processElement(StreamRecord<SampleBlock> element) throws IOException {
    SampleBlock block = element.getValue();
    samples.add(block.ranked() * subtasks + block.subtask(), block.rows());
  }

  @Override
  public void endInput() throws IOException {
    for (int r = 0; r < ranked.count(); r++) {
      int first = r * subtasks;
      boolean hasAny = false;
      for (int subtask = 0; subtask < subtasks; subtask++) {
        hasAny |= samples.bytes(first + subtask) > 0;
      }
      if (hasAny) {
        RankedMetric metric =
            new RankedMetric(
                ranked,
                r,
                reader -> {
                  for (int subtask = 0; subtask < subtasks; subtask++) {
                    samples.read(first + subtask, reader);
                  }
                });
        metric.compute(stats -> output.collect(new StreamRecord<>(stats)));
      }
      for (int subtask = 0; subtask < subtasks; subtask++) {
        samples.forget(first + subtask);
      }
    }
  }

  @Override
  public void close() throws Exception {
    if (samples != null) {
      samples.close();
    }
    super.close();
  }
}
