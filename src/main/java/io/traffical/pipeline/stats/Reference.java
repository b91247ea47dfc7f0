package io.traffical.pipeline.stats;

import org.apache.commons.statistics.distribution.ContinuousDistribution;
import org.apache.commons.statistics.distribution.NormalDistribution;
import org.apache.commons.statistics.distribution.TDistribution;

/**
 * The distribution that a standardised difference has when the arms do not differ. Symmetric about
 * 0.
 *
 * @param distribution Student t or standard normal
 */
record Reference(ContinuousDistribution distribution) {
  static final Reference NORMAL = new Reference(NormalDistribution.of(0, 1));

  /** Returns Student's t; the degrees of freedom are positive and need not be whole. */
  static Reference studentT(double degreesOfFreedom) {
    return new Reference(TDistribution.of(degreesOfFreedom));
  }

  /**
   * Returns the two-sided p-value of a statistic from the survival function, which keeps its digits
   * in the tail where 1 - cdf has none. Never 0: what a double cannot hold is its smallest number.
   */
  double pValue(double statistic) {
    return Math.max(2 * distribution.survivalProbability(Math.abs(statistic)), Double.MIN_VALUE);
  }

  /** Returns the c with probability alpha outside [-c, c]. */
  double critical(double alpha) {
    double rough = distribution.inverseSurvivalProbability(alpha / 2);
    // The library searches to 1e-9; one step of Newton's method brings it to a double's precision.
    return rough
        + (distribution.survivalProbability(rough) - alpha / 2) / distribution.density(rough);
  }
}
