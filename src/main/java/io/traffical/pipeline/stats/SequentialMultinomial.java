package io.traffical.pipeline.stats;

import org.apache.commons.numbers.gamma.LogGamma;

/**
 * The anytime-valid test of counts against shares: the inverse Bayes factor of a Dirichlet prior
 * against the shares is a p-value at any look. Source: Lindon and Malek, "Anytime-valid inference
 * for multinomial count data" (2022).
 *
 * <p>The prior is centred on the shares and worth one unit for each allocation, alpha_k = K
 * share_k: it lets small and large mismatches be found, each a little later than a prior made for
 * it would.
 */
final class SequentialMultinomial {
  private static final double LOG_ROOT_TWO_PI = 0.5 * Math.log(2 * Math.PI);
  private static final double SERIES_FROM = 10;

  private SequentialMultinomial() {}

  /** Returns the p-value, in (0, 1], of counts against shares that are positive and sum to 1. */
  static double pValue(double[] shares, long[] counts) {
    return Math.max(Math.min(1, Math.exp(-logBayesFactor(shares, counts))), Double.MIN_VALUE);
  }

  /**
   * Returns the logarithm of the Bayes factor, with A = sum of alpha, z_k = alpha_k + x_k and Z
   * their sum:
   *
   * <p>{@code ln G(A) - ln G(Z) + sum(ln G(z_k) - ln G(alpha_k) - x_k ln share_k)}
   *
   * <p>As it stands, numbers of the size of n ln n cancel. With Stirling's formula for G, what
   * cancels does so before a computer sees it, and the size of what is left is that of the result.
   */
  static double logBayesFactor(double[] shares, long[] counts) {
    int allocations = shares.length;
    double total = allocations;
    for (long count : counts) {
      total += count;
    }
    double sum =
        LogGamma.value(allocations)
            - stirlingRest(total)
            + (1 - allocations) * (0.5 * Math.log(total) - LOG_ROOT_TWO_PI);
    for (int k = 0; k < allocations; k++) {
      double prior = allocations * shares[k];
      double posterior = prior + counts[k];
      double expected = total * shares[k];
      double logRatio =
          posterior < expected / 2
              ? Math.log(posterior / expected)
              : Math.log1p((posterior - expected) / expected);
      sum +=
          (posterior - 0.5) * logRatio
              + (prior - 0.5) * Math.log(shares[k])
              + stirlingRest(posterior)
              - LogGamma.value(prior);
    }
    return sum;
  }

  /** Returns ln G(z) - ((z - 1/2) ln z - z + ln(2 pi) / 2). */
  private static double stirlingRest(double z) {
    if (z < SERIES_FROM) {
      return LogGamma.value(z) - ((z - 0.5) * Math.log(z) - z + LOG_ROOT_TWO_PI);
    }
    double inverse = 1 / (z * z);
    double series = 1.0 / 1188 - inverse * (691.0 / 360360 - inverse / 156);
    series = 1.0 / 1260 - inverse * (1.0 / 1680 - inverse * series);
    return (1.0 / 12 - inverse * (1.0 / 360 - inverse * series)) / z;
  }
}
