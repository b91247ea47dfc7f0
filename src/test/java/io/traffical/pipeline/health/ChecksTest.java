package io.traffical.pipeline.health;

import static io.traffical.pipeline.testing.Plans.HOUR;
import static io.traffical.pipeline.testing.Plans.hour;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.traffical.pipeline.health.GuardrailsCheck.Comparison;
import io.traffical.pipeline.window.Micros;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Each check at its thresholds: status, numbers and sentence. */
class ChecksTest {
  private static final double MICROSECOND = 1.0 / HOUR;

  private static Map<String, Long> units(long a, long b) {
    Map<String, Long> units = new LinkedHashMap<>();
    units.put("a", a);
    units.put("b", b);
    return units;
  }

  private static Map<String, Double> shares(double a, double b) {
    Map<String, Double> shares = new LinkedHashMap<>();
    shares.put("a", a);
    shares.put("b", b);
    return shares;
  }

  private static Exposures exposures(long units, long crossovers, Double newestHour) {
    ExposureCounter counter = new ExposureCounter(hour(48), List.of("a", "b"));
    if (newestHour != null) {
      counter.add("a", 0, units, crossovers, hour(newestHour));
    }
    return counter.exposures();
  }

  @ParameterizedTest
  @CsvSource({"46, 0, PASS", "46, -1, WARN", "24, 0, WARN", "24, -1, FAIL"})
  void exposuresPassWithinTwoWindowsAndWarnWithinTwentyFour(
      double newest, int micros, Status expected) {
    double at = newest + micros * MICROSECOND;

    assertThat(ExposuresCheck.of(exposures(1, 0, at), hour(0), false, HOUR).status())
        .isEqualTo(expected);
    assertThat(ExposuresCheck.of(exposures(1, 0, at), hour(0), true, HOUR).status())
        .as("an ended policy")
        .isEqualTo(Status.PASS);
  }

  @Test
  void exposuresCountFromTheStartAsLongAsNoUnitHasCome() {
    Check none = ExposuresCheck.of(exposures(0, 0, null), hour(45), false, HOUR);

    assertThat(none.status()).isEqualTo(Status.WARN);
    assertThat(none.detail()).isEqualTo("No unit has come in the 3 h since the start.");
    assertThat(none.numbers().get("newest_unit_at")).isNull();
    assertThat(none.numbers().get("lag_seconds")).isEqualTo(10_800.0);
    assertThat(ExposuresCheck.of(exposures(1, 0, 44.5), hour(0), false, HOUR).detail())
        .isEqualTo("The newest unit came 3 h 30 min before the end of the data.");
  }

  /** chi-square and p: scipy.stats.chisquare 1.17.1; p over all looks: scipy.special.gammaln. */
  @ParameterizedTest
  @CsvSource({
    "200, 200, PASS, false, 0, 1, 1",
    "260, 340, WARN, false, 10.666666666666666, 0.0010908351761252995, 0.09382083041999213",
    "255, 345, FAIL, false, 13.5, 0.00023856345402870974, 0.022589833843951624",
    "200, 300, FAIL, true, 20, 7.744216431044088e-06, 0.0007736717606231854"
  })
  void sampleRatioFollowsTheChiSquareAndAlarmsByTheAnytimeValidP(
      long a, long b, Status status, boolean needsAttention, double chi, double p, double anytime) {
    Check check = SampleRatioCheck.of(shares(0.5, 0.5), units(a, b));

    assertThat(check.status()).isEqualTo(status);
    assertThat(check.needsAttention()).isEqualTo(needsAttention);
    assertThat((Double) check.numbers().get("chi_square")).isCloseTo(chi, within(1e-10));
    assertThat((Double) check.numbers().get("p_value")).isCloseTo(p, within(1e-12));
    assertThat((Double) check.numbers().get("anytime_p_value")).isCloseTo(anytime, within(1e-10));
    assertThat((Double) check.numbers().get("largest_deviation"))
        .isCloseTo((double) Math.abs(b - a) / (a + b) / 2, within(1e-15));
  }

  @Test
  void sampleRatioSaysWhatItComparesOrWhyItCannot() {
    assertThat(SampleRatioCheck.of(shares(0.5, 0.5), units(200, 300)).detail())
        .isEqualTo(
            "a 40 % of 50 %, b 60 % of 50 % declared: p < 0.0001; over all looks, p = 0.000774.");
    Check empty = SampleRatioCheck.of(shares(0.5, 0.5), units(0, 0));
    assertThat(empty.status()).isEqualTo(Status.PASS);
    assertThat(empty.detail()).isEqualTo("There are no units to test yet.");
    assertThat(empty.numbers().get("p_value")).isNull();
    Check unexpected = SampleRatioCheck.of(shares(1, 0), units(500, 1));
    assertThat(unexpected.status()).isEqualTo(Status.FAIL);
    assertThat(unexpected.needsAttention()).isTrue();
    assertThat(unexpected.detail()).isEqualTo("Units in allocations whose declared share is 0: b.");
    assertThat(SampleRatioCheck.of(shares(1, 0), units(500, 0)).detail())
        .isEqualTo("Only one allocation gets units.");
  }

