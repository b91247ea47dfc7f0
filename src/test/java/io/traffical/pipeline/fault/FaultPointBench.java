package io.traffical.pipeline.fault;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A fault at every step of a run, at the end of every operator, and two hundred at random: about
 * twelve hundred, each with the run that it strikes and the one after it.
 */
class FaultPointBench {
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
  void theRunAfterAFaultAtAnyStepIsExact(Scenario scenario) {
    new FaultLoop(lab).steps(scenario, 1);
  }

  @ParameterizedTest
  @EnumSource(Scenario.class)
  void theRunAfterAFaultAtTheEndOfAnyOperatorIsExact(Scenario scenario) {
    new FaultLoop(lab).ends(scenario, 1);
  }

  @Test
  void theRunAfterAnyOfTwoHundredRandomFaultsIsExact() {
    for (long seed = 1; seed <= 200; seed++) {
      new FaultLoop(lab).random(seed);
    }
  }
}
