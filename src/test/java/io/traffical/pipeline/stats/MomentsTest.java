package io.traffical.pipeline.stats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MomentsTest {
  private final long seed = new Random().nextLong();
  private final Random random = new Random(seed);

  @ParameterizedTest
  @ValueSource(doubles = {0, 20, -1e6, 1e9})
  void mergesRandomSplitsIntoOnePass(double offset) {
    for (int round = 0; round < 50; round++) {
      double[] values = Arms.normal(random, 50 + random.nextInt(500), offset, 3);
      Moments whole = Arms.moments(values);
      Moments merged = Moments.EMPTY;
      for (int from = 0; from < values.length; ) {
        int to = Math.min(values.length, from + random.nextInt(100));
        merged = merged.merge(Arms.moments(Arrays.copyOfRange(values, from, to)));
        from = to;
      }
      assertSame(merged, whole);
    }
  }

  @Test
  void addsZerosAtOnceAsOneByOne() {
    for (int round = 0; round < 50; round++) {
      double[] values = Arms.normal(random, random.nextInt(50), 5, 30);
      int zeros = random.nextInt(200);
      MomentsBuilder atOnce = new MomentsBuilder();
      int before = values.length == 0 ? 0 : random.nextInt(values.length);
      for (int i = 0; i < values.length; i++) {
        if (i == before) {
          atOnce.addZeros(zeros);
        }
        atOnce.add(values[i]);
      }
      if (values.length == 0) {
        atOnce.addZeros(zeros);
      }
      assertSame(atOnce.toMoments(), Arms.moments(Arrays.copyOf(values, values.length + zeros)));
    }
  }

  /** Expected: 700 units of 1e15 and 300 of 1e15 + 1, whose variance is 1000 / 999 * 0.7 * 0.3. */
  @Test
  void keepsTheVarianceUnderALargeOffset() {
    MomentsBuilder builder = new MomentsBuilder();
    for (int i = 0; i < 1000; i++) {
      builder.add(1e15 + (i % 10 < 3 ? 1 : 0));
    }
    assertThat(builder.toMoments().sampleVariance()).isCloseTo(210.0 / 999, within(1e-12));
  }

  @Test
  void sumsWhatCancelsExactly() {
    assertThat(Arms.moments(1, 1e20, 0.25, -1e20, -1).sum()).isEqualTo(0.25);
  }

  @Test
  void hasNoVarianceBelowTwoUnits() {
    assertThat(Moments.EMPTY.sampleVariance()).isNull();
    assertThat(Moments.of(7).sampleVariance()).isNull();
    assertThat(Moments.of(7).merge(Moments.of(9)).sampleVariance()).isEqualTo(2);
    assertThat(Moments.of(7).merge(Moments.EMPTY)).isEqualTo(Moments.of(7));
  }

  @Test
  void takesDifferencesOfRoundingForAConstant() {
    assertThat(Arms.moments(0.3, 0.1 + 0.2, 0.3).sampleVariance()).isZero();
    assertThat(Arms.moments(0.3, 0.3 + 1e-12, 0.3).sampleVariance()).isPositive();
  }

  @ParameterizedTest
  @ValueSource(doubles = {1e200, Double.MAX_VALUE, Double.POSITIVE_INFINITY, Double.NaN})
  void tellsThatItOverflowed(double value) {
    assertThat(Arms.moments(1, value, -value).isFinite()).isFalse();
  }

  @Test
  void refusesWhatNoUnitsCanGive() {
    assertThatThrownBy(() -> new Moments(-1, 0, 0, 0)).hasMessageContaining("n=-1");
    assertThatThrownBy(() -> new Moments(3, 1, -1, 3)).hasMessageContaining("m2=-1.0");
    assertThatThrownBy(() -> new Moments(0, 1, 0, 0)).hasMessageContaining("no units");
    assertThatThrownBy(() -> new MomentsBuilder().addZeros(-1)).hasMessageContaining("-1 units");
  }

  private void assertSame(Moments actual, Moments expected) {
    double deviation = Math.sqrt(expected.m2());
    assertThat(actual.n()).as("n, seed %d", seed).isEqualTo(expected.n());
    assertThat(actual.sum())
        .as("sum, seed %d", seed)
        .isCloseTo(expected.sum(), within(1e-12 * (Math.abs(expected.sum()) + deviation)));
    assertThat(actual.mean())
        .as("mean, seed %d", seed)
        .isCloseTo(expected.mean(), within(1e-12 * (Math.abs(expected.mean()) + deviation)));
    assertThat(actual.m2())
        .as("m2, seed %d", seed)
        .isCloseTo(expected.m2(), within(1e-7 * expected.m2()));
  }
}
