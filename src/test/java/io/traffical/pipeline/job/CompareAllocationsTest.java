package io.traffical.pipeline.job;

import static io.traffical.pipeline.testing.Plans.fresh;
import static io.traffical.pipeline.testing.Plans.hour;
import static io.traffical.pipeline.testing.Plans.newPolicy;
import static io.traffical.pipeline.testing.Plans.plan;
import static org.assertj.core.api.Assertions.assertThat;

import io.traffical.pipeline.definition.Metric.Aggregation;
import io.traffical.pipeline.model.AllocationStats;
import io.traffical.pipeline.model.MetricResult;
import io.traffical.pipeline.stats.Moments;
import io.traffical.pipeline.stats.MomentsBuilder;
import io.traffical.pipeline.testing.Plans;
import io.traffical.pipeline.window.RunPlan;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.apache.flink.streaming.util.OneInputStreamOperatorTestHarness;
import org.junit.jupiter.api.Test;

class CompareAllocationsTest {
  private static final RunPlan PLAN = plan(newPolicy(10, fresh(Aggregation.SUM, "orders", 7)));

  @Test
  void partsOfSubtasksGiveTheSameBitsInWhateverOrderTheyArrive() throws Exception {
    Random random = new Random(7);
    List<AllocationStats> parts = new ArrayList<>();
    for (int subtask = 0; subtask < 8; subtask++) {
      for (int allocation = 0; allocation < 2; allocation++) {
        MomentsBuilder moments = new MomentsBuilder();
        for (int i = 0; i < 1 + subtask * 3; i++) {
          moments.add(random.nextGaussian() * Math.pow(10, subtask));
        }
        parts.add(Plans.stats(0, 0, allocation, subtask, moments.toMoments()));
      }
    }
    List<MetricResult> results = compare(parts);
    assertThat(results).hasSize(2);
    assertThat(results.get(1).lift()).isNotNull();

    for (int seed = 0; seed < 20; seed++) {
      Collections.shuffle(parts, new Random(seed));
      assertThat(compare(parts)).isEqualTo(results);
    }
  }

  @Test
  void subtasksAddUp() throws Exception {
    List<MetricResult> results =
        compare(List.of(stats(0, 0, 1, 2, 3), stats(0, 1, 4), stats(1, 0), stats(1, 1, 10, 20)));

    assertThat(results)
        .extracting(MetricResult::allocationKey, MetricResult::units, MetricResult::numerator)
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple("a", 4L, 10.0),
            org.assertj.core.groups.Tuple.tuple("b", 2L, 30.0));
    MetricResult control = results.get(0);
    assertThat(control.isControl()).isTrue();
    assertThat(control.value()).isEqualTo(2.5);
    assertThat(control.variance()).isEqualTo(5 / 3.0);
    assertThat(control.asOf()).isEqualTo(hour(10));
    assertThat(control.lift()).isNull();
    assertThat(control.pValue()).isNull();
    assertThat(control.significant()).isNull();
    assertThat(results.get(1).isControl()).isFalse();
    assertThat(results.get(1).lift()).isEqualTo(12.5);
  }

  @Test
  void anAllocationWithoutUnitsHasARowThatSaysWhyItsNumbersAreMissing() throws Exception {
    List<MetricResult> results = compare(List.of(stats(0, 0, 1, 2, 3), stats(1, 0)));

    MetricResult empty = results.get(1);
    assertThat(empty.allocationKey()).isEqualTo("b");
    assertThat(empty.units()).isZero();
    assertThat(empty.value()).isNull();
    assertThat(empty.variance()).isNull();
    assertThat(empty.standardError()).isNull();
    assertThat(empty.lift()).isNull();
    assertThat(empty.liftLower()).isNull();
    assertThat(empty.pValue()).isNull();
    assertThat(empty.reason()).contains("insufficient_units");
  }

  @Test
  void withoutAnyMomentsEveryDeclaredAllocationStillHasItsRow() throws Exception {
    assertThat(compare(List.of()))
        .extracting(MetricResult::allocationKey)
        .containsExactly("a", "b");
  }

  @Test
  void theControlNeedNotBeTheFirstAllocation() throws Exception {
    RunPlan.PolicyPlan p = PLAN.policies().get(0);
    RunPlan.PolicyPlan other =
        new RunPlan.PolicyPlan(
            p.policyKey(),
            p.entity(),
            p.dimensions(),
            p.allocations(),
            "b",
            p.analysis(),
            p.excludeCrossovers(),
            p.startsAt(),
            hour(6),
            p.isNew(),
            p.isFresh(),
            p.assignmentsFrom(),
            p.end(),
            p.fingerprint(),
            p.metrics());

    List<MetricResult> results =
        compare(plan(other), List.of(stats(0, 0, 1, 2, 3), stats(1, 0, 4, 6)));

    assertThat(results).extracting(MetricResult::isControl).containsExactly(false, true);
    assertThat(results.get(0).lift()).isEqualTo(-3);
    assertThat(results.get(0).asOf()).as("not after the policy's end").isEqualTo(hour(6));
  }

  private static AllocationStats stats(int allocation, int subtask, double... values) {
    MomentsBuilder moments = new MomentsBuilder();
    for (double value : values) {
      moments.add(value);
    }
    Moments of = moments.toMoments();
    return Plans.stats(0, 0, allocation, subtask, of);
  }

  private static List<MetricResult> compare(List<AllocationStats> parts) throws Exception {
    return compare(PLAN, parts);
  }

  private static List<MetricResult> compare(RunPlan plan, List<AllocationStats> parts)
      throws Exception {
    try (OneInputStreamOperatorTestHarness<AllocationStats, MetricResult> harness =
        new OneInputStreamOperatorTestHarness<>(new CompareAllocations(plan))) {
      harness.open();
      for (AllocationStats part : parts) {
        harness.processElement(part, 0);
      }
      assertThat(harness.extractOutputValues()).isEmpty();
      harness.endInput();
      return harness.extractOutputValues();
    }
  }
}
