package io.traffical.pipeline.stats;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ExactSumTest {

  @Test
  void keepsSmallValuesBesideLargeOnesThatCancel() {
    ExactSum sum = new ExactSum();
    for (double value : new double[] {1, 1e30, 0.25, -1e30, -1}) {
      sum.add(value);
    }
    assertThat(sum.value()).isEqualTo(0.25);
  }

  @Test
  void roundsTheExactSumOnce() {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    ExactSum sum = new ExactSum();
    BigDecimal exact = BigDecimal.ZERO;
    for (int i = 0; i < 20_000; i++) {
      double value = random.nextGaussian() * Math.pow(10, random.nextInt(12));
      sum.add(value);
      exact = exact.add(new BigDecimal(value));
    }
    assertThat(sum.value()).as("seed %d", seed).isEqualTo(exact.doubleValue());
  }

  @Test
  void goesOnFromItsTwoParts() {
    ExactSum first = new ExactSum();
    first.add(1e16);
    first.add(1);
    ExactSum next = new ExactSum(first.high(), first.low());
    next.add(first.high(), first.low());
    next.add(-2e16);
    assertThat(next.value()).isEqualTo(2);

    next.clear();
    assertThat(next.value()).isZero();
  }

  @Test
  void tellsThatItOverflowed() {
    ExactSum sum = new ExactSum();
    sum.add(Double.MAX_VALUE);
    assertThat(sum.isFinite()).isTrue();
    sum.add(Double.MAX_VALUE);
    assertThat(sum.isFinite()).isFalse();
    sum.add(-Double.MAX_VALUE);
    assertThat(sum.isFinite()).isFalse();
  }
}
