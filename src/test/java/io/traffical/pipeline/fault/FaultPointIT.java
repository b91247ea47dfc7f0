package io.traffical.pipeline.fault;

import static org.assertj.core.api.Assertions.assertThat;

import io.traffical.pipeline.oracle.SharedCluster;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A fault at each k-th step of a run, for all k with {@code -Dtraffical.fault.stride=1}; a step is
 * what a client sends to the database before it waits for an answer.
 */
class FaultPointIT {
  private static FaultLab lab;

  @BeforeAll
  static void startLab() throws Exception {
    lab = new FaultLab(SharedCluster.start(4));
  }

  @AfterAll
  static void closeLab() {
    lab.close();
  }

  @ParameterizedTest
  @EnumSource(Fault.class)
  void g7_theRunAfterAFaultAtAnyStepOfTheFirstRunIsExact(Fault fault) {
    strikeAll(Scenario.FIRST_RUN, fault);
  }

  @ParameterizedTest
  @EnumSource(Fault.class)
  void g7_theRunAfterAFaultAtAnyStepOfAnHourlyRunIsExact(Fault fault) {
    strikeAll(Scenario.HOURLY, fault);
  }

  private static void strikeAll(Scenario scenario, Fault fault) {
    int stride = Integer.getInteger("traffical.fault.stride", 12);
    int steps = lab.steps(scenario);
    Map<String, Integer> outcomes = new TreeMap<>();
    for (int step = 1 + fault.name().length() % stride; step <= steps; step += stride) {
      try {
        String outcome = lab.play(scenario, fault, step);
        outcomes.merge(String.valueOf(outcome), 1, Integer::sum);
      } catch (AssertionError | RuntimeException e) {
        throw new AssertionError(
            "%s at step %d of %d of %s".formatted(fault, step, steps, scenario), e);
      }
    }
    System.out.printf("%s, %s: %d steps, outcomes %s%n", scenario, fault, steps, outcomes);
    assertThat(outcomes).isNotEmpty();
  }
}
