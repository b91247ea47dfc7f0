package io.traffical.pipeline.fault;

import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Faults at some steps of a run, where a step is what a client sends to the database before it
 * waits for an answer, and at the ends of some operators; {@link FaultPointBench} takes all. A
 * failure names its seed, and {@code -Dtraffical.fault.seed=N} plays that one again.
 */
class FaultPointIT {
  private static FaultLab lab;

  @BeforeAll
  static void startLab() {
    lab = new FaultLab();
  }

  @AfterAll
  static void closeLab() {
    lab.close();
  }

  @ParameterizedTest
  @EnumSource(Scenario.class)
  void g7_theRunAfterAFaultAtTheKthStepIsExact(Scenario scenario) {
    new FaultLoop(lab).steps(scenario, 17);
  }

  @ParameterizedTest
  @EnumSource(Scenario.class)
  void g7_theRunAfterAFaultAtTheEndOfAnOperatorIsExact(Scenario scenario) {
    new FaultLoop(lab).ends(scenario, 7);
  }

  static LongStream seeds() {
    String one = System.getProperty("traffical.fault.seed", "");
    return one.isEmpty() || one.startsWith("$")
        ? LongStream.rangeClosed(1, 10)
        : LongStream.of(Long.parseLong(one));
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void g8_theRunAfterARandomFaultIsExact(long seed) {
    new FaultLoop(lab).random(seed);
  }
}
