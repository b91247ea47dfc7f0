package io.traffical.pipeline.stats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PairMomentsTest {
  private final long seed = new Random().nextLong();
  private final Random random = new Random(seed);

  @ParameterizedTest
  @ValueSource(doubles = {0, 20, -1e6, 1e9})
  void mergesRandomSplitsIntoOnePass(double offset) {
    for (int round = 0; round < 50; round++) {
      double[] first = Arms.normal(random, 50 + random.nextInt(500), offset, 3);
      double[] second = correlated(first, -offset);
      PairMoments merged = PairMoments.EMPTY;
      for (int from = 0; from < first.length; ) {
        int to = Math.min(first.length, from + random.nextInt(100));
        merged =
            merged.merge(
                Arms.pairs(
                    Arrays.copyOfRange(first, from, to), Arrays.copyOfRange(second, from, to)));
        from = to;
      }
      assertSame(merged, Arms.pairs(first, second));
    }
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, 1e6, 1e9})
  void agreesWithExactArithmetic(double offset) {
    double[] first = Arms.normal(random, 300, offset, 3);
    double[] second = correlated(first, offset);

    assertThat(Arms.pairs(first, second).comoment())
        .as("seed %d", seed)
        .isCloseTo(exactComoment(first, second), within(1e-12 * 300 * 9));
  }

  @Test
  void keepsEachValuesOwnMoments() {
    double[] first = Arms.normal(random, 99, 5, 3);
    double[] second = Arms.normal(random, 99, -2, 1);
    PairMoments pairs = Arms.pairs(first, second);

    assertThat(pairs.n()).isEqualTo(99);
    assertThat(pairs.first()).isEqualTo(Arms.moments(first));
    assertThat(pairs.second()).isEqualTo(Arms.moments(second));
  }

  @Test
  void addsZerosAtOnceAsOneByOne() {
    for (int round = 0; round < 50; round++) {
      double[] first = Arms.normal(random, random.nextInt(50), 5, 30);
      double[] second = correlated(first, 7);
      int zeros = random.nextInt(200);
      int before = random.nextInt(first.length + 1);
      PairMomentsBuilder atOnce = new PairMomentsBuilder();
      for (int i = 0; i <= first.length; i++) {
        if (i == before) {
          atOnce.addZeros(zeros);
        }
        if (i < first.length) {
          atOnce.add(first[i], second[i]);
        }
      }
      assertSame(
          atOnce.toMoments(),
          Arms.pairs(
              Arrays.copyOf(first, first.length + zeros),
              Arrays.copyOf(second, second.length + zeros)));
    }
  }

  @Test
  void leavesNothingButRoundingOfWhatIsExplainedWhole() {
    double[] second = Arms.normal(random, 200, 4, 1);
    double[] threefold = Arrays.stream(second).map(v -> 3 * v).toArray();
    double[] nearly =
        Arrays.stream(second).map(v -> 3 * v + 1e-4 * random.nextGaussian()).toArray();

    assertThat(Arms.pairs(threefold, second).residualM2(3)).isZero();
    assertThat(Arms.pairs(nearly, second).residualM2(3) / 199)
        .as("seed %d", seed)
        .isCloseTo(1e-8, within(4e-9));
    assertThat(Arms.pairs(new double[] {0.3, 0.1 + 0.2}, new double[] {1, 1}).residualM2(0.3))
        .isZero();
  }

  @Test
  void countsNoUnitsAndOneUnit() {
    PairMoments one = PairMoments.of(3, 4);
    assertThat(one).isEqualTo(Arms.pairs(new double[] {3}, new double[] {4}));
    assertThat(PairMoments.EMPTY.merge(one)).isEqualTo(one);
    assertThat(one.merge(PairMoments.EMPTY)).isEqualTo(one);
    assertThat(one.merge(PairMoments.of(5, 8)).comoment()).isEqualTo(4);
  }

  @ParameterizedTest
  @ValueSource(doubles = {1e200, Double.MAX_VALUE, Double.POSITIVE_INFINITY, Double.NaN})
  void tellsThatItOverflowed(double value) {
    double[] values = {1, value, -value};
    assertThat(Arms.pairs(values, values).isFinite()).isFalse();
    assertThat(Arms.pairs(values, new double[3]).isFinite()).isFalse();
  }

  @Test
  void refusesWhatNoUnitsCanGive() {
    assertThatThrownBy(() -> new PairMoments(Moments.of(1), Moments.EMPTY, 0))
        .hasMessageContaining("same units");
    assertThatThrownBy(() -> new PairMoments(Moments.EMPTY, Moments.EMPTY, 1))
        .hasMessageContaining("comoment 1.0");
    assertThatThrownBy(() -> new PairMomentsBuilder().addZeros(-1))
        .hasMessageContaining("-1 units");
  }

  private double[] correlated(double[] values, double offset) {
    double mean = values.length == 0 ? 0 : values[0];
    return Arrays.stream(values)
        .map(v -> offset + 0.5 * (v - mean) + random.nextGaussian())
        .toArray();
  }

  private static double exactComoment(double[] first, double[] second) {
    BigDecimal products = BigDecimal.ZERO;
    BigDecimal sum = BigDecimal.ZERO;
    BigDecimal otherSum = BigDecimal.ZERO;
    for (int i = 0; i < first.length; i++) {
      BigDecimal one = new BigDecimal(first[i]);
      BigDecimal other = new BigDecimal(second[i]);
      products = products.add(one.multiply(other));
      sum = sum.add(one);
      otherSum = otherSum.add(other);
    }
    BigDecimal n = BigDecimal.valueOf(first.length);
    return products.subtract(sum.multiply(otherSum).divide(n, new MathContext(60))).doubleValue();
  }

  private void assertSame(PairMoments actual, PairMoments expected) {
    double scale = Math.sqrt(expected.first().m2() * expected.second().m2());
    assertThat(actual.n()).as("n, seed %d", seed).isEqualTo(expected.n());
    assertThat(actual.comoment())
        .as("comoment, seed %d", seed)
        .isCloseTo(expected.comoment(), within(1e-7 * scale));
    assertThat(actual.first().m2()).isCloseTo(expected.first().m2(), within(1e-7 * scale * 9));
    assertThat(actual.second().mean())
        .isCloseTo(
            expected.second().mean(), within(1e-12 * (Math.abs(expected.second().mean()) + 9)));
  }
}
