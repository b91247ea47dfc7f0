package io.traffical.pipeline.stats;

import static io.traffical.pipeline.stats.Tolerance.assertInference;
import static io.traffical.pipeline.stats.Tolerance.assertP;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.traffical.pipeline.stats.SampleRatio.Status;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class SampleRatioTest {
  private static final double[] HALVES = {0.5, 0.5};

  /**
   * Shares; units; chi-square and p by scipy 1.17.1, chisquare; logarithm of the Bayes factor by
   * mpmath 1.3.0, loggamma at 50 digits.
   */
  static Stream<Arguments> splits() {
    return Stream.of(
        split(HALVES, 0, 1, -4.37945382834374, 5000, 5000),
        split(HALVES, 16, 6.33424836662399e-05, 3.6218802842297, 5200, 4800),
        split(HALVES, 36, 1.97317529007539e-09, 13.6295586263533, 5300, 4700),
        split(HALVES, 6.92307692307692, 0.0085090444048613, 1.2520020450236, 50, 80),
        split(HALVES, 3, 0.0832645166635504, 0.693147180559945, 3, 0),
        split(HALVES, 20, 7.74421643104409e-06, 10.8184211734755, 20, 0),
        split(HALVES, 8.1, 0.00442652585791983, -3.78325640608439, 5004500, 4995500),
        split(HALVES, 11.236, 0.000802258690438651, -2.2152560575701, 5005300, 4994700),
        split(HALVES, 9.99900009999, 0.00156625244342453, -5.13639151075174, 500000000, 500100000),
        split(HALVES, 39.99200159968, 2.55004898010924e-10, 9.86005935652174, 500000000, 500200000),
        split(
            new double[] {0.9, 0.1},
            27.7777777777778,
            1.36080229113573e-07,
            8.38591863709026,
            90500,
            9500),
        split(
            new double[] {0.01, 0.99},
            10.1010101010101,
            0.00148188077472039,
            9.92047712702369,
            0,
            1000),
        split(
            new double[] {0.2, 0.3, 0.5},
            8.33333333333333,
            0.0155038535990093,
            -4.22288167360676,
            2100,
            2900,
            5000),
        split(
            new double[] {0.1, 0.2, 0.3, 0.4},
            60.8333333333333,
            3.90113720013674e-13,
            17.1245809548505,
            1200,
            2100,
            2800,
            3900));
  }

  @ParameterizedTest
  @MethodSource("splits")
  void agreesWithScipyAndMpmath(
      double[] shares, double chiSquare, double p, double logBayesFactor, long[] units) {
    SampleRatio actual = SampleRatio.of(shares, units);

    assertThat(actual.chiSquare()).isCloseTo(chiSquare, within(1e-9 * chiSquare + 1e-12));
    assertP("p", actual.pValue(), p);
    assertThat(SequentialMultinomial.logBayesFactor(shares, units))
        .isCloseTo(logBayesFactor, within(1e-9));
    assertInference(
        "anytime-valid p", actual.anytimePValue(), Math.min(1, Math.exp(-logBayesFactor)));
  }

  @Test
  void hasTheDocumentedStatus() {
    assertThat(SampleRatio.of(HALVES, new long[] {5000, 5000}).status()).isEqualTo(Status.PASS);
    assertThat(SampleRatio.of(HALVES, new long[] {50, 80}).status()).isEqualTo(Status.WARN);
    assertThat(SampleRatio.of(HALVES, new long[] {5200, 4800}).status()).isEqualTo(Status.FAIL);
    // p is 0.0008, but no share is off by more than 0.1 percentage points.
    SampleRatio slight = SampleRatio.of(HALVES, new long[] {5005300, 4994700});
    assertThat(slight.largestDeviation()).isCloseTo(0.00053, within(1e-12));
    assertThat(slight.status()).isEqualTo(Status.WARN);
  }

  @Test
  void scalesTheShares() {
    assertThat(SampleRatio.of(new double[] {2, 6}, new long[] {260, 740}))
        .isEqualTo(SampleRatio.of(new double[] {0.25, 0.75}, new long[] {260, 740}));
  }

  @Test
  void failsWhenUnitsAreWhereNoneShouldBe() {
    SampleRatio actual = SampleRatio.of(new double[] {0.5, 0, 0.5}, new long[] {100, 1, 100});

    assertThat(actual.status()).isEqualTo(Status.FAIL);
    assertThat(actual.anytimePValue()).isZero();
    assertThat(actual.pValue()).isEqualTo(1);
    assertThat(actual.chiSquare()).isZero();
    assertThat(SampleRatio.of(new double[] {1, 0}, new long[] {9, 1}).status())
        .isEqualTo(Status.FAIL);
    assertThat(SampleRatio.of(new double[] {1, 0}, new long[] {0, 1}).anytimePValue()).isZero();
  }

  /** Degrees of freedom count only what has a share. */
  @Test
  void leavesOutWhatHasNoShareAndNoUnits() {
    assertThat(SampleRatio.of(new double[] {0.5, 0, 0.5}, new long[] {520, 0, 480}))
        .isEqualTo(SampleRatio.of(HALVES, new long[] {520, 480}));
  }

  @Test
  void testsNothingWithoutUnitsOrASecondAllocation() {
    assertThat(SampleRatio.of(HALVES, new long[2]))
        .isEqualTo(new SampleRatio(null, null, null, null, Status.PASS));
    assertThat(SampleRatio.of(new double[] {1}, new long[] {70}))
        .isEqualTo(new SampleRatio(null, null, null, 0.0, Status.PASS));
  }

  @Test
  void refusesWhatCannotBeCounted() {
    assertThatThrownBy(() -> SampleRatio.of(HALVES, new long[3])).hasMessageContaining("[0, 0, 0]");
    assertThatThrownBy(() -> SampleRatio.of(HALVES, new long[] {1, -1})).hasMessageContaining("-1");
    for (double share : new double[] {-0.5, Double.NaN, Double.POSITIVE_INFINITY}) {
      assertThatThrownBy(() -> SampleRatio.of(new double[] {share, 0.5}, new long[2]))
          .hasMessageContaining("found [" + share);
    }
    assertThatThrownBy(() -> SampleRatio.of(new double[2], new long[2]))
        .hasMessageContaining("[0.0, 0.0]");
  }

  private static Arguments split(
      double[] shares, double chiSquare, double p, double logBayesFactor, long... units) {
    return Arguments.of(shares, chiSquare, p, logBayesFactor, units);
  }
}
