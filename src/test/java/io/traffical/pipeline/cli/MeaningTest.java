package io.traffical.pipeline.cli;

import static io.traffical.pipeline.definition.Metric.Aggregation.CONVERSION_RATE;
import static io.traffical.pipeline.definition.Metric.Aggregation.COUNT;
import static io.traffical.pipeline.definition.Metric.Aggregation.FUNNEL;
import static io.traffical.pipeline.definition.Metric.Aggregation.PERCENTILE;
import static io.traffical.pipeline.definition.Metric.Aggregation.RATIO;
import static io.traffical.pipeline.definition.Metric.Aggregation.SUM;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.traffical.pipeline.definition.Definitions.Correction;
import io.traffical.pipeline.definition.Definitions.Guardrail;
import io.traffical.pipeline.definition.Definitions.GuardrailDirection;
import io.traffical.pipeline.definition.Metric.Aggregation;
import io.traffical.pipeline.definition.Metric.Direction;
import io.traffical.pipeline.stats.Reason;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class MeaningTest {
  private static final Guardrail FLOOR =
      new Guardrail("m", GuardrailDirection.MUST_NOT_DECREASE, 0.01);
  private static final Guardrail CEILING =
      new Guardrail("m", GuardrailDirection.MUST_NOT_INCREASE, 0);

  static Stream<Arguments> claims() {
    return Stream.of(
        arguments(
            ShownRow.of(SUM)
                .lift(1.0, 0.5, 1.5)
                .relative(0.041, 0.012, 0.0701)
                .p(0.0061)
                .significant(),
            "m: treatment is 4.1 % higher than control (95 % interval 1.2 % to 7.0 %); this"
                + " is unlikely to be chance (p = 0.006)."),
        arguments(
            ShownRow.of(CONVERSION_RATE)
                .lift(-1.0, -2.0, -0.5)
                .relative(-0.05, -0.08, -0.0199)
                .p(0.0000001)
                .significant(),
            "m: treatment is 5.0 % lower than control (95 % interval -8.0 % to -2.0 %); "
                + "this is unlikely to be chance (p < 0.001)."),
        arguments(
            ShownRow.of(SUM).lift(1.0, -1.0, 2.0).relative(0.004, -0.02, 0.03).p(0.34),
            "m: no difference between treatment and control is shown yet: the 95 % "
                + "interval, -2.0 % to +3.0 %, includes 0 (p = 0.340)."),
        arguments(
            ShownRow.of(SUM)
                .lift(1.0, 0.5, 1.5)
                .relative(0.041, 0.012, 0.0701)
                .p(0.01)
                .significant()
                .desired(Direction.INCREASE),
            "m: treatment is better than control: 4.1 % higher, as desired (95 % interval "
                + "1.2 % to 7.0 %); this is unlikely to be chance (p = 0.010)."),
        arguments(
            ShownRow.of(SUM)
                .lift(-1.0, -2.0, -0.5)
                .relative(-0.05, -0.08, -0.0199)
                .p(0.01)
                .significant()
                .desired(Direction.INCREASE),
            "m: treatment is worse than control: 5.0 % lower, and it should increase (95 % "
                + "interval -8.0 % to -2.0 %); this is unlikely to be chance (p = 0.010)."),
        arguments(
            ShownRow.of(SUM)
                .lift(-1.0, -2.0, -0.5)
                .relative(-0.05, -0.08, -0.0199)
                .p(0.01)
                .significant()
                .desired(Direction.DECREASE),
            "m: treatment is better than control: 5.0 % lower, as desired (95 % interval "
                + "-8.0 % to -2.0 %); this is unlikely to be chance (p = 0.010)."),
        arguments(
            ShownRow.of(SUM)
                .lift(1.0, 0.5, 1.5)
                .relative(0.041, 0.012, 0.0701)
                .p(0.01)
                .significant()
                .desired(Direction.DECREASE),
            "m: treatment is worse than control: 4.1 % higher, and it should decrease (95 %"
                + " interval 1.2 % to 7.0 %); this is unlikely to be chance (p = 0.010)."),
        arguments(
            ShownRow.of(SUM)
                .lift(1.0, -1.0, 2.0)
                .relative(0.004, -0.02, 0.03)
                .p(0.34)
                .desired(Direction.DECREASE),
            "m: no difference between treatment and control is shown yet: the 95 % "
                + "interval, -2.0 % to +3.0 %, includes 0 (p = 0.340)."));
  }

  static Stream<Arguments> methods() {
    return Stream.of(
        arguments(
            ShownRow.of(SUM).lift(1.0, -1.0, 2.0).relative(0.004, -0.02, 0.03).sequential(),
            "m: no difference between treatment and control is shown yet: the anytime-valid"
                + " 95 % interval, -2.0 % to +3.0 %, includes 0."),
        arguments(
            ShownRow.of(SUM)
                .lift(1.0, 0.5, 1.5)
                .relative(0.041, 0.012, 0.0701)
                .significant()
                .sequential(),
            "m: treatment is 4.1 % higher than control (anytime-valid 95 % interval 1.2 % "
                + "to 7.0 %); this is unlikely to be chance, however often one looks."),
        arguments(
            ShownRow.of(SUM)
                .lift(1.0, 0.5, 1.5)
                .relative(0.041, 0.012, 0.0701)
                .p(0.0061)
                .corrected(0.0183, Correction.HOLM)
                .significant(),
            "m: treatment is 4.1 % higher than control (95 % interval 1.2 % to 7.0 %); this"
                + " is unlikely to be chance (p = 0.006, corrected = 0.018 by Holm)."),
        arguments(
            ShownRow.of(SUM)
                .lift(1.0, 0.5, 1.5)
                .relative(0.041, 0.012, 0.0701)
                .p(0.03)
                .corrected(0.09, Correction.BH),
            "m: treatment is 4.1 % higher than control (95 % interval 1.2 % to 7.0 %), but "
                + "with so many comparisons this may well be chance (p = 0.030, corrected = 0.090"
                + " by Benjamini-Hochberg)."),
        arguments(
            ShownRow.of(SUM)
                .lift(1.0, 0.5, 1.5)
                .relative(0.041, 0.012, 0.0701)
                .p(0.0061)
                .significant()
                .cuped(0.2345),
            "m: treatment is 4.1 % higher than control (95 % interval 1.2 % to 7.0 %); this"
                + " is unlikely to be chance (p = 0.006); adjusted by what the users did before "
                + "(CUPED), which takes 23.4 % off the variance."));
  }

  static Stream<Arguments> guardrails() {
    return Stream.of(
        arguments(
            ShownRow.of(COUNT)
                .lift(-1.0, -2.0, -0.5)
                .relative(-0.05, -0.08, -0.0199)
                .p(0.01)
                .significant()
                .guardrail(FLOOR, "failing"),
            "m: treatment is worse than control: 5.0 % lower, and it should increase (95 % "
                + "interval -8.0 % to -2.0 %); this is unlikely to be chance (p = 0.010); "
                + "guardrail FAILING: all of the interval is a decrease of more than 1.0 %."),
        arguments(
            ShownRow.of(COUNT)
                .lift(0.0, -1.0, 1.0)
                .relative(0.0, -0.005, 0.005)
                .p(0.9)
                .guardrail(FLOOR, "passing"),
            "m: no difference between treatment and control is shown yet: the 95 % "
                + "interval, -0.50 % to +0.50 %, includes 0 (p = 0.900); guardrail passing: the "
                + "interval rules out a decrease of more than 1.0 %."),
        arguments(
            ShownRow.of(COUNT)
                .lift(1.0, -1.0, 2.0)
                .relative(0.004, -0.02, 0.03)
                .p(0.34)
                .guardrail(CEILING, "insufficient_data"),
            "m: no difference between treatment and control is shown yet: the 95 % "
                + "interval, -2.0 % to +3.0 %, includes 0 (p = 0.340); guardrail not decided: an "
                + "increase is neither shown nor ruled out yet."),
        arguments(
            ShownRow.of(COUNT)
                .lift(1.0, 0.5, 1.5)
                .relative(0.041, 0.012, 0.0701)
                .p(0.01)
                .significant()
                .desired(Direction.INCREASE)
                .guardrail(FLOOR, "passing"),
            "m: treatment is better than control: 4.1 % higher, as desired (95 % interval "
                + "1.2 % to 7.0 %); this is unlikely to be chance (p = 0.010); guardrail passing:"
                + " the interval rules out a decrease of more than 1.0 %."),
        arguments(
            ShownRow.of(COUNT)
                .lift(1.0, 0.5, 1.5)
                .relative(0.041, 0.012, 0.0701)
                .p(0.01)
                .significant()
                .guardrail(null, "failing"),
            "m: treatment is 4.1 % higher than control (95 % interval 1.2 % to 7.0 %); this"
                + " is unlikely to be chance (p = 0.010); guardrail: failing."));
  }

  static Stream<Arguments> unitsOfDifferences() {
    return Stream.of(
        arguments(
            ShownRow.of(SUM).lift(3.75, 1.5, 6.0).p(0.01).significant().because("control_zero"),
            "m: treatment is 3.75 per user higher than control (95 % interval 1.5 to 6 per "
                + "user); this is unlikely to be chance (p = 0.010); control is 0, so there is no"
                + " lift relative to it."),
        arguments(
            ShownRow.of(SUM)
                .in("EUR")
                .lift(3.75, -1.5, 9.0)
                .relative(0.2, null, null)
                .p(0.1)
                .because("relative_unbounded"),
            "m: no difference between treatment and control is shown yet: the 95 % "
                + "interval, -1.5 to +9 EUR per user, includes 0 (p = 0.100); control is too "
                + "close to 0, for its uncertainty, to bound the lift relative to it."),
        arguments(
            ShownRow.of(CONVERSION_RATE)
                .lift(0.02, 0.005, 0.035)
                .p(0.02)
                .significant()
                .because("proportion_at_bound", "control_zero"),
            "m: treatment is 2.0 percentage points higher than control (95 % interval 0.50 "
                + "to 3.5 percentage points); this is unlikely to be chance (p = 0.020); none or "
                + "all of the users of one allocation converted, so the interval is one for such "
                + "cases; control is 0, so there is no lift relative to it."),
        arguments(
            ShownRow.of(FUNNEL)
                .lift(0.02, 0.005, 0.035)
                .p(0.02)
                .significant()
                .because("proportion_at_bound", "control_zero"),
            "m: treatment is 2.0 percentage points higher than control (95 % interval 0.50 "
                + "to 3.5 percentage points); this is unlikely to be chance (p = 0.020); none or "
                + "all of the users of one allocation converted, so the interval is one for such "
                + "cases; control is 0, so there is no lift relative to it."),
        arguments(
            ShownRow.of(RATIO)
                .in("EUR")
                .lift(3.75, 1.5, 6.0)
                .p(0.01)
                .significant()
                .because("control_zero"),
            "m: treatment is 3.75 EUR per row of orders higher than control (95 % interval "
                + "1.5 to 6 EUR per row of orders); this is unlikely to be chance (p = 0.010); "
                + "control is 0, so there is no lift relative to it."),
        arguments(
            ShownRow.of(PERCENTILE)
                .in("EUR")
                .lift(3.75, 1.5, 6.0)
                .p(0.01)
                .significant()
                .because("control_zero"),
            "m: treatment is 3.75 EUR higher than control (95 % interval 1.5 to 6 EUR); "
                + "this is unlikely to be chance (p = 0.010); control is 0, so there is no lift "
                + "relative to it."),
        arguments(
            ShownRow.of(COUNT)
                .called("orders per visitor")
                .lift(1.0, 0.5, 1.5)
                .relative(0.041, 0.012, 0.0701)
                .p(0.01)
                .significant(),
            "orders per visitor: treatment is 4.1 % higher than control (95 % interval 1.2 "
                + "% to 7.0 %); this is unlikely to be chance (p = 0.010)."),
        arguments(
            ShownRow.of(COUNT)
                .country("DE")
                .lift(1.0, 0.5, 1.5)
                .relative(0.041, 0.012, 0.0701)
                .p(0.01)
                .significant(),
            "m, country DE: treatment is 4.1 % higher than control (95 % interval 1.2 % to "
                + "7.0 %); this is unlikely to be chance (p = 0.010)."));
  }

  static Stream<Arguments> reasons() {
    return Stream.of(
        arguments(
            ShownRow.of(SUM)
                .lift(1.0, 0.5, 1.5)
                .relative(0.041, 0.012, 0.0701)
                .p(0.049)
                .significant()
                .because("variance_floored"),
            "m: treatment is 4.1 % higher than control (95 % interval 1.2 % to 7.0 %); this"
                + " is unlikely to be chance (p = 0.0490); all users of one allocation have the "
                + "same value, so its spread is taken from the other."),
        arguments(
            ShownRow.of(RATIO)
                .lift(1.0, 0.5, 1.5)
                .relative(0.041, 0.012, 0.0701)
                .p(0.049)
                .significant()
                .because("variance_floored"),
            "m: treatment is 4.1 % higher than control (95 % interval 1.2 % to 7.0 %); this"
                + " is unlikely to be chance (p = 0.0490); all users of one allocation have the "
                + "same ratio, so its spread is taken from the other."),
        arguments(
            ShownRow.of(SUM)
                .lift(1.0, 0.5, 1.5)
                .relative(0.041, 0.012, 0.0701)
                .p(0.01)
                .significant()
                .because("winsor_cap_nonpositive"),
            "m: treatment is 4.1 % higher than control (95 % interval 1.2 % to 7.0 %); this"
                + " is unlikely to be chance (p = 0.010); so many users have nothing that the cap"
                + " would not be above 0, so nothing is capped."),
        arguments(
            ShownRow.of(SUM)
                .lift(1.0, 0.5, 1.5)
                .relative(0.041, 0.012, 0.0701)
                .p(0.01)
                .significant()
                .because("covariate_constant"),
            "m: treatment is 4.1 % higher than control (95 % interval 1.2 % to 7.0 %); this"
                + " is unlikely to be chance (p = 0.010); all users did the same before, so "
                + "nothing is adjusted (CUPED)."),
        arguments(
            ShownRow.of(SUM).because("insufficient_units"),
            "m: treatment cannot be compared with control yet: one of them has fewer than 2"
                + " users."),
        arguments(
            ShownRow.of(SUM)
                .lift(3.0, null, null)
                .relative(0.5, null, null)
                .because("insufficient_units"),
            "m: treatment cannot be compared with control yet: one of them has fewer than 2"
                + " users."),
        arguments(
            ShownRow.of(PERCENTILE).because("insufficient_units"),
            "m: treatment cannot be compared with control yet: one of them has fewer than 2"
                + " users with a value."),
        arguments(
            ShownRow.of(SUM).lift(0.0, null, null).because("zero_variance"),
            "m: treatment and control cannot be told apart: all users of an allocation have"
                + " the same value."),
        arguments(
            ShownRow.of(SUM).lift(-2.0, null, null).because("zero_variance"),
            "m: treatment is 2 per user lower than control, but that cannot be tested: all "
                + "users of an allocation have the same value."),
        arguments(
            ShownRow.of(RATIO)
                .lift(-2.0, null, null)
                .relative(-0.1, null, null)
                .because("zero_variance"),
            "m: treatment is 10.0 % lower than control, but that cannot be tested: all "
                + "users of an allocation have the same ratio."),
        arguments(
            ShownRow.of(PERCENTILE)
                .in("EUR")
                .lift(2.0, null, null)
                .because("zero_variance", "control_zero"),
            "m: treatment is 2 EUR higher than control, but that cannot be tested: the "
                + "share of values up to it is the same for all users of an allocation; control "
                + "is 0, so there is no lift relative to it."),
        arguments(
            ShownRow.of(RATIO).because("zero_denominator"),
            "m: treatment cannot be compared with control: the denominators of one of them "
                + "add up to 0."),
        arguments(
            ShownRow.of(RATIO)
                .lift(2.0, null, null)
                .relative(0.1, null, null)
                .because("sparse_denominator"),
            "m: treatment is 10.0 % higher than control, but that cannot be tested yet: too"
                + " few users of one of them make up its denominator."),
        arguments(
            ShownRow.of(PERCENTILE)
                .lift(2.0, null, null)
                .relative(0.1, null, null)
                .because("sparse_denominator"),
            "m: treatment is 10.0 % higher than control, but that cannot be tested yet: too"
                + " few users of one of them have most of its values."),
        arguments(
            ShownRow.of(PERCENTILE)
                .lift(0.0, null, null)
                .relative(0.0, null, null)
                .because("atom_at_quantile"),
            "m: treatment and control cannot be told apart: too many values are equal to it"
                + " to know its error."),
        arguments(
            ShownRow.of(PERCENTILE)
                .lift(2.0, null, null)
                .relative(0.1, null, null)
                .because("quantile_out_of_range"),
            "m: treatment is 10.0 % higher than control, but that cannot be tested yet: "
                + "there are too few values for so extreme a percentile."),
        arguments(
            ShownRow.of(RATIO).because("insufficient_units", "zero_denominator"),
            "m: treatment cannot be compared with control yet: one of them has fewer than 2"
                + " users, and the denominators of one of them add up to 0."));
  }

  @ParameterizedTest
  @MethodSource({"claims", "methods", "guardrails", "unitsOfDifferences", "reasons"})
  void saysWhatTheNumbersMean(ShownRow row, String sentence) {
    assertThat(Meaning.sentence(row.row(), "control", 0.95)).isEqualTo(sentence);
  }

  @Test
  void everyReasonIsSaidInWords() {
    for (Aggregation aggregation : List.of(SUM, RATIO, PERCENTILE)) {
      assertThat(
              Arrays.stream(Reason.values())
                  .map(reason -> ShownRow.of(aggregation).because(reason.text())))
          .map(row -> Meaning.sentence(row.row(), "control", 0.95))
          .noneMatch(sentence -> sentence.contains("note: ") || sentence.contains("_"));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0, 0 %, 0 %",
    "0.5, 0.5, 50.00 %, 50.0 %",
    "15.05, 15.05, 1505.00 %, 1505.0 %",
    "123456.78, 123457, 12345678.00 %, 12345678.0 %",
    "0.000412, 0.000412, 0.0412 %, 0.041 %",
    "-0.1234567, -0.1235, -12.35 %, -12.3 %",
    "1e-15, 0, 0 %, 0 %"
  })
  void showsFewDigits(double number, String plain, String share, String percent) {
    assertThat(Numbers.plain(number)).isEqualTo(plain);
    assertThat(Numbers.share(number)).isEqualTo(share);
    assertThat(Numbers.percent(number)).isEqualTo(percent);
  }
}
