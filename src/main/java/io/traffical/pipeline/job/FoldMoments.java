package io.traffical.pipeline.job;

import io.traffical.pipeline.model.AllocationStats;
import io.traffical.pipeline.model.UnitValues;
import io.traffical.pipeline.stats.MomentsBuilder;
import io.traffical.pipeline.window.RunPlan;
import io.traffical.pipeline.window.RunPlan.PolicyPlan;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.BoundedOneInput;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;

/** Folds units into moments where they are; only the moments leave, at the end of the input. */
final class FoldMoments extends AbstractStreamOperator<AllocationStats>
    implements OneInputStreamOperator<UnitValues, AllocationStats>, BoundedOneInput {
  private static final long serialVersionUID = 1L;

  private final RunPlan plan;
  private transient MomentsBuilder[][][] moments;

  FoldMoments(RunPlan plan) {
    this.plan = plan;
  }

  @Override
  public void open() throws Exception {
    super.open();
    moments = new MomentsBuilder[plan.policies().size()][][];
    for (int p = 0; p < moments.length; p++) {
      PolicyPlan policy = plan.policies().get(p);
      moments[p] = new MomentsBuilder[policy.allocations().size()][policy.metrics().size()];
      for (MomentsBuilder[] ofAllocation : moments[p]) {
        for (int m = 0; m < ofAllocation.length; m++) {
          ofAllocation[m] = new MomentsBuilder();
        }
      }
    }
  }

  @Override
  public void processElement(StreamRecord<UnitValues> element) {
    UnitValues unit = element.getValue();
    MomentsBuilder[] ofAllocation = moments[unit.policy()][unit.allocation()];
    for (int m = 0; m < ofAllocation.length; m++) {
      ofAllocation[m].add(unit.values()[m]);
    }
  }

  @Override
  public void endInput() {
    int subtask = getRuntimeContext().getTaskInfo().getIndexOfThisSubtask();
    for (int p = 0; p < moments.length; p++) {
      for (int a = 0; a < moments[p].length; a++) {
        for (int m = 0; m < moments[p][a].length; m++) {
          output.collect(
              new StreamRecord<>(
                  new AllocationStats(p, m, a, subtask, moments[p][a][m].toMoments())));
        }
      }
    }
  }
}
