package io.traffical.pipeline.stats;

import static io.traffical.pipeline.stats.Tolerance.assertEstimate;
import static io.traffical.pipeline.stats.Tolerance.assertInference;
import static io.traffical.pipeline.stats.Tolerance.assertP;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import io.traffical.pipeline.stats.ArmEstimate.Kind;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Ratios of sums over units, and means over users of randomised clusters, which are ratios. */
class RatioTest {

  @ParameterizedTest
  @CsvSource({
    "d1.ratio.revenue_per_session, revenue, sessions",
    "d1.ratio.revenue_per_order, revenue, orders"
  })
  void comparesTwentyThousandUnits(String name, String numerator, String denominator) {
    JsonNode expected = Golden.cases(name);
    ArmEstimate control = golden("control", numerator, denominator);
    ArmEstimate treatment = golden("treatment", numerator, denominator);

    assertThat(control.units()).isEqualTo(expected.get("n_control").asLong());
    assertThat(treatment.units()).isEqualTo(expected.get("n_treatment").asLong());
    JsonNode sums = expected.get("suffstats").get("control");
    assertEstimate("numerator", control.numerator(), sums.get("num_sum").asDouble());
    assertEstimate("denominator", control.denominator(), sums.get("den_sum").asDouble());
    assertThat(control.variance()).isNull();
    Golden.assertValues(expected, control, treatment);
    Golden.assertComparison(expected, Comparison.of(control, treatment, 0.95));
  }

  @Test
  void hasNoValueWithoutADenominator() {
    JsonNode edge = Golden.edge("ratio_zero_denominator");
    ArmEstimate control = edge(edge.get("control"));
    ArmEstimate treatment = edge(edge.get("treatment"));

    assertThat(control)
        .isEqualTo(
            new ArmEstimate(Kind.RATIO, 3, 0.0, 0.0, null, null, null, Reason.ZERO_DENOMINATOR));
    Comparison actual = Comparison.of(control, treatment, 0.95);
    assertThat(actual.lift()).isNull();
    assertThat(actual.relativeLift()).isNull();
    assertThat(actual.liftLower()).isNull();
    assertThat(actual.pValue()).isNull();
    assertThat(actual.significant()).isFalse();
    assertThat(actual.reason()).isEqualTo("zero_denominator");
  }

  @Test
  void isUnboundedWhenOneOfSixtyUnitsHasADenominator() {
    double[] numerators = new double[60];
    double[] denominators = new double[60];
    numerators[7] = 30;
    denominators[7] = 4;
    ArmEstimate sparse = Arms.ratio(numerators, denominators);
    double[] ones = new double[60];
    Arrays.fill(ones, 1);
    ArmEstimate usual = Arms.ratio(Arms.normal(new Random(1), 60, 5, 1), ones);

    assertThat(sparse.value()).isEqualTo(7.5);
    assertThat(sparse.standardError()).isNull();
    for (Comparison actual :
        new Comparison[] {
          Comparison.of(sparse, usual, 0.95),
          Comparison.of(usual, sparse, 0.95),
          Comparison.of(sparse, usual, Method.sequential(0.95, 5000))
        }) {
      assertThat(actual.lift()).isNotNull();
      assertThat(actual.relativeLift()).isNotNull();
      assertThat(actual.liftStandardError()).isNull();
      assertThat(actual.liftUpper()).isNull();
      assertThat(actual.pValue()).isNull();
      assertThat(actual.significant()).isFalse();
      assertThat(actual.reason()).isEqualTo("sparse_denominator");
    }
  }

  /** Five units with a denominator are enough, unless one of them has nearly all of it. */
  @Test
  void isSparseBelowFiveUnitsOrWhenTheDenominatorsAreUneven() {
    double[] numerators = {1, 2, 3, 4, 6};
    assertThat(Arms.ratio(numerators, new double[] {1, 1, 1, 1, 0}).reason())
        .isEqualTo(Reason.SPARSE_DENOMINATOR);
    assertThat(Arms.ratio(numerators, new double[] {1, 1, 1, 1, 2}).reason()).isNull();
    assertThat(Arms.ratio(numerators, new double[] {1, 1, 1, 1, 9}).reason())
        .isEqualTo(Reason.SPARSE_DENOMINATOR);
  }

  @Test
  void isTheMeanWhenEveryDenominatorIsOne() {
    double[] values = Arms.normal(new Random(3), 40, 2, 5);
    double[] ones = new double[40];
    Arrays.fill(ones, 1);
    ArmEstimate ratio = Arms.ratio(values, ones);

    assertThat(ratio.value()).isCloseTo(Arms.mean(values).value(), within(1e-15));
    assertInference("se", ratio.standardError(), Arms.mean(values).standardError());
    assertThat(ratio.unitVariance()).isCloseTo(Arms.mean(values).variance(), within(1e-12));
  }

  @Test
  void keepsTheErrorUnderLargeOffsets() {
    double[] small = Arms.normal(new Random(4), 200, 0, 1);
    double[] large = Arrays.stream(small).map(v -> v + 1e9).toArray();
    double[] sizes = Arms.normal(new Random(5), 200, 10, 1);
    double[] offsetBySize = new double[200];
    Arrays.setAll(offsetBySize, i -> small[i] + 1e4 * sizes[i]);
    double[] ones = new double[200];
    Arrays.fill(ones, 1);

    assertInference(
        "of 1e9", Arms.ratio(large, ones).standardError(), Arms.ratio(small, ones).standardError());
    assertThat(Arms.ratio(offsetBySize, sizes).standardError())
        .isCloseTo(Arms.ratio(small, sizes).standardError(), within(1e-8));
  }

