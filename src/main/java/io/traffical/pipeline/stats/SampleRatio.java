package io.traffical.pipeline.stats;

import java.util.Arrays;
import org.apache.commons.statistics.distribution.ChiSquaredDistribution;

/**
 * Whether units fell into the allocations in the expected shares (sample ratio mismatch). Grain:
 * one policy. The status follows Pearson's chi-square, which is for one look; at hourly looks it
 * finds a mismatch too often, and only {@code anytimePValue} tells that there is one.
 *
 * @param chiSquare sum of (observed - expected)^2 / expected over the allocations with a share;
 *     null with fewer than two of them, or without units
 * @param pValue of the chi-square, in [0, 1]; null where that is
 * @param anytimePValue all looks together find a mismatch that is not there at most at the rate
 *     that this is compared with; 0 if units are in an allocation whose share is 0; else null where
 *     the chi-square is
 * @param largestDeviation largest |observed - expected share|, 0.001 being 0.1 percentage points;
 *     null without units
 */
public record SampleRatio(
    Double chiSquare, Double pValue, Double anytimePValue, Double largestDeviation, Status status) {
  private static final double WARN_BELOW = 0.01;
  private static final double FAIL_BELOW = 0.001;
  private static final double FAIL_ABOVE_DEVIATION = 0.001;

  /** What the documented thresholds say. */
  public enum Status {
    /** No sign of a mismatch: p is at least 0.01, or there is nothing to test. */
    PASS,
    /** p is below 0.01. */
    WARN,
    /**
     * p is below 0.001 and a share is off by more than 0.1 percentage points, or units are in an
     * allocation whose share is 0.
     */
    FAIL
  }

  /**
   * Tests the units of each allocation against its share.
   *
   * @param shares expected, at least 0 each; they are scaled to a sum of 1
   * @param units of each allocation, in the same order
   * @throws IllegalArgumentException if the numbers of shares and of units differ, one is negative,
   *     or no share is positive
   */
  public static SampleRatio of(double[] shares, long[] units) {
    requireCountable(shares, units);
    int[] expected = withShare(shares);
    double[] scaled = scaled(shares, expected);
    long[] observed = Arrays.stream(expected).mapToLong(i -> units[i]).toArray();
    long total = Arrays.stream(observed).sum();
    boolean isUnexpected = total != Arrays.stream(units).sum();
    if (total == 0 || expected.length < 2) {
      return new SampleRatio(
          null,
          null,
          isUnexpected ? Double.valueOf(0) : null,
          total == 0 ? null : Double.valueOf(0),
          isUnexpected ? Status.FAIL : Status.PASS);
    }
    double chiSquare = 0;
    double deviation = 0;
    for (int i = 0; i < observed.length; i++) {
      double difference = observed[i] - scaled[i] * total;
      chiSquare += difference * difference / (scaled[i] * total);
      deviation = Math.max(deviation, Math.abs(difference) / total);
    }
    double p = ChiSquaredDistribution.of(expected.length - 1).survivalProbability(chiSquare);
    double anytime = isUnexpected ? 0 : SequentialMultinomial.pValue(scaled, observed);
    Status status = isUnexpected ? Status.FAIL : status(p, deviation);
    return new SampleRatio(chiSquare, p, anytime, deviation, status);
  }

  private static Status status(double p, double deviation) {
    if (p >= WARN_BELOW) {
      return Status.PASS;
    }
    return p < FAIL_BELOW && deviation > FAIL_ABOVE_DEVIATION ? Status.FAIL : Status.WARN;
  }

  private static int[] withShare(double[] shares) {
    int[] expected = new int[shares.length];
    int count = 0;
    for (int i = 0; i < shares.length; i++) {
      if (shares[i] > 0) {
        expected[count++] = i;
      }
    }
    return Arrays.copyOf(expected, count);
  }

  private static double[] scaled(double[] shares, int[] expected) {
    double sum = Arrays.stream(expected).mapToDouble(i -> shares[i]).sum();
    return Arrays.stream(expected).mapToDouble(i -> shares[i] / sum).toArray();
  }

  private static void requireCountable(double[] shares, long[] units) {
    boolean isUsable =
        shares.length == units.length
            && Arrays.stream(shares).allMatch(share -> share >= 0 && Double.isFinite(share))
            && Arrays.stream(shares).sum() > 0
            && Arrays.stream(units).allMatch(count -> count >= 0);
    if (!isUsable) {
      throw new IllegalArgumentException(
          "sample ratio: needs a share and a number of units, neither negative, for each allocation; found %s and %s"
              .formatted(Arrays.toString(shares), Arrays.toString(units)));
    }
  }
}
