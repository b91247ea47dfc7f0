package io.traffical.pipeline.stats;

import static io.traffical.pipeline.stats.Tolerance.assertEstimate;
import static io.traffical.pipeline.stats.Tolerance.assertInference;
import static io.traffical.pipeline.stats.Tolerance.assertP;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.traffical.pipeline.stats.ArmEstimate.Kind;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CupedTest {
  private static final Method FIXED = Method.fixed(0.95);
  private static final double[] SEVENS = {7, 7, 7, 7};

  /** A covariate that is missing is 0, or what the case puts in its place. */
  @ParameterizedTest
  @CsvSource({
    "d1.cuped.revenue.zero_imputed, revenue, pre_revenue, 0",
    "d1.cuped.revenue.mean_imputed, revenue, pre_revenue, 20.94108480841686",
    "d1.cuped.converted.mean_imputed, converted, pre_converted, 0.2072936660268714",
    "d1.cuped_winsorized.revenue.0.99.x_capped_at_y_cap, revenue, pre_revenue, 17.3233732565579"
  })
  void comparesTwentyThousandUnits(String name, String y, String x, double missing) {
    JsonNode expected = Golden.cases(name);
    double cap = expected.path("y_cap").asDouble(Double.POSITIVE_INFINITY);
    Cuped actual = golden(y, x, missing, cap, Kind.MEAN, FIXED);

    assertThat(actual.adjusted()).isTrue();
    Golden.assertComparison(expected, actual.comparison());
    assertInference(
        "reduction", actual.varianceReduction(), expected.get("variance_reduction").asDouble());
  }

  /**
   * Binary outcome and covariate, missing ones 0, all moments with divisor n. Expected: numpy 2.4.6
   * and scipy 1.17.1 on the adjusted values; Fieller's interval by mpmath 1.3.0.
   */
  @Test
  void dividesByTheUnitsWhenBothAreBinary() {
    Cuped actual =
        golden("converted", "pre_converted", 0, Double.POSITIVE_INFINITY, Kind.PROPORTION, FIXED);

    Comparison comparison = actual.comparison();
    assertEstimate("lift", comparison.lift(), 0.007066431219267172);
    assertInference("se", comparison.liftStandardError(), 0.00565149598444259);
    assertInference("lower", comparison.liftLower(), -0.004010967915080701);
    assertInference("upper", comparison.liftUpper(), 0.018143830353615047);
    assertP("p", comparison.pValue(), 0.21118097687218818);
    assertInference("relative lower", comparison.relativeLiftLower(), -0.01909395713341166);
    assertInference("relative upper", comparison.relativeLiftUpper(), 0.0911640739269427);
    assertInference("reduction", actual.varianceReduction(), 0.03084661823575685);
  }

  /** Winsorized and missing ones 0. Expected as above. */
  @Test
  void capsTheCovariateAtTheOutcomesCap() {
    Cuped actual = golden("revenue", "pre_revenue", 0, 391.0211999999998, Kind.MEAN, FIXED);

    assertEstimate("lift", actual.comparison().lift(), -0.40771733622761275);
    assertInference("se", actual.comparison().liftStandardError(), 0.7704068392322145);
    assertInference(
        "relative lower", actual.comparison().relativeLiftLower(), -0.10580107882571942);
    assertInference("relative upper", actual.comparison().relativeLiftUpper(), 0.06651082723262727);
    assertInference("reduction", actual.varianceReduction(), 0.06082311122977779);
  }

  /** As {@code d1.sequential_cuped}, whose missing values are means, and with 0; mpmath 1.3.0. */
  @ParameterizedTest
  @CsvSource({
    "20.94108480841686, -8.673042058601823, 23.922943050718487, -0.37417352371683293,"
        + " 1.1659055162583956",
    "0, -8.629987977389877, 23.964984954528664, -0.37230330388323457, 1.1679945416185675"
  })
  void adjustsSequentialIntervals(
      double missing, double lower, double upper, double relativeLower, double relativeUpper) {
    Comparison actual =
        golden(
                "revenue",
                "pre_revenue",
                missing,
                Double.POSITIVE_INFINITY,
                Kind.MEAN,
                Method.sequential(0.95, 10_000))
            .comparison();

    assertInference("lower", actual.liftLower(), lower);
    assertInference("upper", actual.liftUpper(), upper);
    assertInference("relative lower", actual.relativeLiftLower(), relativeLower);
    assertInference("relative upper", actual.relativeLiftUpper(), relativeUpper);
    assertThat(actual.pValue()).isNull();
    assertThat(actual.significant()).isFalse();
  }

  @Test
  void leavesAConstantCovariateAlone() {
    JsonNode edge = Golden.edge("cuped_constant_covariate");
    double[] control = Golden.numbers(edge.get("control").get("y"));
    double[] treatment = Golden.numbers(edge.get("treatment").get("y"));
    Cuped actual =
        Cuped.compare(
            Arms.pairs(control, SEVENS), Arms.pairs(treatment, SEVENS), Kind.MEAN, 8, FIXED);

    Comparison unadjusted = Comparison.of(Arms.mean(control), Arms.mean(treatment), FIXED);
    assertThat(actual)
        .isEqualTo(new Cuped(unadjusted.with(Reason.COVARIATE_CONSTANT), false, null));
    assertThat(actual.comparison().reason()).isEqualTo("covariate_constant");
  }

  @Test
  void neverWidens() {
    Random random = new Random(11);
    int adjusted = 0;
    for (int i = 0; i < 300; i++) {
      double[] y = Arms.normal(random, 6, 10, 1);
      double[] z = Arms.normal(random, 5, 10, 1);
      PairMoments control = Arms.pairs(y, Arms.normal(random, 6, 3, 1));
      PairMoments treatment = Arms.pairs(z, Arms.normal(random, 5, 3, 1));
      Comparison unadjusted = Comparison.of(Arms.mean(y), Arms.mean(z), FIXED);
      Cuped actual = Cuped.compare(control, treatment, Kind.MEAN, 11, FIXED);
      if (actual.adjusted()) {
        adjusted++;
        assertThat(actual.comparison().liftStandardError())
            .isLessThan(unadjusted.liftStandardError());
        assertThat(actual.varianceReduction()).isBetween(0.0, 1.0);
      } else {
        assertThat(actual).isEqualTo(new Cuped(unadjusted, false, null));
      }
    }
    assertThat(adjusted).isBetween(1, 299);
  }

  @Test
  void needsThreeUnitsWithHistory() {
    PairMoments control = Arms.pairs(new double[] {1, 2, 3, 9}, new double[] {0, 0, 0, 8});
    PairMoments treatment = Arms.pairs(new double[] {2, 2, 3, 9}, new double[] {0, 0, 0, 7});

    assertThat(Cuped.compare(control, treatment, Kind.MEAN, 2, FIXED).adjusted()).isFalse();
    assertThat(Cuped.compare(control, treatment, Kind.MEAN, 3, FIXED).adjusted()).isTrue();
  }

  /** An outcome that the covariate gives whole has no error left to test with. */
  @Test
  void inventsNoErrorWhereHistoryExplainsEverything() {
    double[] x = Arms.normal(new Random(12), 50, 30, 5);
    double[] y = Arrays.stream(x).map(v -> 2 * v + 1).toArray();
    Cuped actual = Cuped.compare(Arms.pairs(y, x), Arms.pairs(y, x), Kind.MEAN, 100, FIXED);

    assertThat(actual.adjusted()).isFalse();
    assertThat(actual.comparison()).isEqualTo(Comparison.of(Arms.mean(y), Arms.mean(y), FIXED));
  }

  @Test
  void keepsTheUnadjustedResultOfDegenerateArms() {
    double[] x = {1, 2, 3, 4};
    Cuped constant =
        Cuped.compare(
            Arms.pairs(SEVENS, x), Arms.pairs(new double[] {1, 2, 3, 5}, x), Kind.MEAN, 8, FIXED);
    assertThat(constant.adjusted()).isFalse();
    assertThat(constant.comparison().reason()).isEqualTo("variance_floored");

    Cuped atBound =
        Cuped.compare(
            Arms.pairs(new double[4], x),
            Arms.pairs(new double[] {0, 1, 0, 1}, x),
            Kind.PROPORTION,
            8,
            FIXED);
    assertThat(atBound.comparison().reason()).isEqualTo("proportion_at_bound,control_zero");

    Cuped single = Cuped.compare(PairMoments.of(1, 2), Arms.pairs(x, x), Kind.MEAN, 5, FIXED);
    assertThat(single.comparison().reason()).isEqualTo("insufficient_units");
    assertThat(Cuped.compare(PairMoments.EMPTY, PairMoments.EMPTY, Kind.MEAN, 0, FIXED).adjusted())
        .isFalse();
  }

  @Test
  void refusesACovariateThatOverflowed() {
    PairMoments arm = Arms.pairs(new double[] {1, 2}, new double[] {1, Double.NaN});
    assertThatThrownBy(() -> Cuped.compare(arm, arm, Kind.MEAN, 4, FIXED))
        .hasMessageContaining("not finite");
  }

  /** One decision, also with the covariance of the adjusted lift and the control. */
  @Test
  void excludesZeroOnBothScalesOrNeither() {
    Random random = new Random(13);
    for (int i = 0; i < 2_000; i++) {
      double base = random.nextInt(-3, 4);
      Comparison actual =
          Cuped.compare(
                  correlated(random, 12, base),
                  correlated(random, 9, base + random.nextGaussian()),
                  Kind.MEAN,
                  21,
                  FIXED)
              .comparison();
      assertThat(actual.liftLower() > 0 || actual.liftUpper() < 0).isEqualTo(actual.significant());
      if (actual.relativeLiftLower() != null) {
        assertThat(actual.relativeLiftLower() > 0 || actual.relativeLiftUpper() < 0)
            .isEqualTo(actual.significant());
      }
    }
  }

  private static PairMoments correlated(Random random, int units, double mean) {
    double[] x = Arms.normal(random, units, 5, 1);
    return Arms.pairs(
        Arrays.stream(x).map(v -> mean + v - 5 + 0.5 * random.nextGaussian()).toArray(), x);
  }

  private static Cuped golden(
      String y, String x, double missing, double cap, Kind kind, Method method) {
    long withHistory =
        Arrays.stream(Golden.values("control", x, Double.NaN)).filter(v -> !Double.isNaN(v)).count()
            + Arrays.stream(Golden.values("treatment", x, Double.NaN))
                .filter(v -> !Double.isNaN(v))
                .count();
    return Cuped.compare(
        Golden.pairs("control", y, x, missing, cap),
        Golden.pairs("treatment", y, x, missing, cap),
        kind,
        withHistory,
        method);
  }
}
