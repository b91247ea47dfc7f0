package io.traffical.pipeline.stats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

/** How close numbers must be to those of an independent tool. */
final class Tolerance {
  private Tolerance() {}

  /** For counts, sums and point estimates. */
  static void assertEstimate(String what, Double actual, double expected) {
    assertRelative(what, actual, expected, 1e-9);
  }

  /** For standard errors and intervals. */
  static void assertInference(String what, Double actual, double expected) {
    assertRelative(what, actual, expected, 1e-7);
  }

  /** For p-values: relative, and the logarithm where they are tiny. */
  static void assertP(String what, Double actual, double expected) {
    if (expected >= 1e-12) {
      assertRelative(what, actual, expected, 1e-7);
    } else {
      assertRelative("log of " + what, Math.log(actual), Math.log(expected), 1e-7);
    }
  }

  private static void assertRelative(String what, Double actual, double expected, double share) {
    assertThat(actual).as(what).isCloseTo(expected, within(Math.abs(expected) * share));
  }
}
