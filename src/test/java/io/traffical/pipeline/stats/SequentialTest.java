package io.traffical.pipeline.stats;

import static io.traffical.pipeline.stats.Tolerance.assertEstimate;
import static io.traffical.pipeline.stats.Tolerance.assertInference;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.traffical.pipeline.stats.ArmEstimate.Kind;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class SequentialTest {

  static Stream<JsonNode> looks() {
    return StreamSupport.stream(Golden.cases("d1.sequential").get("looks").spliterator(), false);
  }

  @ParameterizedTest
  @MethodSource("looks")
  void comparesTheUnitsThatHaveArrived(JsonNode look) {
    Comparison actual =
        at(
            look.get("look_n").asInt(),
            look.get("metric").asText(),
            look.path("n_star").asLong(5000));

    assertThat(actual.pValue()).isNull();
    if (look.has("expected")) {
      assertThat(actual.lift()).isNotNull();
      assertThat(actual.liftStandardError()).isNull();
      assertThat(actual.liftLower()).isNull();
      assertThat(actual.significant()).isFalse();
      assertThat(actual.reason()).isEqualTo("insufficient_units");
      return;
    }
    JsonNode expected = look.get("abs");
    double multiplier = look.get("multiplier").asDouble();
    assertInference(
        "multiplier",
        Method.sequential(0.95, look.get("n_star").asLong())
            .multiplier(look.get("n_total").asLong()),
        multiplier);
    assertEstimate("lift", actual.lift(), expected.get("lift").asDouble());
    Golden.assertInterval("ci", actual.liftLower(), actual.liftUpper(), expected.get("ci"));
    assertThat(actual.significant()).isEqualTo(look.get("significant").asBoolean());
  }

  /** Expected: mpmath 1.3.0, the roots of Fieller's equation with c = M, from numpy's moments. */
  @ParameterizedTest
  @CsvSource({
    "1000, revenue, 5000, -0.6667181490373886, 1.9779236543648646",
    "1000, revenue, 10000, -0.724521876604159, 3.396755987109435",
    "1000, converted, 5000, -0.3282504407921789, 0.6042935769663131",
    "1000, converted, 1000, -0.29679489987161445, 0.5336723346435237",
    "20000, revenue, 5000, -0.3943507150579619, 1.1853470948515112",
    "20000, revenue, 10000, -0.37944639754038445, 1.1655751934893874",
    "20000, converted, 5000, -0.05156012453014201, 0.1273878814196531",
    "20000, converted, 1000, -0.05704990608948966, 0.13397703265401464"
  })
  void boundsTheRelativeLiftByTheSameMultiplier(
      int look, String metric, long target, double lower, double upper) {
    Comparison actual = at(look, metric, target);

    assertInference("lower", actual.relativeLiftLower(), lower);
    assertInference("upper", actual.relativeLiftUpper(), upper);
    assertThat(actual.reason()).isNull();
  }

  @Test
  void leavesTheRelativeLiftOpenWhileTheControlMayBeZero() {
    Comparison actual = at(50, "revenue", 5000);

    assertThat(actual.liftLower()).isNotNull();
    assertThat(actual.relativeLiftLower()).isNull();
    assertThat(actual.reason()).isEqualTo("relative_unbounded");
  }

  /** As {@code d1.sequential_ratio}; the relative interval by mpmath 1.3.0. */
  @Test
  void comparesRatios() {
    JsonNode expected = Golden.cases("d1.sequential_ratio").get("abs");
    Comparison actual =
        Comparison.of(
            Arms.ratio(
                Golden.values("control", "revenue", 0), Golden.values("control", "sessions", 0)),
            Arms.ratio(
                Golden.values("treatment", "revenue", 0),
                Golden.values("treatment", "sessions", 0)),
            Method.sequential(0.95, 10_000));

    assertEstimate("lift", actual.lift(), expected.get("lift").asDouble());
    Golden.assertInterval("ci", actual.liftLower(), actual.liftUpper(), expected.get("ci"));
    assertInference("relative lower", actual.relativeLiftLower(), -0.37159080732275424);
    assertInference("relative upper", actual.relativeLiftUpper(), 1.1790697531954442);
    assertThat(actual.pValue()).isNull();
    assertThat(actual.significant()).isFalse();
  }

  @Test
  void isUnboundedWhereTheFixedHorizonHasAFallback() {
    Method method = Method.sequential(0.95, 5000);
    for (Comparison actual :
        new Comparison[] {
          Comparison.of(Arms.proportion(0, 50), Arms.proportion(6, 50), method),
          Comparison.of(Arms.proportion(6, 50), Arms.proportion(50, 50), method),
          Comparison.of(Arms.mean(2, 2, 2), Arms.mean(1, 2, 3), method),
          Comparison.of(Arms.mean(1, 2, 3), Arms.mean(2, 2, 2), method),
          Comparison.of(Arms.mean(2, 2, 2), Arms.mean(3, 3, 3), method)
        }) {
      assertThat(actual.lift()).isNotNull();
      assertThat(actual.liftStandardError()).isNull();
      assertThat(actual.liftUpper()).isNull();
      assertThat(actual.relativeLiftUpper()).isNull();
      assertThat(actual.significant()).isFalse();
      assertThat(actual.reason()).startsWith("zero_variance");
    }
  }

  @Test
  void findsALargeEffect() {
    ArmEstimate control = Arms.proportion(200, 1000);
    ArmEstimate treatment = Arms.proportion(320, 1000);
    Comparison actual = Comparison.of(control, treatment, Method.sequential(0.95, 5000));

    assertThat(actual.significant()).isTrue();
    assertThat(actual.liftLower()).isPositive();
    assertThat(actual.relativeLiftLower()).isPositive();
    assertThat(actual.pValue()).isNull();
  }

  @Test
  void isNarrowestNearItsTarget() {
    Method method = Method.sequential(0.95, 10_000);
    assertThat(method.multiplier(10_350))
        .isLessThan(method.multiplier(9_000))
        .isLessThan(method.multiplier(12_000))
        .isBetween(3.034, 3.036);
  }

  @Test
  void namesItself() {
    assertThat(Method.fixed(0.95).text()).isEqualTo("fixed");
    assertThat(Method.sequential(0.95, 5000).text()).isEqualTo("sequential");
    assertThatThrownBy(() -> Method.sequential(0.95, 0)).hasMessageContaining("at least 1");
    assertThatThrownBy(() -> Method.sequential(95, 10)).hasMessageContaining("found 95.0");
  }

  private static Comparison at(int look, String metric, long target) {
    Kind kind = metric.equals("converted") ? Kind.PROPORTION : Kind.MEAN;
    return Comparison.of(
        ArmEstimate.of(kind, Arms.moments(Golden.values("control", metric, 0, look))),
        ArmEstimate.of(kind, Arms.moments(Golden.values("treatment", metric, 0, look))),
        Method.sequential(0.95, target));
  }
}
