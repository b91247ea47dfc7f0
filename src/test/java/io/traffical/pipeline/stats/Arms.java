package io.traffical.pipeline.stats;

import io.traffical.pipeline.stats.ArmEstimate.Kind;
import java.util.Arrays;
import java.util.random.RandomGenerator;

/** Arms made from unit-level values, as the tests of this package need them. */
final class Arms {
  private Arms() {}

  static Moments moments(double... values) {
    MomentsBuilder builder = new MomentsBuilder();
    for (double value : values) {
      builder.add(value);
    }
    return builder.toMoments();
  }

  static PairMoments pairs(double[] first, double[] second) {
    PairMomentsBuilder builder = new PairMomentsBuilder();
    for (int i = 0; i < first.length; i++) {
      builder.add(first[i], second[i]);
    }
    return builder.toMoments();
  }

  static ArmEstimate ratio(double[] numerators, double[] denominators) {
    long withDenominator = Arrays.stream(denominators).filter(d -> d != 0).count();
    return ArmEstimate.ofRatio(pairs(numerators, denominators), withDenominator);
  }

  static ArmEstimate mean(double... values) {
    return ArmEstimate.of(Kind.MEAN, moments(values));
  }

  static ArmEstimate proportion(int converted, int units) {
    MomentsBuilder builder = new MomentsBuilder();
    for (int i = 0; i < converted; i++) {
      builder.add(1);
    }
    builder.addZeros(units - converted);
    return ArmEstimate.of(Kind.PROPORTION, builder.toMoments());
  }

  static double[] normal(RandomGenerator random, int n, double mean, double deviation) {
    return random.doubles(n).map(u -> random.nextGaussian(mean, deviation)).toArray();
  }
}
