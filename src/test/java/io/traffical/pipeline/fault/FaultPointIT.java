package io.traffical.pipeline.fault;

import static org.assertj.core.api.Assertions.assertThat;

import io.traffical.pipeline.testing.SharedCluster;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Faults at steps of a run, where a step is what a client sends to the database before it waits for
 * an answer. {@code -Dtraffical.fault.stride=1} takes every step instead of a few, {@code
 * -Dtraffical.fault.seeds=N} draws N faults; a failure names its seed, and {@code
 * -Dtraffical.fault.seed=N} plays that one again.
 */
class FaultPointIT {
  private static final List<Fault> QUICK =
      List.of(
          Fault.CUT_BEFORE, Fault.CUT_AFTER, Fault.REFUSED, Fault.TASK_MANAGER, Fault.CANCELLED);

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
  @EnumSource(Scenario.class)
  void g7_theRunAfterAFaultAtTheKthStepIsExact(Scenario scenario) {
    int stride = number("traffical.fault.stride", 17);
    int steps = lab.steps(scenario);
    Map<String, Integer> outcomes = new TreeMap<>();
    int next = scenario.name().length();
    for (int step = 1 + next % stride; step <= steps; step += stride) {
      Fault fault = QUICK.get(next++ % QUICK.size());
      outcomes.merge(fault + " " + strike(scenario, fault, step), 1, Integer::sum);
    }
    System.out.printf("%s of %d steps: %s%n", scenario, steps, outcomes);
    assertThat(outcomes).hasSizeGreaterThan(2);
  }

  static LongStream seeds() {
    int one = number("traffical.fault.seed", 0);
    return one != 0
        ? LongStream.of(one)
        : LongStream.rangeClosed(1, number("traffical.fault.seeds", 10));
  }

  /** The same seed gives the same fault at the same step of the same run. */
  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void g8_theRunAfterARandomFaultIsExact(long seed) {
    Random random = new Random(seed * 0x9E3779B97F4A7C15L);
    Scenario scenario = one(List.of(Scenario.values()), random);
    Fault fault = one(List.of(Fault.values()), random);
    int step = 1 + random.nextInt(lab.steps(scenario));
    System.out.printf(
        "seed %d: %s at step %d of %s: %s%n",
        seed, fault, step, scenario, strike(scenario, fault, step));
  }

  private static <T> T one(List<T> of, Random random) {
    return of.get(random.nextInt(of.size()));
  }

  private static String strike(Scenario scenario, Fault fault, int step) {
    try {
      return String.valueOf(lab.play(scenario, fault, step));
    } catch (AssertionError | RuntimeException e) {
      throw new AssertionError(
          "%s at step %d of %d of %s".formatted(fault, step, lab.steps(scenario), scenario), e);
    }
  }

  private static int number(String property, int otherwise) {
    String value = System.getProperty(property, "");
    return value.isEmpty() || value.startsWith("$") ? otherwise : Integer.parseInt(value);
  }
}
