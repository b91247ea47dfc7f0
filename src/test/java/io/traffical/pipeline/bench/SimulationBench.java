package io.traffical.pipeline.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.traffical.pipeline.bench.SimulatedMetric.Arm;
import io.traffical.pipeline.stats.Comparison;
import io.traffical.pipeline.stats.Cuped;
import io.traffical.pipeline.stats.Method;
import io.traffical.pipeline.stats.SampleRatio;
import java.util.Locale;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Whether the statistics keep their promises: false positives, coverage, what CUPED gains and the
 * sample ratio test at hourly looks, in experiments drawn at random. {@code mvn -Pbench verify
 * -Dit.test=SimulationBench} runs it alone; {@code -Dbench.size=quick} makes it short, {@code
 * -Dbench.seed=N} repeats it.
 */
class SimulationBench {
  private static final Method FIXED = Method.fixed(0.95);
  private static final int LOOKS = 40;
  private static final int HOURS = 720;

  private final boolean isQuick = BenchSize.chosen().name().equals("quick");
  private final int experiments = isQuick ? 1_000 : 10_000;
  private final int sequences = isQuick ? 300 : 5_000;
  private final long seed = Long.getLong("bench.seed", new Random().nextLong());
  private final RandomGenerator random = new SplittableRandom(seed);
  private long startedAt;

  @BeforeEach
  void sayTheSeed(TestInfo test) {
    startedAt = System.nanoTime();
    String name = test.getTestMethod().orElseThrow().getName();
    Progress.say(name + " " + test.getDisplayName() + ", bench.seed=" + seed);
  }

  @AfterEach
  void sayTheTime() {
    Progress.say(String.format(Locale.ROOT, "%.1f s", (System.nanoTime() - startedAt) / 1e9));
  }

  @ParameterizedTest
  @EnumSource(SimulatedMetric.class)
  void findsAnEffectInOneOfTwentyExperimentsWithoutOne(SimulatedMetric metric) {
    SimulatedRate falsePositives = new SimulatedRate(metric + ", A/A significant", experiments);
    for (int i = 0; i < experiments; i++) {
      falsePositives.count(experiment(metric, 0).significant());
    }
    falsePositives.assertNominal(0.05);
  }

  /** An interval without ends covers everything. */
  @ParameterizedTest
  @EnumSource(SimulatedMetric.class)
  void coversTheRelativeLift(SimulatedMetric metric) {
    double lift = 0.2;
    SimulatedRate covered = new SimulatedRate(metric + ", relative lift covered", experiments);
    for (int i = 0; i < experiments; i++) {
      Comparison comparison = experiment(metric, lift);
      covered.count(
          comparison.relativeLiftLower() == null
              || (comparison.relativeLiftLower() <= lift
                  && comparison.relativeLiftUpper() >= lift));
    }
    covered.assertNominal(0.95);
  }

  /** What is looked at 40 times with the test for one look is found far too often. */
  @ParameterizedTest
  @EnumSource(
      value = SimulatedMetric.class,
      names = {"MEAN", "PROPORTION", "RATIO", "CUPED"})
  void staysValidAtFortyLooks(SimulatedMetric metric) {
    Method sequential = Method.sequential(0.95, Method.DEFAULT_TARGET_SAMPLE_SIZE);
    SimulatedRate ever = new SimulatedRate(metric + ", sequential, ever significant", sequences);
    SimulatedRate naive = new SimulatedRate(metric + ", fixed, ever significant", sequences);
    for (int i = 0; i < sequences; i++) {
      Arm control = new Arm();
      Arm treatment = new Arm();
      boolean isEver = false;
      boolean isNaivelyEver = false;
      for (int look = 0; look < LOOKS; look++) {
        metric.draw(control, 50, random, 0);
        metric.draw(treatment, 50, random, 0);
        isEver |= metric.compare(control, treatment, sequential).significant();
        isNaivelyEver |= metric.compare(control, treatment, FIXED).significant();
      }
      ever.count(isEver);
      naive.count(isNaivelyEver);
    }
    naive.assertAtLeast(0.2);
    ever.assertAtMost(0.05);
  }

