package io.traffical.pipeline.stats;

import static io.traffical.pipeline.stats.Tolerance.assertEstimate;
import static io.traffical.pipeline.stats.Tolerance.assertInference;
import static io.traffical.pipeline.stats.Tolerance.assertP;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.traffical.pipeline.stats.ArmEstimate.Kind;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The cases of golden/cases.json that are means or proportions, from unit-level data. Expected
 * values by numpy 2.4.6, scipy 1.17.1 and statsmodels 0.15.0.
 */
class GoldenCasesTest {
  private static final JsonNode GOLDEN = readJson("cases.json");
  private static final List<String[]> D1 = readCsv("d1_revenue.csv");

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
    JsonNode expected = GOLDEN.get("cases").get(name);
    double cap = expected.path("cap").asDouble(Double.POSITIVE_INFINITY);
    ArmEstimate control = arm("control", column, cap, kind);
    ArmEstimate treatment = arm("treatment", column, cap, kind);

    assertArms(expected, control, treatment);
    assertComparison(expected, Comparison.of(control, treatment, 0.95));
  }

  @ParameterizedTest
  @ValueSource(strings = {"tiny_n5", "control_mean_zero", "negative_control", "huge_offset"})
  void comparesSmallArms(String name) {
    JsonNode edge = GOLDEN.get("edge").get(name);
    ArmEstimate control = Arms.mean(numbers(edge.get("control")));
    ArmEstimate treatment = Arms.mean(numbers(edge.get("treatment")));

    assertArms(edge.get("expected"), control, treatment);
    assertComparison(edge.get("expected"), Comparison.of(control, treatment, 0.95));
  }

  @ParameterizedTest
  @ValueSource(strings = {"cuped_constant_covariate"})
  void comparesOutcomesWithoutTheirCovariate(String name) {
    JsonNode edge = GOLDEN.get("edge").get(name);
    ArmEstimate control = Arms.mean(numbers(edge.get("control").get("y")));
    ArmEstimate treatment = Arms.mean(numbers(edge.get("treatment").get("y")));

    assertArms(edge.get("expected"), control, treatment);
    assertComparison(edge.get("expected"), Comparison.of(control, treatment, 0.95));
  }

  @ParameterizedTest
  @ValueSource(strings = {"control_constant"})
  void borrowsTheVarianceOfTheOtherArm(String name) {
    JsonNode edge = GOLDEN.get("edge").get(name);
    Comparison actual =
        Comparison.of(
            Arms.mean(numbers(edge.get("control"))),
            Arms.mean(numbers(edge.get("treatment"))),
            0.95);

    assertAbsolute(edge.get("recommended_variance_floor"), actual);
    assertThat(actual.relativeLift()).isNull();
    assertThat(actual.reason()).isEqualTo("variance_floored,control_zero");
  }

  @ParameterizedTest
  @ValueSource(strings = {"proportion_p_zero_control", "proportion_p_one_both"})
  void fallsBackToAgrestiCaffoAtABound(String name) {
    JsonNode expected = GOLDEN.get("edge").get(name).get("expected");
    ArmEstimate control = proportion(expected.get("suffstats").get("control"));
    ArmEstimate treatment = proportion(expected.get("suffstats").get("treatment"));
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
    JsonNode edge = GOLDEN.get("edge").get(name);
    ArmEstimate control = Arms.mean(numbers(edge.get("control")));
    ArmEstimate treatment = Arms.mean(numbers(edge.get("treatment")));
    Comparison actual = Comparison.of(control, treatment, 0.95);

    assertThat(actual.lift()).isEqualTo(treatment.value() - control.value());
    assertThat(actual.liftStandardError()).isNull();
    assertThat(actual.liftLower()).isNull();
    assertThat(actual.liftUpper()).isNull();
    assertThat(actual.pValue()).isNull();
    assertThat(actual.significant()).isFalse();
    assertThat(actual.reason()).isEqualTo(reason);
  }

  private static void assertArms(JsonNode expected, ArmEstimate control, ArmEstimate treatment) {
    JsonNode sums = expected.get("suffstats");
    assertThat(control.units()).isEqualTo(expected.get("n_control").asLong());
    assertThat(treatment.units()).isEqualTo(expected.get("n_treatment").asLong());
    assertEstimate("sum", control.numerator(), sums.get("control").get("sum").asDouble());
    assertEstimate("sum", treatment.numerator(), sums.get("treatment").get("sum").asDouble());
    assertEstimate("control", control.value(), expected.get("control").asDouble());
    assertEstimate("treatment", treatment.value(), expected.get("treatment").asDouble());
    assertInference("se", control.standardError(), expected.get("se_control").asDouble());
    assertInference("se", treatment.standardError(), expected.get("se_treatment").asDouble());
  }

  private static void assertComparison(JsonNode expected, Comparison actual) {
    assertAbsolute(expected.get("abs"), actual);
    JsonNode relative = expected.get("rel_fieller");
    if (relative == null) {
      assertThat(actual.relativeLift()).isNull();
      assertThat(actual.relativeLiftLower()).isNull();
      assertThat(actual.relativeLiftUpper()).isNull();
      assertThat(actual.reason()).isEqualTo("control_zero");
      return;
    }
    assertEstimate("relative lift", actual.relativeLift(), relative.get("lift").asDouble());
    assertInterval(
        "relative ci", actual.relativeLiftLower(), actual.relativeLiftUpper(), relative.get("ci"));
    assertThat(actual.reason()).isNull();
  }

  private static void assertAbsolute(JsonNode expected, Comparison actual) {
    assertEstimate("lift", actual.lift(), expected.get("lift").asDouble());
    assertInference("se", actual.liftStandardError(), expected.get("se").asDouble());
    assertInterval("ci", actual.liftLower(), actual.liftUpper(), expected.get("ci"));
    assertP("p", actual.pValue(), expected.get("p").asDouble());
    assertThat(actual.significant()).isEqualTo(expected.get("p").asDouble() < 0.05);
  }

  private static void assertInterval(String what, Double lower, Double upper, JsonNode expected) {
    assertInference(what + " lower", lower, expected.get(0).asDouble());
    assertInference(what + " upper", upper, expected.get(1).asDouble());
  }

  private static ArmEstimate arm(String variant, String column, double cap, Kind kind) {
    int index = Arrays.asList(D1.get(0)).indexOf(column);
    double[] values =
        D1.stream()
            .filter(row -> row[2].equals(variant))
            .mapToDouble(row -> Math.min(Double.parseDouble(row[index]), cap))
            .toArray();
    return ArmEstimate.of(kind, Arms.moments(values));
  }

  private static ArmEstimate proportion(JsonNode sums) {
    return Arms.proportion(sums.get("sum").asInt(), sums.get("n").asInt());
  }

  private static double[] numbers(JsonNode array) {
    double[] numbers = new double[array.size()];
    Arrays.setAll(numbers, i -> array.get(i).asDouble());
    return numbers;
  }

  private static JsonNode readJson(String name) {
    try {
      return new ObjectMapper().readTree(bytes(name));
    } catch (IOException e) {
      throw new IllegalStateException(name, e);
    }
  }

  private static List<String[]> readCsv(String name) {
    return new String(bytes(name), StandardCharsets.UTF_8)
        .lines()
        .map(line -> line.split(",", -1))
        .toList();
  }

  private static byte[] bytes(String name) {
    try (InputStream in = GoldenCasesTest.class.getResourceAsStream("/golden/" + name)) {
      return in.readAllBytes();
    } catch (IOException e) {
      throw new IllegalStateException(name, e);
    }
  }
}