  @ParameterizedTest
  @CsvSource({
    "100, 100, 0.5, PASS",
    "100, 99, 0.5, WARN",
    "0, 0, 0.5, WARN",
    "199, 0, 0.5, WARN",
    "200, 0, 0.5, FAIL",
    "100, 0, 1, PASS"
  })
  void allocationsNeedTheFloor(long a, long b, double shareOfA, Status expected) {
    Check check = AllocationFloorCheck.of(shares(shareOfA, 1 - shareOfA), units(a, b), 100);

    assertThat(check.status()).isEqualTo(expected);
    assertThat(check.detail())
        .isEqualTo(
            switch (expected) {
              case PASS -> "Every allocation has at least 100 units.";
              default -> "Fewer than 100 units: " + (a < 100 ? "a 0, " : "") + "b " + b + ".";
            });
  }

  @ParameterizedTest
  @CsvSource({"12, 0, PASS", "10, 0, PASS", "10, -1, WARN", "-12, 0, WARN", "-12, -1, FAIL"})
  void freshnessIsThatOfTheOldestPart(double publishedTo, int micros, Status expected) {
    Map<String, Long> parts = new LinkedHashMap<>();
    parts.put("", hour(12));
    parts.put("revenue", hour(publishedTo + micros * MICROSECOND));

    Check check = FreshnessCheck.of(hour(-50), Micros.AFTER_ALL, HOUR, hour(12), parts);

    assertThat(check.status()).isEqualTo(expected);
    assertThat(check.numbers().get("metric_key")).isEqualTo(publishedTo < 12 ? "revenue" : null);
  }

  @Test
  void freshnessEndsWithThePolicyAndBeginsWithIt() {
    Map<String, Long> parts = new LinkedHashMap<>();
    parts.put("", hour(5));
    assertThat(FreshnessCheck.of(hour(0), hour(4.5), HOUR, hour(99), parts).detail())
        .isEqualTo("Everything is published up to 2026-01-01T05:00:00Z.");
    assertThat(FreshnessCheck.of(hour(0), Micros.AFTER_ALL, HOUR, hour(3), parts).status())
        .as("a run to an earlier time")
        .isEqualTo(Status.PASS);
    parts.put("never", null);
    assertThat(FreshnessCheck.of(hour(0), Micros.AFTER_ALL, HOUR, hour(5), parts).detail())
        .isEqualTo(
            "The metric never is published up to 2026-01-01T00:00:00Z only, 5 h behind the last due"
                + " window.");
  }

  @Test
  void guardrailsFailOnlyWhenOneIsViolated() {
    Check none = GuardrailsCheck.of(List.of());
    assertThat(none.status()).isEqualTo(Status.PASS);
    assertThat(none.detail()).isEqualTo("No guardrails.");

    Check unknown = GuardrailsCheck.of(List.of(new Comparison("m", null, null)));
    assertThat(unknown.status()).isEqualTo(Status.PASS);
    assertThat(unknown.detail()).isEqualTo("Not enough data yet: m.");

    Check failing =
        GuardrailsCheck.of(
            List.of(
                new Comparison("m", "b", "passing"),
                new Comparison("m", "c", "failing"),
                new Comparison("n", "b", "insufficient_data")));
    assertThat(failing.status()).isEqualTo(Status.FAIL);
    assertThat(failing.detail())
        .isEqualTo("Violated: m (c). Not enough data yet: n (b). Kept: m (b).");
    assertThat(failing.numbers())
        .containsEntry("passing", 1)
        .containsEntry("failing", 1)
        .containsEntry("insufficient_data", 1);
  }

  @ParameterizedTest
  @CsvSource({"1000, 10, PASS", "1000, 11, WARN", "1000, 100, WARN", "1000, 101, FAIL"})
  void crossoversWarnAboveOnePercentAndFailAboveTen(long units, long crossed, Status expected) {
    Check check = CrossoversCheck.of(exposures(units, crossed, 47.0), true);

    assertThat(check.status()).isEqualTo(expected);
    assertThat(check.numbers().get("share")).isEqualTo(crossed / 1000.0);
    assertThat(CrossoversCheck.of(exposures(0, 0, null), true).numbers().get("share")).isNull();
  }
}
