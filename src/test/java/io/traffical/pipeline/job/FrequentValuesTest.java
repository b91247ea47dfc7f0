package io.traffical.pipeline.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FrequentValuesTest {
  private int passes;

  private FrequentValues.Values values(List<String> values) {
    return reader -> {
      passes++;
      values.forEach(reader);
    };
  }

  @Test
  void theMostFrequentAreShownAndOfEquallyFrequentOnesTheBytewiseSmaller() throws IOException {
    DimensionValues shown =
        new FrequentValues(2).of(values(List.of("z", "b", "é", "b", "z", "a", "b")));

    assertThat(shown.kept()).containsExactlyInAnyOrder("b", "z");
    assertThat(new FrequentValues(2).of(values(List.of("é", "b", "z", "b"))).kept())
        .containsExactlyInAnyOrder("b", "z");
    assertThat(shown.shown("é")).isEqualTo("(other)");
    assertThat(passes).as("few values are counted at once").isEqualTo(2);
  }

  @ParameterizedTest
  @CsvSource({"1, 10", "3, 10", "20, 50", "20, 1000"})
  void countingInSharesFindsTheSame(int most, int atOnce) throws IOException {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    List<String> values = new ArrayList<>();
    for (int i = 0; i < 5000; i++) {
      values.add("v" + (int) Math.abs(random.nextGaussian() * 60));
    }

    assertThat(new FrequentValues(most, atOnce).of(values(values)).kept())
        .as("seed " + seed)
        .isEqualTo(new FrequentValues(most, 1_000_000).of(values(values)).kept());
    assertThat(passes).isGreaterThanOrEqualTo(2);
  }
}
