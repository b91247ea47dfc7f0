package io.traffical.pipeline.stats;

import static io.traffical.pipeline.stats.Golden.assertAbsolute;
import static io.traffical.pipeline.stats.Golden.assertArms;
import static io.traffical.pipeline.stats.Golden.assertComparison;
import static io.traffical.pipeline.stats.Golden.assertInterval;
import static io.traffical.pipeline.stats.Tolerance.assertEstimate;
import static io.traffical.pipeline.stats.Tolerance.assertInference;
import static io.traffical.pipeline.stats.Tolerance.assertP;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.traffical.pipeline.stats.ArmEstimate.Kind;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The cases of golden/cases.json that are means or proportions, from unit-level data. Expected
 * values by numpy 2.4.6, scipy 1.17.1 and statsmodels 0.15.0.
 */
class GoldenCasesTest {
  @ParameterizedTest
  @CsvSource({
    "d1.conversion_rate, converted, PROPORTION",
    "d1.sum.revenue, revenue, MEAN",
    "d1.count.orders, orders, MEAN",
    "d1.winsorized.revenue.0.99.percentile_cont, revenue, MEAN",
    "d1.winsorized.revenue.0.99.percentile_disc, revenue, MEAN",
    "d1.winsorized.revenue.0.95.percentile_cont, revenue, MEAN",
    "d1.winsorized.revenue.0.95.percentile_disc, revenue, MEAN",
    "d1.winsorized.revenue.0.999.percentile_cont, revenue, MEAN",
    "d1.winsorized.revenue.0.999.percentile_disc, revenue, MEAN",
  })
  void comparesTwentyThousandUnits(String name, String column, Kind kind) {
    JsonNode expected = Golden.cases(name);
    double cap = expected.path("cap").asDouble(Double.POSITIVE_INFINITY);
    ArmEstimate control = ArmEstimate.of(kind, Golden.moments("control", column, cap));
    ArmEstimate treatment = ArmEstimate.of(kind, Golden.moments("treatment", column, cap));

    assertArms(expected, control, treatment);
    assertComparison(expected, Comparison.of(control, treatment, 0.95));
  }

  @ParameterizedTest
  @ValueSource(strings = {"tiny_n5", "control_mean_zero", "negative_control", "huge_offset"})
  void comparesSmallArms(String name) {
    JsonNode edge = Golden.edge(name);
    ArmEstimate control = Arms.mean(Golden.numbers(edge.get("control")));
    ArmEstimate treatment = Arms.mean(Golden.numbers(edge.get("treatment")));

    assertArms(edge.get("expected"), control, treatment);
    assertComparison(edge.get("expected"), Comparison.of(control, treatment, 0.95));
  }

  @ParameterizedTest
  @ValueSource(strings = {"cuped_constant_covariate"})
  void comparesOutcomesWithoutTheirCovariate(String name) {
    JsonNode edge = Golden.edge(name);
    ArmEstimate control = Arms.mean(Golden.numbers(edge.get("control").get("y")));
    ArmEstimate treatment = Arms.mean(Golden.numbers(edge.get("treatment").get("y")));

    assertArms(edge.get("expected"), control, treatment);
    assertComparison(edge.get("expected"), Comparison.of(control, treatment, 0.95));
  }

  @ParameterizedTest
  @ValueSource(strings = {"control_constant"})
  void borrowsTheVarianceOfTheOtherArm(String name) {
    JsonNode edge = Golden.edge(name);
    Comparison actual =
        Comparison.of(
            Arms.mean(Golden.numbers(edge.get("control"))),
            Arms.mean(Golden.numbers(edge.get("treatment"))),
            0.95);

    assertAbsolute(edge.get("recommended_variance_floor"), actual);
    assertThat(actual.relativeLift()).isNull();
    assertThat(actual.reason()).isEqualTo("variance_floored,control_zero");
  }

  @ParameterizedTest
  @ValueSource(strings = {"proportion_p_zero_control", "proportion_p_one_both"})
  void fallsBackToAgrestiCaffoAtABound(String name) {
    JsonNode expected = Golden.edge(name).get("expected");
    ArmEstimate control = Golden.proportion(expected.get("suffstats").get("control"));
    ArmEstimate treatment = Golden.proportion(expected.get("suffstats").get("treatment"));
    Comparison actual = Comparison.of(control, treatment, 0.95);

    assertEstimate("control", control.value(), expected.get("control").asDouble());
    assertEstimate("treatment", treatment.value(), expected.get("treatment").asDouble());
    assertThat(actual.lift()).isEqualTo(treatment.value() - control.value());
    JsonNode rule = expected.get("recommended_degenerate_rule");
    assertInference("se", actual.liftStandardError(), rule.get("se").asDouble());
    assertInterval("ci", actual.liftLower(), actual.liftUpper(), rule.get("ci"));
    assertP("p", actual.pValue(), rule.get("p").asDouble());
    assertThat(actual.relativeLiftLower()).isNull();
    assertThat(actual.relativeLiftUpper()).isNull();
  }

  @ParameterizedTest
  @CsvSource({"n1_arm, insufficient_units", "both_constant_equal, zero_variance"})
  void showsTheLiftAloneWithoutAVariance(String name, String reason) {
    JsonNode edge = Golden.edge(name);
    ArmEstimate control = Arms.mean(Golden.numbers(edge.get("control")));
    ArmEstimate treatment = Arms.mean(Golden.numbers(edge.get("treatment")));
    Comparison actual = Comparison.of(control, treatment, 0.95);

    assertThat(actual.lift()).isEqualTo(treatment.value() - control.value());
    assertThat(actual.liftStandardError()).isNull();
    assertThat(actual.liftLower()).isNull();
    assertThat(actual.liftUpper()).isNull();
    assertThat(actual.pValue()).isNull();
    assertThat(actual.significant()).isFalse();
    assertThat(actual.reason()).isEqualTo(reason);
  }
}
