package io.traffical.pipeline.fault;

import static org.assertj.core.api.Assertions.assertThat;

import io.traffical.pipeline.fault.FaultPoint.Kind;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/** One fault after the other; each strikes a run of its own. */
final class FaultLoop {
  private static final List<Fault> AT_STEPS =
      List.of(
          Fault.CUT_BEFORE, Fault.CUT_AFTER, Fault.REFUSED, Fault.TASK_MANAGER, Fault.CANCELLED);
  private static final List<Fault> AT_ENDS = List.of(Fault.TASK_MANAGER, Fault.CANCELLED);

  private final FaultLab lab;

  FaultLoop(FaultLab lab) {
    this.lab = lab;
  }

  /** Strikes at every k-th step of what a run says to the database, where k is the stride. */
  void steps(Scenario scenario, int stride) {
    play(scenario, Kind.STEP, lab.steps(scenario), stride, AT_STEPS);
  }

  /** Strikes after every k-th end of an operator's subtask, where k is the stride. */
  void ends(Scenario scenario, int stride) {
    play(scenario, Kind.SUBTASK_END, lab.subtasks(scenario), stride, AT_ENDS);
  }

  private void play(Scenario scenario, Kind kind, int last, int stride, List<Fault> faults) {
    Map<String, Integer> outcomes = new TreeMap<>();
    int next = scenario.name().length();
    for (int number = 1 + next % stride; number <= last; number += stride) {
      Fault fault = faults.get(next++ % faults.size());
      String outcome = strike(scenario, fault, new FaultPoint(kind, number));
      outcomes.merge(fault + " " + outcome, 1, Integer::sum);
    }
    System.out.printf("%s, %s of %d: %s%n", scenario, kind, last, outcomes);
    assertThat(outcomes).hasSizeGreaterThan(1);
  }

  /** Strikes at random; the same seed gives the same fault at the same step of the same run. */
  void random(long seed) {
    Random random = new Random(seed * 0x9E3779B97F4A7C15L);
    Scenario scenario = one(List.of(Scenario.values()), random);
    Fault fault = one(List.of(Fault.values()), random);
    FaultPoint point = new FaultPoint(Kind.STEP, 1 + random.nextInt(lab.steps(scenario)));
    System.out.printf(
        "seed %d: %s at %s of %s: %s%n",
        seed, fault, point, scenario, strike(scenario, fault, point));
  }

  private static <T> T one(List<T> of, Random random) {
    return of.get(random.nextInt(of.size()));
  }

  private String strike(Scenario scenario, Fault fault, FaultPoint point) {
    try {
      return String.valueOf(lab.play(scenario, fault, point));
    } catch (AssertionError | RuntimeException e) {
      throw new AssertionError("%s at %s of %s".formatted(fault, point, scenario), e);
    }
  }
}
