package io.traffical.pipeline.job;

import io.traffical.pipeline.model.AllocationStats;
import io.traffical.pipeline.model.SampleBlock;
import io.traffical.pipeline.model.SampleWriter;
import io.traffical.pipeline.model.UnitValues;
import io.traffical.pipeline.model.UnitValues.Share;
import io.traffical.pipeline.outcome.ValueLayout;
import io.traffical.pipeline.window.RunPlan;
import io.traffical.pipeline.window.RunPlan.MetricPlan;
import io.traffical.pipeline.window.RunPlan.PolicyPlan;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.BoundedOneInput;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.util.OutputTag;

/**
 * Folds units into moments where they are; only the moments leave, at the end of the input. Of
 * metrics that are ranked, or broken down by their facts' dimensions, the values themselves leave,
 * in blocks.
 */
final class FoldMoments extends AbstractStreamOperator<AllocationStats>
    implements OneInputStreamOperator<UnitValues, AllocationStats>, BoundedOneInput {
  private static final long serialVersionUID = 1L;

  static final OutputTag<SampleBlock> SAMPLES =
      new OutputTag<>("samples", TypeInformation.of(SampleBlock.class));

  private final RunPlan plan;
  private transient PolicyFold[] policies;
  private transient SampleWriter[] samples;
  private transient SampleWriter[] byValue;

  FoldMoments(RunPlan plan) {
    this.plan = plan;
  }

  /** The folds of one policy: over all units, and over those of each dimension's values. */
  private static final class PolicyFold {
    final PolicyPlan plan;
    final ValueLayout layout;
    final boolean[] isRanked;
    final int[] ranked;
    final boolean[] isByValue;

    /** By allocation and metric: how many units there are, of metrics with facts' dimensions. */
    final long[][] units;

    final ArmFold[][] all;
    final List<String> dimensions;
    final List<Map<String, ArmFold[][]>> byValue;

    PolicyFold(PolicyPlan plan, int[] ranked) {
      this.plan = plan;
      this.layout = new ValueLayout(plan);
      this.ranked = ranked;
      int metrics = plan.metrics().size();
      this.isRanked = new boolean[metrics];
      this.isByValue = new boolean[metrics];
      for (int m = 0; m < metrics; m++) {
        isRanked[m] = plan.metrics().get(m).isRanked();
        isByValue[m] = !plan.metrics().get(m).factDimensions().isEmpty();
      }
      this.units = new long[plan.allocations().size()][metrics];
      this.all = folds();
      this.dimensions = plan.dimensions();
      this.byValue =
          dimensions.stream()
              .map(dimension -> (Map<String, ArmFold[][]>) new TreeMap<String, ArmFold[][]>())
              .toList();
    }

    private ArmFold[][] folds() {
      ArmFold[][] folds = new ArmFold[plan.allocations().size()][plan.metrics().size()];
      for (ArmFold[] ofAllocation : folds) {
        for (int m = 0; m < ofAllocation.length; m++) {
          ofAllocation[m] = new ArmFold(plan.metrics().get(m));
        }
      }
      return folds;
    }

    ArmFold[] ofValue(int dimension, String value, int allocation) {
      return byValue.get(dimension).computeIfAbsent(value, v -> folds())[allocation];
    }
  }

  @Override
  public void open() throws Exception {
    super.open();
    Ranked ranked = new Ranked(plan);
    samples = new SampleWriter[ranked.count()];
    byValue = new SampleWriter[ranked.count()];
    for (int r = 0; r < samples.length; r++) {
      samples[r] = new SampleWriter();
      byValue[r] = new SampleWriter();
    }
    policies = new PolicyFold[plan.policies().size()];
    for (int p = 0; p < policies.length; p++) {
      PolicyPlan policy = plan.policies().get(p);
      int[] ofMetrics = new int[policy.metrics().size()];
      for (int m = 0; m < ofMetrics.length; m++) {
        ofMetrics[m] = ranked.indexOf(p, m);
      }
      policies[p] = new PolicyFold(policy, ofMetrics);
    }
  }

  @Override
  public void processElement(StreamRecord<UnitValues> element) {
    UnitValues unit = element.getValue();
    PolicyFold policy = policies[unit.policy()];
    fold(policy, policy.all[unit.allocation()], unit.values());
    if (!policy.dimensions.isEmpty()) {
      String[] values = unit.dimensions().split("\0", -1);
      for (int d = 0; d < values.length; d++) {
        fold(policy, policy.ofValue(d, values[d], unit.allocation()), unit.values());
      }
    }
    for (int m = 0; m < policy.ranked.length; m++) {
      if (policy.isRanked[m]) {
        sample(policy, m, unit);
      }
      if (policy.isByValue[m] && !Double.isNaN(unit.values()[policy.layout.first(m)])) {
        policy.units[unit.allocation()][m]++;
      }
    }
    if (unit.shares() != null) {
      sampleShares(policy, unit);
    }
  }

  private void sampleShares(PolicyFold policy, UnitValues unit) {
    int last = -1;
    for (Share share : unit.shares()) {
      int ranked = policy.ranked[share.metric()];
      boolean isFirst = share.metric() != last;
      byte[] full = ValueFolds.write(byValue[ranked], unit.allocation(), share, isFirst);
      emit(ranked, true, full);
      last = share.metric();
    }
  }

  private static void fold(PolicyFold policy, ArmFold[] folds, double[] values) {
    for (int m = 0; m < folds.length; m++) {
      int at = policy.layout.first(m);
      if (!policy.isRanked[m] && !Double.isNaN(values[at])) {
        folds[m].add(values, at, Double.POSITIVE_INFINITY);
      }
    }
  }

  private void sample(PolicyFold policy, int m, UnitValues unit) {
    int at = policy.layout.first(m);
    if (Double.isNaN(unit.values()[at])) {
      return;
    }
    MetricPlan metric = policy.plan.metrics().get(m);
    int ranked = policy.ranked[m];
    double[] events = metric.isPercentileOfEvents() ? unit.events()[m] : null;
    byte[] full =
        events == null
            ? samples[ranked].add(
                unit.allocation(),
                unit.dimensions(),
                unit.values(),
                at,
                policy.layout.first(m + 1) - at)
            : samples[ranked].add(unit.allocation(), unit.dimensions(), events, 0, events.length);
    emit(ranked, false, full);
  }

  private void emit(int ranked, boolean isByValue, byte[] rows) {
    if (rows != null) {
      output.collect(
          SAMPLES, new StreamRecord<>(new SampleBlock(ranked, isByValue, subtask(), rows)));
    }
  }

  @Override
  public void endInput() {
    for (PolicyFold policy : policies) {
      emitUnits(policy);
    }
    for (int r = 0; r < samples.length; r++) {
      emit(r, false, samples[r].flush());
      emit(r, true, byValue[r].flush());
    }
    for (int p = 0; p < policies.length; p++) {
      emit(p, "", "", policies[p].all);
      for (int d = 0; d < policies[p].dimensions.size(); d++) {
        for (Map.Entry<String, ArmFold[][]> value : policies[p].byValue.get(d).entrySet()) {
          emit(p, policies[p].dimensions.get(d), value.getKey(), value.getValue());
        }
      }
    }
  }

  private void emitUnits(PolicyFold policy) {
    for (int a = 0; a < policy.units.length; a++) {
      for (int m = 0; m < policy.isByValue.length; m++) {
        if (policy.isByValue[m]) {
          int ranked = policy.ranked[m];
          emit(ranked, true, ValueFolds.writeUnits(byValue[ranked], a, policy.units[a][m]));
        }
      }
    }
  }

  private void emit(int p, String dimension, String value, ArmFold[][] folds) {
    for (int a = 0; a < folds.length; a++) {
      for (int m = 0; m < folds[a].length; m++) {
        if (!policies[p].isRanked[m]) {
          output.collect(
              new StreamRecord<>(
                  new AllocationStats(
                      p, m, a, dimension, value, subtask(), folds[a][m].toStats())));
        }
      }
    }
  }

  private int subtask() {
    return getRuntimeContext().getTaskInfo().getIndexOfThisSubtask();
  }
}
