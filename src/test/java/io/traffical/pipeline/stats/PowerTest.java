package io.traffical.pipeline.stats;

import static io.traffical.pipeline.stats.Tolerance.assertInference;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PowerTest {

  /**
   * Expected: statsmodels 0.15.0, solve_power for the control's units, divided by its share:
   * NormalIndPower with alternative larger at alpha / 2, and TTestIndPower, two-sided, which must
   * be within 1 %.
   */
  @ParameterizedTest
  @CsvSource({
    "20, 2500, 0.05, 0.5, 0.5, 0.95, 0.8, 78488.79734351597, 78490.52586881821",
    "0.2, 0.16, 0.02, 0.5, 0.5, 0.95, 0.8, 313955.1893713802, 313956.3411114075",
    "20, 2500, 0.05, 0.8, 0.2, 0.95, 0.8, 122638.74584920525, 122640.36621715061",
    "-20, 2500, 0.05, 0.4, 0.3, 0.9, 0.9, 124889.44053057472, 124890.19412661453",
    "100, 900, 0.1, 0.5, 0.5, 0.99, 0.8, 420.4428518092716, 423.77209997417583"
  })
  void agreesWithStatsmodels(
      double baseline,
      double variance,
      double effect,
      double controlShare,
      double treatmentShare,
      double confidence,
      double power,
      double normal,
      double student) {
    Power plan = new Power(controlShare, treatmentShare, confidence, power);

    long units = plan.requiredUnits(baseline, variance, effect);
    assertThat(units).isEqualTo((long) Math.ceil(normal));
    assertThat(units / student).isBetween(0.99, 1.01);
    assertInference(
        "effect of a million",
        plan.detectableEffect(baseline, variance, 1_000_000),
        effect * Math.sqrt(normal / 1_000_000));
  }

  @Test
  void findsWithTheRequiredUnitsTheEffectThatTheyWereRequiredFor() {
    Power plan = Power.of(0.5, 0.3, 0.95);
    long units = plan.requiredUnits(4, 7, 0.03);

    assertThat(plan.detectableEffect(4, 7, units)).isLessThanOrEqualTo(0.03);
    assertThat(plan.detectableEffect(4, 7, units - 1)).isGreaterThan(0.03);
  }

  /** A quarter of the variance gone is a quarter of the units. */
  @Test
  void takesTheVarianceThatAnAdjustmentLeaves() {
    Power plan = Power.of(0.5, 0.5, 0.95);
    assertThat(plan.requiredUnits(4, 7 * 0.75, 0.01) / (double) plan.requiredUnits(4, 7, 0.01))
        .isBetween(0.7499, 0.7501);
  }

  @Test
  void hasNothingRelativeToABaselineOfZero() {
    Power plan = Power.of(0.5, 0.5, 0.95);
    assertThat(plan.requiredUnits(0, 7, 0.01)).isNull();
    assertThat(plan.detectableEffect(0, 7, 100)).isNull();
  }

  @Test
  void refusesWhatHasNoMeaning() {
    assertThatThrownBy(() -> Power.of(0, 0.5, 0.95)).hasMessageContaining("found 0.0 and 0.5");
    assertThatThrownBy(() -> Power.of(0.7, 0.5, 0.95)).hasMessageContaining("1 at most");
    assertThatThrownBy(() -> Power.of(0.5, 0.5, 95)).hasMessageContaining("confidence");
    assertThatThrownBy(() -> new Power(0.5, 0.5, 0.95, 1)).hasMessageContaining("found 1.0");
    Power plan = Power.of(0.5, 0.5, 0.95);
    assertThatThrownBy(() -> plan.requiredUnits(4, 0, 0.01)).hasMessageContaining("variance");
    assertThatThrownBy(() -> plan.requiredUnits(4, 7, 0)).hasMessageContaining("effect");
    assertThatThrownBy(() -> plan.detectableEffect(4, 7, 0)).hasMessageContaining("units");
  }
}
