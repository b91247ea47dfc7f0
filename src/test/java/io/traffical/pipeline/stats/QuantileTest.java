package io.traffical.pipeline.stats;

import static io.traffical.pipeline.stats.Tolerance.assertEstimate;
import static io.traffical.pipeline.stats.Tolerance.assertInference;
import static io.traffical.pipeline.stats.Tolerance.assertP;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Arrays;
import java.util.List;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class QuantileTest {

  @ParameterizedTest
  @ValueSource(strings = {"d1.percentile.revenue.p95", "d1.percentile.revenue.p99"})
  void comparesPercentilesOfTwentyThousandUnits(String name) {
    JsonNode expected = Golden.cases(name);
    double q = expected.get("q").asDouble();
    ArmEstimate control = golden(expected, "control", q);
    ArmEstimate treatment = golden(expected, "treatment", q);

    assertThat(control.units()).isEqualTo(expected.get("n_control").asLong());
    Golden.assertValues(expected, control, treatment);
    Golden.assertComparison(expected, Comparison.of(control, treatment, 0.95));
  }

  @ParameterizedTest
  @ValueSource(strings = {"d1.percentile.sessions.p50", "d1.percentile.revenue.p50"})
  void inventsNoErrorFromAnAtom(String name) {
    JsonNode expected = Golden.cases(name);
    ArmEstimate control = golden(expected, "control", 0.5);
    ArmEstimate treatment = golden(expected, "treatment", 0.5);

    assertEstimate("control", control.value(), expected.get("control_arm").get("hat").asDouble());
    assertThat(control.standardError()).isNull();
    for (Method method : List.of(Method.fixed(0.95), Method.sequential(0.95, 5000))) {
      Comparison actual = Comparison.of(control, treatment, method);
      assertThat(actual.lift()).isZero();
      assertThat(actual.liftStandardError()).isNull();
      assertThat(actual.liftLower()).isNull();
      assertThat(actual.pValue()).isNull();
      assertThat(actual.significant()).isFalse();
      assertThat(actual.reason()).endsWith("atom_at_quantile");
    }
  }

  /**
   * Several events per unit, of 400 and 300 units. Expected: numpy 2.4.6 (quantile, linear) and
   * scipy 1.17.1 for t, from the formulae of the specification applied to the unit-level values;
   * Fieller's interval by mpmath 1.3.0.
   */
  @ParameterizedTest
  @CsvSource({
    "0.5, 50.47872340425532, 53.308510638297875, 2.883325652016102, 3.389147520934834,"
        + " 4.449706477312049, -5.908053465875346, 0.5250375953596412, -0.10935638266750737,"
        + " 0.248385591353403",
    "0.9, 90.59574468085107, 92.8063829787234, 1.6818931274406892, 2.0044275461965735,"
        + " 2.6165806465851267, -2.9275888221156387, 0.3985094606139772, -0.03158174281764726,"
        + " 0.08311057059914387"
  })
  void widensTheErrorForEventsOfTheSameUnit(
      double q,
      double control,
      double treatment,
      double controlError,
      double treatmentError,
      double error,
      double lower,
      double p,
      double relativeLower,
      double relativeUpper) {
    ArmEstimate a = events(0, 400, q);
    ArmEstimate b = events(1, 300, q);
    Comparison actual = Comparison.of(a, b, 0.95);

    assertThat(a.units()).isEqualTo(400);
    assertThat(a.numerator()).isNull();
    assertThat(a.denominator()).isNull();
    assertThat(a.variance()).isNull();
    assertEstimate("control", a.value(), control);
    assertEstimate("treatment", b.value(), treatment);
    assertInference("se of control", a.standardError(), controlError);
    assertInference("se of treatment", b.standardError(), treatmentError);
    assertInference("se", actual.liftStandardError(), error);
    assertInference("lower", actual.liftLower(), lower);
    assertP("p", actual.pValue(), p);
    assertInference("relative lower", actual.relativeLiftLower(), relativeLower);
    assertInference("relative upper", actual.relativeLiftUpper(), relativeUpper);
  }

  @Test
  void takesOneEventPerUnitForIndependent() {
    double[] values = new double[200];
    Arrays.setAll(values, i -> i * i);
    QuantileProbabilities at = QuantileProbabilities.of(0.5, 200, 0.95);
    double value = QuantilePosition.valueIn(values, 0.5);
    double lower = QuantilePosition.valueIn(values, at.lower());
    double upper = QuantilePosition.valueIn(values, at.upper());
    double[] ones = new double[200];
    Arrays.fill(ones, 1);
    double[] isBelow = Arrays.stream(values).map(v -> v <= value ? 1 : 0).toArray();

    assertThat(ArmEstimate.ofQuantile(at, value, lower, upper, Arms.pairs(isBelow, ones)))
        .isEqualTo(ArmEstimate.ofQuantile(at, value, lower, upper));
  }

  /** n > z^2 max(q / (1 - q), (1 - q) / q): above 72.99 for 0.95 and 3.84 for the median. */
  @ParameterizedTest
  @CsvSource({
    "0.95, 72, false",
    "0.95, 73, true",
    "0.05, 72, false",
    "0.05, 73, true",
    "0.5, 3, false",
    "0.5, 4, true",
    "0.5, 0, false"
  })
  void needsEnoughValuesAroundThePercentile(double q, long values, boolean isInRange) {
    assertThat(QuantileProbabilities.of(q, values, 0.95).isInRange()).isEqualTo(isInRange);
  }

  @Test
  void saysWhyAPercentileCannotBeTested() {
    QuantileProbabilities few = QuantileProbabilities.of(0.95, 40, 0.95);
    ArmEstimate outOfRange = ArmEstimate.ofQuantile(few, 7.0, null, null, sameShares(20, 1, 2));
    assertThat(outOfRange.value()).isEqualTo(7);
    assertThat(outOfRange.units()).isEqualTo(20);
    assertThat(outOfRange.reason()).isEqualTo(Reason.QUANTILE_OUT_OF_RANGE);
    assertThat(Comparison.of(outOfRange, outOfRange, 0.95).reason())
        .isEqualTo("quantile_out_of_range");

    ArmEstimate oneUnit =
        ArmEstimate.ofQuantile(
            QuantileProbabilities.of(0.5, 900, 0.95), 7.0, 6.0, 8.0, sameShares(1, 450, 900));
    assertThat(oneUnit.reason()).isEqualTo(Reason.INSUFFICIENT_UNITS);
    assertThat(Comparison.of(oneUnit, oneUnit, 0.95).lift()).isZero();

    ArmEstimate none =
        ArmEstimate.ofQuantile(
            QuantileProbabilities.of(0.5, 0, 0.95), null, null, null, PairMoments.EMPTY);
    assertThat(none.value()).isNull();
    assertThat(none.numerator()).isNull();
    assertThat(none.reason()).isEqualTo(Reason.INSUFFICIENT_UNITS);
    assertThat(Comparison.of(none, outOfRange, 0.95).reason()).isEqualTo("insufficient_units");

    ArmEstimate alike =
        ArmEstimate.ofQuantile(
            QuantileProbabilities.of(0.5, 40, 0.95), 7.0, 6.0, 8.0, sameShares(20, 1, 2));
    assertThat(alike.standardError()).isNull();
    assertThat(alike.reason()).isEqualTo(Reason.ZERO_VARIANCE);
  }

  /** One unit has nearly all events: its share is the arm's, and would look certain. */
  @Test
  void doesNotTrustAPercentileThatOneUnitMakesUp() {
    PairMoments shares = PairMoments.of(500_000, 1_000_000).merge(sameShares(50, 1, 3));
    QuantileProbabilities at = QuantileProbabilities.of(0.5, 1_000_150, 0.95);

    assertThat(ArmEstimate.ofQuantile(at, 7.0, 6.9, 7.1, shares).reason())
        .isEqualTo(Reason.SPARSE_DENOMINATOR);
  }

  @Test
  void refusesSharesOfOtherValues() {
    QuantileProbabilities at = QuantileProbabilities.of(0.5, 41, 0.95);
    assertThatThrownBy(() -> ArmEstimate.ofQuantile(at, 7.0, 6.0, 8.0, sameShares(20, 1, 2)))
        .hasMessage("percentile: of 41 values, but its units have 40.0");
    assertThatThrownBy(() -> QuantileProbabilities.of(1, 41, 0.95))
        .hasMessageContaining("found 1.0");
    assertThatThrownBy(() -> QuantileProbabilities.of(0.5, -1, 0.95))
        .hasMessageContaining("-1 values");
  }

  /** Expected: numpy 2.4.6, quantile with method linear, which is type 7. */
  @ParameterizedTest
  @CsvSource({"0, 10", "0.5, 25", "0.25, 17.5", "0.9, 37", "1, 40"})
  void interpolatesBetweenNeighbours(double probability, double expected) {
    assertThat(QuantilePosition.valueIn(new double[] {10, 20, 30, 40}, probability))
        .isCloseTo(expected, within(1e-14));
  }

  /** Winsorization caps at the percentile of both arms' totals together, zeros included. */
  @ParameterizedTest
  @ValueSource(strings = {"0.95", "0.99", "0.999"})
  void givesTheCapOfBothArmsPooled(String winsorizeAt) {
    JsonNode expected = Golden.cases("d1.winsorized.revenue." + winsorizeAt + ".percentile_cont");
    double[] pooled =
        DoubleStream.concat(
                Arrays.stream(Golden.values("control", "revenue", 0)),
                Arrays.stream(Golden.values("treatment", "revenue", 0)))
            .sorted()
            .toArray();

    double cap = QuantilePosition.valueIn(pooled, Double.parseDouble(winsorizeAt));
    assertEstimate("cap", cap, expected.get("cap").asDouble());
    assertThat(Arrays.stream(pooled).filter(v -> v > cap).count())
        .isEqualTo(expected.get("units_capped").asLong());
  }

  @Test
  void placesAQuantileAmongManyValues() {
    assertThat(QuantilePosition.of(1, 0.99)).isEqualTo(new QuantilePosition(0, 0));
    assertThat(QuantilePosition.of(5, 0.5)).isEqualTo(new QuantilePosition(2, 0));
    assertThat(QuantilePosition.of(4_000_000_001L, 0.5).index()).isEqualTo(2_000_000_000L);
    assertThat(new QuantilePosition(2, 0).between(7, Double.NaN)).isEqualTo(7);
    assertThatThrownBy(() -> QuantilePosition.of(0, 0.5)).hasMessageContaining("0 values");
    assertThatThrownBy(() -> QuantilePosition.of(3, 1.5)).hasMessageContaining("1.5");
  }

  private static ArmEstimate golden(JsonNode expected, String variant, double q) {
    double[] values = Golden.values(variant, expected.get("column").asText(), 0);
    Arrays.sort(values);
    QuantileProbabilities at = QuantileProbabilities.of(q, values.length, 0.95);
    JsonNode arm = expected.get(variant + "_arm");
    double lower = QuantilePosition.valueIn(values, at.lower());
    double upper = QuantilePosition.valueIn(values, at.upper());
    assertInference("lower level", at.lower(), arm.get("lower_level").asDouble());
    assertInference("upper level", at.upper(), arm.get("upper_level").asDouble());
    assertInference("lower", lower, arm.get("lower").asDouble());
    assertInference("upper", upper, arm.get("upper").asDouble());
    return ArmEstimate.ofQuantile(at, QuantilePosition.valueIn(values, q), lower, upper);
  }

  private static ArmEstimate events(int arm, int units, double q) {
    double[][] ofUnit = new double[units][];
    for (int k = 0; k < units; k++) {
      ofUnit[k] = new double[1 + (k * 37) % 4];
      for (int j = 0; j < ofUnit[k].length; j++) {
        ofUnit[k][j] = (k * 53) % 101 + ((k * 31 + j * 17 + k * j * 7) % 47) / 47.0 + arm * 2;
      }
    }
    double[] values = Arrays.stream(ofUnit).flatMapToDouble(Arrays::stream).sorted().toArray();
    QuantileProbabilities at = QuantileProbabilities.of(q, values.length, 0.95);
    double value = QuantilePosition.valueIn(values, q);
    PairMomentsBuilder shares = new PairMomentsBuilder();
    for (double[] unit : ofUnit) {
      shares.add((double) Arrays.stream(unit).filter(v -> v <= value).count(), unit.length);
    }
    return ArmEstimate.ofQuantile(
        at,
        value,
        QuantilePosition.valueIn(values, at.lower()),
        QuantilePosition.valueIn(values, at.upper()),
        shares.toMoments());
  }

  private static PairMoments sameShares(int units, int atMost, int values) {
    PairMomentsBuilder builder = new PairMomentsBuilder();
    for (int i = 0; i < units; i++) {
      builder.add(atMost, values);
    }
    return builder.toMoments();
  }
}
