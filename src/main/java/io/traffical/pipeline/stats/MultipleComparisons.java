package io.traffical.pipeline.stats;

import java.util.Arrays;
import java.util.Comparator;

/**
 * P-values adjusted for a family of tests: one is significant at alpha when its adjusted p-value is
 * below alpha. A test that gave no p-value is not in the family.
 */
public final class MultipleComparisons {
  private MultipleComparisons() {}

  /**
   * Returns the p-values adjusted by Holm (1979), in the order given: the chance of any false
   * positive in the family is at most alpha, however the tests depend on each other.
   *
   * @throws IllegalArgumentException if a p-value is not in [0, 1]
   */
  public static double[] holm(double[] pValues) {
    Integer[] ascending = ascending(pValues);
    int tests = pValues.length;
    double[] adjusted = new double[tests];
    double largest = 0;
    for (int rank = 0; rank < tests; rank++) {
      largest = Math.max(largest, Math.min(1, (tests - rank) * pValues[ascending[rank]]));
      adjusted[ascending[rank]] = largest;
    }
    return adjusted;
  }

  /**
   * Returns the p-values adjusted by Benjamini and Hochberg (1995), in the order given: the
   * expected share of false positives among the significant is at most alpha, for tests that are
   * independent or depend positively.
   *
   * @throws IllegalArgumentException if a p-value is not in [0, 1]
   */
  public static double[] benjaminiHochberg(double[] pValues) {
    Integer[] ascending = ascending(pValues);
    int tests = pValues.length;
    double[] adjusted = new double[tests];
    double smallest = 1;
    for (int rank = tests; rank > 0; rank--) {
      int test = ascending[rank - 1];
      smallest = Math.min(smallest, pValues[test] * (tests / (double) rank));
      adjusted[test] = smallest;
    }
    return adjusted;
  }

  private static Integer[] ascending(double[] pValues) {
    Integer[] order = new Integer[pValues.length];
    for (int i = 0; i < pValues.length; i++) {
      if (!(pValues[i] >= 0 && pValues[i] <= 1)) {
        throw new IllegalArgumentException(
            "p-values: must be between 0 and 1; found " + pValues[i]);
      }
      order[i] = i;
    }
    Arrays.sort(order, Comparator.comparingDouble(i -> pValues[i]));
    return order;
  }
}