  /** Every unit has the ratio 3: that says nothing of the error, so the other arm's is taken. */
  @Test
  void borrowsTheVarianceForAConstantRatio() {
    ArmEstimate constant =
        Arms.ratio(new double[] {3, 6, 9, 3, 6, 9}, new double[] {1, 2, 3, 1, 2, 3});
    ArmEstimate usual = Arms.ratio(new double[] {3, 5, 9, 4, 6}, new double[] {1, 2, 3, 1, 2});

    assertThat(constant.standardError()).isNull();
    Comparison actual = Comparison.of(constant, usual, 0.95);
    assertThat(actual.reason()).isEqualTo("variance_floored");
    assertInference(
        "se", actual.liftStandardError(), usual.standardError() * Math.sqrt(1 + 5.0 / 6));
    assertThat(Comparison.of(constant, constant, 0.95).reason()).isEqualTo("zero_variance");
    assertThat(Comparison.of(constant, usual, Method.sequential(0.95, 5000)).reason())
        .isEqualTo("zero_variance");
  }

  @Test
  void countsNoUnitsAndOneUnit() {
    assertThat(ArmEstimate.ofRatio(PairMoments.EMPTY, 0).reason())
        .isEqualTo(Reason.INSUFFICIENT_UNITS);
    ArmEstimate one = ArmEstimate.ofRatio(PairMoments.of(6, 4), 1);
    assertThat(one.value()).isEqualTo(1.5);
    assertThat(one.reason()).isEqualTo(Reason.INSUFFICIENT_UNITS);
    assertThat(ArmEstimate.ofRatio(PairMoments.of(6, 0), 0).reason())
        .isEqualTo(Reason.ZERO_DENOMINATOR);
    assertThatThrownBy(() -> ArmEstimate.ofRatio(PairMoments.of(6, 4), 2))
        .hasMessageContaining("2 of 1 units");
    assertThatThrownBy(() -> ArmEstimate.ofRatio(PairMoments.of(Double.NaN, 4), 1))
        .hasMessageContaining("not finite");
  }

  /**
   * Users of 100 companies per arm. Expected: statsmodels 0.15.0, OLS with cov_type cluster: CR0
   * (use_correction False) times the root of K / (K - 1), which must be exact; CR1, within 0.5 %;
   * interval and p by scipy 1.17.1's t with Welch's 197.818 degrees of freedom, Fieller's interval
   * by mpmath 1.3.0.
   */
  @Test
  void agreesWithStatsmodelsOnClusters() {
    ArmEstimate control = ArmEstimate.ofClusters(companies(0, 100));
    ArmEstimate treatment = ArmEstimate.ofClusters(companies(1, 100));
    Comparison actual = Comparison.of(control, treatment, 0.95);

    assertThat(control.units()).isEqualTo(100);
    assertEstimate("control", control.value(), 19.913249211356465);
    assertEstimate("treatment", treatment.value(), 19.330218068535824);
    assertInference("se", control.standardError(), 1.043714691556878);
    assertInference("se CR0", actual.liftStandardError(), 1.4541329490614778);
    assertThat(actual.liftStandardError() / 1.451043895609277).isBetween(0.995, 1.005);
    assertInference("lower", actual.liftLower(), -3.4506229772235963);
    assertInference("upper", actual.liftUpper(), 2.284560691582315);
    assertP("p", actual.pValue(), 0.6888914243952358);
    assertInference("relative lower", actual.relativeLiftLower(), -0.1617923756016921);
    assertInference("relative upper", actual.relativeLiftUpper(), 0.1242002768430292);
  }

  /** As above, with 100 and 80 companies, for which the correction differs by arm. */
  @Test
  void countsTheClustersOfEachArm() {
    Comparison actual =
        Comparison.of(
            ArmEstimate.ofClusters(companies(0, 100)),
            ArmEstimate.ofClusters(companies(1, 80)),
            0.95);

    assertThat(actual.liftStandardError() / 1.5182499509218432).isBetween(0.995, 1.005);
    assertInference("lower", actual.liftLower(), -3.838620689991977);
    assertP("p", actual.pValue(), 0.5841964116817281);
  }

  @Test
  void takesTwoClusters() {
    ArmEstimate two = ArmEstimate.ofClusters(Arms.pairs(new double[] {4, 9}, new double[] {4, 6}));

    // Residuals from the ratio 1.3 are -1.2 and 1.2, hence sqrt(2.88 / 2) / 5.
    assertEstimate("value", two.value(), 1.3);
    assertInference("se", two.standardError(), 0.24);
    assertThat(ArmEstimate.ofClusters(PairMoments.of(4, 4)).reason())
        .isEqualTo(Reason.INSUFFICIENT_UNITS);
  }

  private static ArmEstimate golden(String variant, String numerator, String denominator) {
    return Arms.ratio(Golden.values(variant, numerator, 0), Golden.values(variant, denominator, 0));
  }

  private static ArmEstimate edge(JsonNode arm) {
    return Arms.ratio(Golden.numbers(arm.get("num")), Golden.numbers(arm.get("den")));
  }

  private static PairMoments companies(int arm, int count) {
    PairMomentsBuilder builder = new PairMomentsBuilder();
    for (int k = 0; k < count; k++) {
      int users = 1 + (k * 37 + arm * 11) % 12;
      int sum = 0;
      for (int j = 0; j < users; j++) {
        sum += (k * 53 + arm * 7) % 29 + (k * 31 + j * 17 + arm * 5) % 13;
      }
      builder.add(sum, users);
    }
    return builder.toMoments();
  }
}
