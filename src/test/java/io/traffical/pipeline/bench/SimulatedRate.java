package io.traffical.pipeline.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Locale;

/** How often something happened in simulated experiments. */
final class SimulatedRate {
  /** A rate that is right is further off once in 16,000 simulations. */
  private static final double ERRORS = 4;

  private final String what;
  private final int experiments;
  private int happened;

  SimulatedRate(String what, int experiments) {
    this.what = what;
    this.experiments = experiments;
  }

  void count(boolean hasHappened) {
    happened += hasHappened ? 1 : 0;
  }

  /** Says the rate without judging it. */
  void show() {
    say("");
  }

  /** Asserts that the rate is the nominal one, up to the binomial error. */
  void assertNominal(double nominal) {
    say(String.format(Locale.ROOT, "%.2f %% ± %.2f", 100 * nominal, 100 * error(nominal)));
    assertThat(rate()).as(what).isBetween(nominal - error(nominal), nominal + error(nominal));
  }

  /** Asserts that the rate is not above the nominal one, up to the binomial error. */
  void assertAtMost(double nominal) {
    say(String.format(Locale.ROOT, "≤ %.2f %% + %.2f", 100 * nominal, 100 * error(nominal)));
    assertThat(rate()).as(what).isLessThanOrEqualTo(nominal + error(nominal));
  }

  /** Asserts that the rate is at least this one: the simulation can tell the difference. */
  void assertAtLeast(double least) {
    say(String.format(Locale.ROOT, "≥ %.2f %%", 100 * least));
    assertThat(rate()).as(what).isGreaterThanOrEqualTo(least);
  }

  private double rate() {
    return happened / (double) experiments;
  }

  private double error(double nominal) {
    return ERRORS * Math.sqrt(nominal * (1 - nominal) / experiments);
  }

  private void say(String expected) {
    Progress.say(
        String.format(
            Locale.ROOT, "| %s | %,d | %.2f %% | %s |", what, experiments, 100 * rate(), expected));
  }
}
