package io.traffical.pipeline.stats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.traffical.pipeline.stats.ArmEstimate.Kind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class ArmEstimateTest {

  @Test
  void estimatesAMean() {
    assertThat(Arms.mean(1, 2, 3, 6))
        .isEqualTo(
            new ArmEstimate(Kind.MEAN, 4, 12.0, 4.0, 3.0, 14.0 / 3, Math.sqrt(14.0 / 3) / 2, null));
  }

  @Test
  void estimatesAProportion() {
    assertThat(Arms.proportion(1, 4))
        .isEqualTo(
            new ArmEstimate(
                Kind.PROPORTION, 4, 1.0, 4.0, 0.25, 0.1875, Math.sqrt(0.1875) / 2, null));
  }

  @ParameterizedTest
  @EnumSource(
      value = Kind.class,
      names = {"MEAN", "PROPORTION"})
  void estimatesNothingWithoutUnits(Kind kind) {
    assertThat(ArmEstimate.of(kind, Moments.EMPTY))
        .isEqualTo(new ArmEstimate(kind, 0, 0.0, 0.0, null, null, null, Reason.INSUFFICIENT_UNITS));
  }

  @Test
  void hasNoVarianceOfAMeanBelowTwoUnits() {
    assertThat(Arms.mean(7))
        .isEqualTo(
            new ArmEstimate(Kind.MEAN, 1, 7.0, 1.0, 7.0, null, null, Reason.INSUFFICIENT_UNITS));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 50})
  void inventsNoErrorOfZero(int units) {
    if (units > 0) {
      assertThat(Arms.proportion(0, units).variance()).isZero();
      assertThat(Arms.proportion(units, units).variance()).isZero();
    }
    assertThat(Arms.proportion(0, units).standardError()).isNull();
    assertThat(Arms.proportion(units, units).standardError()).isNull();
    assertThat(Arms.mean(new double[units]).standardError()).isNull();
  }

  @Test
  void givesExactlyZeroWhenValuesCancel() {
    assertThat(Arms.mean(-1, 1, -2, 2, 1e17, 3, -1e17, -3).value()).isZero();
  }

  @Test
  void knowsWhatAUnitContributes() {
    assertThat(Arms.mean(1, 2, 3, 6).unitVariance()).isCloseTo(14.0 / 3, within(1e-14));
    assertThat(Arms.proportion(1, 4).unitVariance()).isCloseTo(0.1875, within(1e-15));
    assertThat(Arms.mean(7).unitVariance()).isNull();
  }

  @Test
  void refusesMomentsThatOverflowedOrAreNoProportion() {
    assertThatThrownBy(() -> Arms.mean(1e200, -1e200)).hasMessageContaining("not finite");
    for (Moments moments : new Moments[] {Arms.moments(1, 2), Arms.moments(0.5), Moments.of(-1)}) {
      assertThatThrownBy(() -> ArmEstimate.of(Kind.PROPORTION, moments))
          .hasMessageContaining("one 0 or 1 per unit");
    }
    assertThatThrownBy(() -> ArmEstimate.of(Kind.RATIO, Moments.of(1)))
        .hasMessageContaining("gives no RATIO");
  }
}
