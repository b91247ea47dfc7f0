package io.traffical.pipeline.stats;

import static io.traffical.pipeline.stats.Tolerance.assertEstimate;
import static io.traffical.pipeline.stats.Tolerance.assertInference;
import static io.traffical.pipeline.stats.Tolerance.assertP;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/**
 * The golden cases and their unit-level data, and assertions of what they expect. Expected values
 * by numpy 2.4.6, scipy 1.17.1 and statsmodels 0.15.0.
 */
final class Golden {
  private static final JsonNode CASES = readJson("cases.json");
  private static final List<String[]> D1 = readCsv("d1_revenue.csv");

  private Golden() {}

  static JsonNode cases(String name) {
    return CASES.get("cases").get(name);
  }

  static JsonNode edge(String name) {
    return CASES.get("edge").get(name);
  }

  static Moments moments(String variant, String column, double cap) {
    return Arms.moments(
        Arrays.stream(values(variant, column, 0)).map(v -> Math.min(v, cap)).toArray());
  }

  /** The moments of two columns, missing values replaced and all of them capped. */
  static PairMoments pairs(
      String variant, String first, String second, double missing, double cap) {
    double[] one = values(variant, first, missing);
    double[] other = values(variant, second, missing);
    PairMomentsBuilder builder = new PairMomentsBuilder();
    for (int i = 0; i < one.length; i++) {
      builder.add(Math.min(one[i], cap), Math.min(other[i], cap));
    }
    return builder.toMoments();
  }

  /** The values of the arm's units in the order of their arrival. */
  static double[] values(String variant, String column, double missing) {
    return values(variant, column, missing, Integer.MAX_VALUE);
  }

  /** The values of the arm's units among the first to arrive in either arm. */
  static double[] values(String variant, String column, double missing, int look) {
    int index = Arrays.asList(D1.get(0)).indexOf(column);
    return D1.stream()
        .skip(1)
        .filter(row -> row[2].equals(variant) && Integer.parseInt(row[1]) <= look)
        .mapToDouble(row -> row[index].isEmpty() ? missing : Double.parseDouble(row[index]))
        .toArray();
  }

  static void assertArms(JsonNode expected, ArmEstimate control, ArmEstimate treatment) {
    JsonNode sums = expected.get("suffstats");
    assertThat(control.units()).isEqualTo(expected.get("n_control").asLong());
    assertThat(treatment.units()).isEqualTo(expected.get("n_treatment").asLong());
    assertEstimate("sum", control.numerator(), sums.get("control").get("sum").asDouble());
    assertEstimate("sum", treatment.numerator(), sums.get("treatment").get("sum").asDouble());
    assertValues(expected, control, treatment);
  }

  static void assertValues(JsonNode expected, ArmEstimate control, ArmEstimate treatment) {
    assertEstimate("control", control.value(), expected.get("control").asDouble());
    assertEstimate("treatment", treatment.value(), expected.get("treatment").asDouble());
    assertInference("se", control.standardError(), expected.get("se_control").asDouble());
    assertInference("se", treatment.standardError(), expected.get("se_treatment").asDouble());
  }

  static void assertComparison(JsonNode expected, Comparison actual) {
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

  static void assertAbsolute(JsonNode expected, Comparison actual) {
    assertEstimate("lift", actual.lift(), expected.get("lift").asDouble());
    assertInference("se", actual.liftStandardError(), expected.get("se").asDouble());
    assertInterval("ci", actual.liftLower(), actual.liftUpper(), expected.get("ci"));
    assertP("p", actual.pValue(), expected.get("p").asDouble());
    assertThat(actual.significant()).isEqualTo(expected.get("p").asDouble() < 0.05);
  }

  static void assertInterval(String what, Double lower, Double upper, JsonNode expected) {
    assertInference(what + " lower", lower, expected.get(0).asDouble());
    assertInference(what + " upper", upper, expected.get(1).asDouble());
  }

  static ArmEstimate proportion(JsonNode sums) {
    return Arms.proportion(sums.get("sum").asInt(), sums.get("n").asInt());
  }

  static double[] numbers(JsonNode array) {
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
    try (InputStream in = Golden.class.getResourceAsStream("/golden/" + name)) {
      return in.readAllBytes();
    } catch (IOException e) {
      throw new IllegalStateException(name, e);
    }
  }
}
