package io.traffical.pipeline.job;

import static io.traffical.pipeline.testing.Plans.fresh;
import static io.traffical.pipeline.testing.Plans.newPolicy;
import static io.traffical.pipeline.testing.Plans.plan;
import static org.assertj.core.api.Assertions.assertThat;

import io.traffical.pipeline.definition.Metric.Aggregation;
import io.traffical.pipeline.model.AllocationStats;
import io.traffical.pipeline.model.UnitValues;
import io.traffical.pipeline.stats.Moments;
import io.traffical.pipeline.testing.Plans;
import io.traffical.pipeline.window.RunPlan;
import org.apache.flink.streaming.util.OneInputStreamOperatorTestHarness;
import org.junit.jupiter.api.Test;

class FoldMomentsTest {
  private static final RunPlan PLAN =
      plan(
          newPolicy(10, fresh(Aggregation.SUM, "orders", 7), fresh(Aggregation.COUNT, "orders", 7)),
          newPolicy(10, fresh(Aggregation.COUNT, "visits", 7)));

  @Test
  void momentsOfEveryAllocationAndMetricLeaveAtTheEndAndNotBefore() throws Exception {
    try (OneInputStreamOperatorTestHarness<UnitValues, AllocationStats> harness =
        new OneInputStreamOperatorTestHarness<>(new FoldMoments(PLAN), 4, 4, 3)) {
      harness.open();
      harness.processElement(unit(0, 0, 1, 10), 0);
      harness.processElement(unit(0, 1, 5, 50), 0);
      harness.processElement(unit(0, 0, 3, 10), 0);
      harness.processElement(unit(1, 1, 7), 0);
      assertThat(harness.extractOutputValues()).isEmpty();

      harness.endInput();

      assertThat(harness.extractOutputValues())
          .containsExactlyInAnyOrder(
              Plans.stats(0, 0, 0, 3, new Moments(2, 2, 2, 4)),
              Plans.stats(0, 1, 0, 3, new Moments(2, 10, 0, 20)),
              Plans.stats(0, 0, 1, 3, new Moments(1, 5, 0, 5)),
              Plans.stats(0, 1, 1, 3, new Moments(1, 50, 0, 50)),
              Plans.stats(1, 0, 0, 3, Moments.EMPTY),
              Plans.stats(1, 0, 1, 3, new Moments(1, 7, 0, 7)));
    }
  }

  @Test
  void withoutUnitsThereAreMomentsOfNothing() throws Exception {
    try (OneInputStreamOperatorTestHarness<UnitValues, AllocationStats> harness =
        new OneInputStreamOperatorTestHarness<>(new FoldMoments(PLAN))) {
      harness.open();
      harness.endInput();

      assertThat(harness.extractOutputValues())
          .hasSize(6)
          .allSatisfy(stats -> assertThat(stats.arm().moments()).isEqualTo(Moments.EMPTY));
    }
  }

  private static UnitValues unit(int policy, int allocation, double... values) {
    return new UnitValues(policy, "u", allocation, "", 0, values, null, null);
  }
}