  @ParameterizedTest
  @ValueSource(doubles = {0.2, 0.5, 0.9})
  void removesTheSquaredCorrelationOfTheVariance(double correlation) {
    int rounds = experiments / 10;
    double sum = 0;
    double squares = 0;
    for (int i = 0; i < rounds; i++) {
      Arm control = new Arm();
      Arm treatment = new Arm();
      for (int unit = 0; unit < 2_000; unit++) {
        SimulatedMetric.drawCorrelated(control, random, 0, correlation);
        SimulatedMetric.drawCorrelated(treatment, random, 0, correlation);
      }
      Cuped cuped = SimulatedMetric.cuped(control, treatment, FIXED);
      assertThat(cuped.adjusted()).isTrue();
      sum += cuped.varianceReduction();
      squares += cuped.varianceReduction() * cuped.varianceReduction();
    }
    double mean = sum / rounds;
    double error = Math.sqrt((squares / rounds - mean * mean) / rounds);
    Progress.say(
        String.format(
            Locale.ROOT,
            "| CUPED, variance removed | %,d | %.4f | %.4f ± %.4f |",
            rounds,
            mean,
            correlation * correlation,
            4 * error));
    // The estimated correlation's square is off by 1 / n of 4,000 units.
    assertThat(Math.abs(mean - correlation * correlation)).isLessThan(4 * error + 1.0 / 4_000);
  }

  /** Every hour of a month, twenty units or so come: what a health check looks at. */
  @Test
  void findsNoMismatchWhereThereIsNoneAtHourlyLooks() {
    SimulatedRate anytime = new SimulatedRate("SRM, anytime-valid p < 0.01 ever", sequences);
    SimulatedRate chiSquare = new SimulatedRate("SRM, chi-square p < 0.01 ever", sequences);
    SimulatedRate three = new SimulatedRate("SRM of three, anytime-valid", sequences);
    for (int i = 0; i < sequences; i++) {
      double[] lowest = lowestPValues(new double[] {0.5, 0.5}, new double[] {0.5, 0.5});
      chiSquare.count(lowest[0] < 0.01);
      anytime.count(lowest[1] < 0.01);
      double[] shares = {0.1, 0.3, 0.6};
      three.count(lowestPValues(shares, shares)[1] < 0.01);
    }
    chiSquare.assertAtLeast(0.05);
    anytime.assertAtMost(0.01);
    three.assertAtMost(0.01);
  }

  @Test
  void findsAMismatchWhereThereIsOne() {
    int few = sequences / 10;
    SimulatedRate found = new SimulatedRate("SRM of 47:53, anytime-valid, found", few);
    for (int i = 0; i < few; i++) {
      found.count(lowestPValues(new double[] {0.5, 0.5}, new double[] {0.47, 0.53})[1] < 0.01);
    }
    found.assertAtLeast(0.99);
  }

  private Comparison experiment(SimulatedMetric metric, double lift) {
    Arm control = new Arm();
    Arm treatment = new Arm();
    metric.draw(control, 1_000, random, 0);
    metric.draw(treatment, 600, random, lift);
    return metric.compare(control, treatment, FIXED);
  }

  /** Returns the lowest p-values of all looks: of the chi-square, and the anytime-valid one. */
  private double[] lowestPValues(double[] expected, double[] actual) {
    long[] units = new long[expected.length];
    double[] lowest = {1, 1};
    for (int hour = 0; hour < HOURS; hour++) {
      for (int arrived = 5 + random.nextInt(31); arrived > 0; arrived--) {
        units[allocation(actual)]++;
      }
      SampleRatio ratio = SampleRatio.of(expected, units);
      lowest[0] = Math.min(lowest[0], ratio.pValue());
      lowest[1] = Math.min(lowest[1], ratio.anytimePValue());
    }
    return lowest;
  }

  private int allocation(double[] shares) {
    double place = random.nextDouble();
    int allocation = 0;
    while (allocation < shares.length - 1 && place >= shares[allocation]) {
      place -= shares[allocation++];
    }
    return allocation;
  }
}
