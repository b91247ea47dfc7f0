package io.traffical.pipeline.job;

import io.traffical.pipeline.model.AllocationStats;
import io.traffical.pipeline.model.MetricResult;
import io.traffical.pipeline.window.RunPlan;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.BoundedOneInput;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;

/**
 * Compares every allocation with its policy's control, once all moments are in. Runs as one
 * subtask: its input is a few rows per metric.
 */
final class CompareAllocations extends AbstractStreamOperator<MetricResult>
    implements OneInputStreamOperator<AllocationStats, MetricResult>, BoundedOneInput {
  private static final long serialVersionUID = 1L;

  private final RunPlan plan;
  private transient List<AllocationStats> parts;

  CompareAllocations(RunPlan plan) {
    this.plan = plan;
  }

  @Override
  public void open() throws Exception {
    super.open();
    parts = new ArrayList<>();
  }

  @Override
  public void processElement(StreamRecord<AllocationStats> element) {
    parts.add(element.getValue());
  }

  @Override
  public void endInput() {
    parts.sort(Comparator.comparingInt(AllocationStats::subtask));
    ResultRows rows = new ResultRows(plan);
    parts.forEach(part -> rows.add(part));
    rows.all().forEach(result -> output.collect(new StreamRecord<>(result)));
  }
}
