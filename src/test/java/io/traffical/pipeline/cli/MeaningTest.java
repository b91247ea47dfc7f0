package io.traffical.pipeline.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class MeaningTest {
  private static final Double[] NONE = {null, null, null};

  private static Double[] interval(double estimate, double lower, double upper) {
    return new Double[] {estimate, lower, upper};
  }

  private static ResultRow mean(
      Double[] lift, Double[] relative, Double p, boolean significant, String... reasons) {
    return row(false, lift, relative, p, significant, reasons);
  }

  private static ResultRow share(
      Double[] lift, Double[] relative, Double p, boolean significant, String... reasons) {
    return row(true, lift, relative, p, significant, reasons);
  }

  private static ResultRow row(
      boolean isProportion,
      Double[] lift,
      Double[] relative,
      Double p,
      boolean significant,
      String... reasons) {
    return new ResultRow(
        "pricing_test",
        "m",
        "treatment",
        Instant.EPOCH,
        "user",
        isProportion,
        false,
        100,
        1.0,
        lift[0],
        lift[1],
        lift[2],
        relative[0],
        relative[1],
        relative[2],
        p,
        significant,
        List.of(reasons));
  }

  static Stream<Arguments> sentences() {
    Double[] up = interval(0.041, 0.012, 0.0701);
    Double[] down = interval(-0.05, -0.08, -0.0199);
    Double[] unclear = interval(0.004, -0.02, 0.03);
    Double[] money = interval(3.75, 1.5, 6);
    Double[] unclearMoney = interval(3.75, -1.5, 9);
    return Stream.of(
        arguments(
            mean(interval(1, 0.5, 1.5), up, 0.0061, true),
            "m: treatment is 4.1 % higher than control (95 % interval 1.2 % to 7.0 %); this is"
                + " unlikely to be chance (p = 0.006)."),
        arguments(
            share(interval(-1, -2, -0.5), down, 0.0000001, true),
            "m: treatment is 5.0 % lower than control (95 % interval -8.0 % to -2.0 %); this is"
                + " unlikely to be chance (p < 0.001)."),
        arguments(
            mean(interval(1, -1, 2), unclear, 0.34, false),
            "m: no difference between treatment and control is shown yet: the 95 % interval, -2.0 %"
                + " to +3.0 %, includes 0 (p = 0.340)."),
        arguments(
            mean(interval(1, -1, 2), unclear, null, false),
            "m: no difference between treatment and control is shown yet: the 95 % interval, -2.0 %"
                + " to +3.0 %, includes 0."),
        arguments(
            mean(money, new Double[] {null, null, null}, 0.01, true, "control_zero"),
            "m: treatment is 3.75 per user higher than control (95 % interval 1.5 to 6 per user);"
                + " this is unlikely to be chance (p = 0.010); control is 0, so there is no lift"
                + " relative to it."),
        arguments(
            mean(unclearMoney, new Double[] {0.2, null, null}, 0.1, false, "relative_unbounded"),
            "m: no difference between treatment and control is shown yet: the 95 % interval, -1.5 to"
                + " +9 per user, includes 0 (p = 0.100); control is too close to 0, for its"
                + " uncertainty, to bound the lift relative to it."),
        arguments(
            share(
                interval(0.02, 0.005, 0.035),
                new Double[] {null, null, null},
                0.02,
                true,
                "proportion_at_bound",
                "control_zero"),
            "m: treatment is 2.0 percentage points higher than control (95 % interval 0.50 to 3.5"
                + " percentage points); this is unlikely to be chance (p = 0.020); none or all of"
                + " the users of one allocation converted, so the interval is one for such cases;"
                + " control is 0, so there is no lift relative to it."),
        arguments(
            mean(money, up, 0.049, true, "variance_floored"),
            "m: treatment is 4.1 % higher than control (95 % interval 1.2 % to 7.0 %); this is"
                + " unlikely to be chance (p = 0.0490); all users of one allocation have the same"
                + " value, so its spread is taken from the other."),
        arguments(
            mean(NONE, NONE, null, false, "insufficient_units"),
            "m: treatment cannot be compared with control yet: one of them has fewer than 2 users."),
        arguments(
            mean(new Double[] {0.0, null, null}, NONE, null, false, "zero_variance"),
            "m: treatment and control cannot be told apart: all users have the same value."),
        arguments(
            mean(new Double[] {-2.0, null, null}, NONE, null, false, "zero_variance"),
            "m: treatment is 2 per user lower than control, but that cannot be tested: all users of"
                + " an allocation have the same value."),
        arguments(
            mean(NONE, NONE, null, false, "zero_denominator"),
            "m: treatment cannot be compared with control; note: zero denominator."));
  }

  @ParameterizedTest
  @MethodSource("sentences")
  void saysWhatTheNumbersMean(ResultRow row, String sentence) {
    assertThat(Meaning.sentence(row, "control", 0.95)).isEqualTo(sentence);
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
