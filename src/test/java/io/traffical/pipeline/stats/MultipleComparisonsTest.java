package io.traffical.pipeline.stats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class MultipleComparisonsTest {

  /** P-values; by Holm; by Benjamini and Hochberg: statsmodels 0.15.0, multipletests. */
  static Stream<Arguments> families() {
    return Stream.of(
        Arguments.of(
            new double[] {0.01, 0.04, 0.03, 0.005},
            new double[] {0.03, 0.06, 0.06, 0.02},
            new double[] {0.02, 0.04, 0.04, 0.02}),
        Arguments.of(
            new double[] {0.001, 0.008, 0.039, 0.041, 0.042, 0.06, 0.074, 0.205, 0.212, 0.216},
            new double[] {0.01, 0.072, 0.312, 0.312, 0.312, 0.312, 0.312, 0.615, 0.615, 0.615},
            new double[] {
              0.01, 0.04, 0.084, 0.084, 0.084, 0.1, 0.10571428571428572, 0.216, 0.216, 0.216
            }),
        Arguments.of(new double[] {0.2}, new double[] {0.2}, new double[] {0.2}),
        Arguments.of(
            new double[] {0.5, 0.9, 0.4}, new double[] {1, 1, 1}, new double[] {0.75, 0.9, 0.75}),
        Arguments.of(
            new double[] {0.02, 0.02, 0.02},
            new double[] {0.06, 0.06, 0.06},
            new double[] {0.02, 0.02, 0.02}),
        Arguments.of(
            new double[] {1e-300, 1, 0, 0.3},
            new double[] {3e-300, 1, 0, 0.6},
            new double[] {2e-300, 1, 0, 0.4}),
        Arguments.of(new double[0], new double[0], new double[0]));
  }

  @ParameterizedTest
  @MethodSource("families")
  void agreesWithStatsmodels(double[] pValues, double[] holm, double[] benjaminiHochberg) {
    assertThat(MultipleComparisons.holm(pValues)).containsExactly(holm, within(1e-15));
    assertThat(MultipleComparisons.benjaminiHochberg(pValues))
        .containsExactly(benjaminiHochberg, within(1e-15));
  }

  @Test
  void neverMakesATestMoreSignificantAndKeepsTheOrder() {
    Random random = new Random(5);
    for (int i = 0; i < 200; i++) {
      double[] pValues = random.doubles(1 + random.nextInt(20)).toArray();
      Arrays.sort(pValues);
      for (UnaryOperator<double[]> adjust : adjustments()) {
        double[] adjusted = adjust.apply(pValues);
        for (int k = 0; k < adjusted.length; k++) {
          assertThat(adjusted[k]).isBetween(pValues[k], 1.0);
        }
        assertThat(adjusted).isSorted();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(doubles = {-0.1, 1.1, Double.NaN})
  void refusesWhatIsNoProbability(double p) {
    for (UnaryOperator<double[]> adjust : adjustments()) {
      assertThatThrownBy(() -> adjust.apply(new double[] {0.1, p}))
          .hasMessage("p-values: must be between 0 and 1; found " + p);
    }
  }

  private static List<UnaryOperator<double[]>> adjustments() {
    return List.of(MultipleComparisons::holm, MultipleComparisons::benjaminiHochberg);
  }
}
