package io.traffical.pipeline.stats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GuardrailStatusTest {

  /** Against a tolerated change of 5 %; the ends themselves decide nothing. */
  @ParameterizedTest
  @CsvSource({
    "-0.04, 0.10, passing, insufficient_data",
    "-0.05, 0.10, insufficient_data, insufficient_data",
    "-0.20, -0.06, failing, passing",
    "-0.20, -0.05, insufficient_data, passing",
    "-0.20, 0.05, insufficient_data, insufficient_data",
    "-0.20, 0.20, insufficient_data, insufficient_data",
    "0.04, 0.20, passing, insufficient_data",
    "0.06, 0.20, passing, failing",
    "-0.04, 0.04, passing, passing"
  })
  void saysWhatTheIntervalRulesOut(
      double lower, double upper, String mustNotDecrease, String mustNotIncrease) {
    Comparison comparison = between(lower, upper);

    assertThat(GuardrailStatus.mustNotDecrease(comparison, 0.05).text()).isEqualTo(mustNotDecrease);
    assertThat(GuardrailStatus.mustNotIncrease(comparison, 0.05).text()).isEqualTo(mustNotIncrease);
  }

  @Test
  void knowsNothingWithoutARelativeInterval() {
    Comparison comparison = between(null, null);

    assertThat(GuardrailStatus.mustNotDecrease(comparison, 0))
        .isEqualTo(GuardrailStatus.INSUFFICIENT_DATA);
    assertThat(GuardrailStatus.mustNotIncrease(comparison, 0))
        .isEqualTo(GuardrailStatus.INSUFFICIENT_DATA);
  }

  @ParameterizedTest
  @ValueSource(doubles = {-0.01, Double.NaN, Double.POSITIVE_INFINITY})
  void refusesAThresholdThatIsNoShare(double threshold) {
    assertThatThrownBy(() -> GuardrailStatus.mustNotDecrease(between(0.0, 1.0), threshold))
        .hasMessage("threshold: must be at least 0, such as 0.01; found " + threshold);
    assertThatThrownBy(() -> GuardrailStatus.mustNotIncrease(between(0.0, 1.0), threshold))
        .hasMessageContaining("found " + threshold);
  }

  private static Comparison between(Double lower, Double upper) {
    return new Comparison(1.0, 1.0, 0.0, 2.0, 0.0, lower, upper, 0.5, false, Set.of());
  }
}
