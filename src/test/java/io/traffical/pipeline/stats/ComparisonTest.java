package io.traffical.pipeline.stats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ComparisonTest {

  @Test
  void hasNoLiftWithoutUnitsInBothArms() {
    for (List<ArmEstimate> arms :
        List.of(
            List.of(Arms.mean(), Arms.mean(1, 2)),
            List.of(Arms.mean(1, 2), Arms.mean()),
            List.of(Arms.proportion(0, 0), Arms.proportion(0, 0)))) {
      assertThat(Comparison.of(arms.get(0), arms.get(1), 0.95))
          .isEqualTo(nothingBut(null, null, Reason.INSUFFICIENT_UNITS));
    }
  }

  @Test
  void showsOnlyTheLiftOfASingleUnit() {
    assertThat(Comparison.of(Arms.mean(1), Arms.mean(2, 3, 4), 0.95))
        .isEqualTo(nothingBut(2.0, null, Reason.INSUFFICIENT_UNITS));
    assertThat(Comparison.of(Arms.proportion(3, 9), Arms.proportion(1, 1), 0.95))
        .isEqualTo(nothingBut(1 - 3.0 / 9, null, Reason.INSUFFICIENT_UNITS));
  }

  @Test
  void testsNothingWithoutVarianceInBothArms() {
    assertThat(Comparison.of(Arms.mean(4, 4), Arms.mean(5, 5, 5), 0.95))
        .isEqualTo(nothingBut(1.0, 0.25, Reason.ZERO_VARIANCE));
    assertThat(Comparison.of(Arms.mean(0, 0), Arms.mean(5, 5, 5), 0.95))
        .isEqualTo(nothingBut(5.0, null, Reason.ZERO_VARIANCE, Reason.CONTROL_ZERO));
  }

  @Test
  void borrowsTheVarianceForAConstantTreatmentToo() {
    Comparison actual = Comparison.of(Arms.mean(9, 10, 11, 12), Arms.mean(3, 3, 3), 0.95);

    // s2 = 5/3 in both arms; scipy 1.17.1 with the Welch-Satterthwaite df of n = 4 and 3, 4.4545.
    Tolerance.assertInference("se", actual.liftStandardError(), Math.sqrt(5.0 / 12 + 5.0 / 9));
    Tolerance.assertInference("upper", actual.liftUpper(), -4.869115394707691);
    Tolerance.assertP("p", actual.pValue(), 0.0010291004420034534);
    assertThat(actual.reasons()).containsExactly(Reason.VARIANCE_FLOORED);
    assertThat(actual.relativeLiftLower()).isNotNull();
  }

  @Test
  void leavesTheRelativeIntervalOpenWhenTheControlMayBeZero() {
    Comparison actual = Comparison.of(Arms.mean(-1, 1, -2, 2.1), Arms.mean(9, 8, 9, 8), 0.95);

    assertThat(actual.significant()).isTrue();
    assertThat(actual.relativeLift()).isPositive();
    assertThat(actual.relativeLiftLower()).isNull();
    assertThat(actual.relativeLiftUpper()).isNull();
    assertThat(actual.reason()).isEqualTo("relative_unbounded");
  }

  @Test
  void keepsTheRelativeLiftOfAProportionAtABound() {
    Comparison actual = Comparison.of(Arms.proportion(10, 20), Arms.proportion(20, 20), 0.95);

    assertThat(actual.lift()).isEqualTo(0.5);
    assertThat(actual.relativeLift()).isEqualTo(1.0);
    assertThat(actual.significant()).isTrue();
    assertThat(actual.reason()).isEqualTo("proportion_at_bound");
    Comparison fromZero = Comparison.of(Arms.proportion(0, 20), Arms.proportion(9, 20), 0.95);
    assertThat(fromZero.reason()).isEqualTo("proportion_at_bound,control_zero");
  }

  @Test
  void clipsAnIntervalOfProportions() {
    Comparison actual = Comparison.of(Arms.proportion(0, 2), Arms.proportion(2, 2), 0.999);

    assertThat(actual.liftUpper()).isEqualTo(1);
    assertThat(actual.liftLower()).isBetween(-1.0, 0.0);
    assertThat(actual.significant()).isFalse();
  }

  @Test
  void keepsItsDigitsNearTheEndsOfTheRange() {
    Comparison large =
        Comparison.of(Arms.mean(7e150, 8e150, 9e150), Arms.mean(7e150, 9e150, 10e150), 0.95);
    Comparison small =
        Comparison.of(Arms.mean(7e-150, 8e-150, 9e-150), Arms.mean(7e-150, 9e-150, 10e-150), 0.95);

    Tolerance.assertInference("p", large.pValue(), small.pValue());
    Tolerance.assertInference("lower", large.relativeLiftLower(), small.relativeLiftLower());
  }

  @ParameterizedTest
  @CsvSource({"0.95, 0.05", "0.9, 0.1", "0.99, 0.01", "0.8, 0.2", "0.999, 0.001"})
  void testsAtTheLevelThatAReaderComparesWith(double confidence, double alpha) {
    assertThat(Method.fixed(confidence).alpha()).isEqualTo(alpha);
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, 1, 95, -0.5, Double.NaN})
  void refusesAConfidenceThatIsNoShare(double confidence) {
    assertThatThrownBy(() -> Comparison.of(Arms.mean(1, 2), Arms.mean(1, 2), confidence))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("confidence: must be between 0 and 1, such as 0.95; found " + confidence);
  }

  @Test
  void refusesArmsOfDifferentKinds() {
    assertThatThrownBy(() -> Comparison.of(Arms.mean(1, 2), Arms.proportion(1, 2), 0.95))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("found MEAN and PROPORTION");
  }

  private static Comparison nothingBut(Double lift, Double relativeLift, Reason... reasons) {
    return new Comparison(
        lift, null, null, null, relativeLift, null, null, null, false, Set.of(reasons));
  }
}
