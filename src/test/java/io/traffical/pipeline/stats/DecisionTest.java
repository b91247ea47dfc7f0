package io.traffical.pipeline.stats;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

/** One decision: the flag, the intervals and the p-value say the same, and they say it rightly. */
class DecisionTest {

  @Test
  void agreesWithTheIntervalsAndThePValueForMeans() {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    for (int i = 0; i < 5_000; i++) {
      double base = random.nextInt(-4, 5);
      double[] control = Arms.normal(random, 2 + random.nextInt(15), base, 1);
      double[] treatment =
          Arms.normal(random, 2 + random.nextInt(15), base + random.nextGaussian(), 2);
      assertAgreement(Arms.mean(control), Arms.mean(treatment), 0.9, "seed %d".formatted(seed));
    }
  }

  @Test
  void agreesWithTheIntervalsAndThePValueForProportions() {
    for (int n = 2; n < 14; n++) {
      for (int a = 0; a <= n; a++) {
        for (int b = 0; b <= 12; b++) {
          ArmEstimate control = Arms.proportion(a, n);
          assertAgreement(control, Arms.proportion(b, 12), 0.95, a + "/" + n + ", " + b);
          assertAgreement(control, Arms.proportion(b, 12), 0.8, a + "/" + n + ", " + b);
        }
      }
    }
  }

  /** The margin is as near to the lift as doubles allow, so that rounding could part them. */
  @Test
  void agreesAtTheVeryEdge() {
    for (double degrees : new double[] {1, 3.7, 18, 1e4}) {
      Reference reference = Reference.studentT(degrees);
      double edge = reference.critical(0.05);
      for (int ulps = -40; ulps <= 40; ulps++) {
        double estimate = edge + ulps * Math.ulp(edge);
        Difference difference = Difference.of(estimate, 1, reference, 0.05);
        assertThat(difference.pValue() < 0.05).isEqualTo(difference.excludesZero());
        assertThat(difference.excludesZero()).isEqualTo(estimate > edge);
      }
    }
  }

  /** 2,000 A/A experiments: 5 % significant, within four binomial standard errors. */
  @Test
  void findsAnEffectInOneOfTwentyExperimentsWithoutOne() {
    Random random = new Random(20240611);
    int means = 0;
    int proportions = 0;
    for (int i = 0; i < 2_000; i++) {
      double[] control = Arms.normal(random, 60, 10, 1);
      double[] treatment = Arms.normal(random, 30, 10, 4);
      means += Comparison.of(Arms.mean(control), Arms.mean(treatment), 0.95).significant() ? 1 : 0;
      ArmEstimate a = Arms.proportion(converted(random), 400);
      ArmEstimate b = Arms.proportion(converted(random), 400);
      proportions += Comparison.of(a, b, 0.95).significant() ? 1 : 0;
    }
    assertThat(means).isBetween(100 - 39, 100 + 39);
    assertThat(proportions).isBetween(100 - 39, 100 + 39);
  }

  private static int converted(Random random) {
    return (int) random.doubles(400).filter(u -> u < 0.3).count();
  }

  private static void assertAgreement(
      ArmEstimate control, ArmEstimate treatment, double confidence, String what) {
    Comparison actual = Comparison.of(control, treatment, confidence);
    assertThat(actual.liftLower() > 0 || actual.liftUpper() < 0)
        .as(what)
        .isEqualTo(actual.significant());
    assertThat(actual.pValue() < (confidence == 0.95 ? 0.05 : confidence == 0.9 ? 0.1 : 0.2))
        .as(what)
        .isEqualTo(actual.significant());
    assertThat(actual.liftLower()).as(what).isLessThan(actual.liftUpper());
    if (actual.relativeLiftLower() != null) {
      assertThat(actual.relativeLiftLower() > 0 || actual.relativeLiftUpper() < 0)
          .as(what)
          .isEqualTo(actual.significant());
      assertThat(actual.relativeLift())
          .as(what)
          .isBetween(actual.relativeLiftLower(), actual.relativeLiftUpper());
    }
  }
}
