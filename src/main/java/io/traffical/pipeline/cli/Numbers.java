package io.traffical.pipeline.cli;

import java.math.BigDecimal;
import java.math.RoundingMode;

/**
 * Numbers as a person reads them: few digits, but never so few that a small number looks like 0.
 */
final class Numbers {
  private static final int MOST_DECIMALS = 12;

  private Numbers() {}

  /** Returns the number with four significant digits; digits before the point all stay. */
  static String plain(double number) {
    if (!Double.isFinite(number)) {
      return Double.toString(number);
    }
    BigDecimal rounded = rounded(number, 4, 0);
    return rounded.signum() == 0 ? "0" : rounded.stripTrailingZeros().toPlainString();
  }

  /** Returns a share in percent with at least two decimals: 0.1234 is {@code 12.34 %}. */
  static String share(double share) {
    return fixed(share * 100, 3, 2) + " %";
  }

  /** Returns a change in percent with at least one decimal: 0.041 is {@code 4.1 %}. */
  static String percent(double change) {
    return fixed(change * 100, 2, 1) + " %";
  }

  /** Returns a share in percent without superfluous digits: 0.95 is {@code 95 %}. */
  static String wholePercent(double share) {
    return BigDecimal.valueOf(share).movePointRight(2).stripTrailingZeros().toPlainString() + " %";
  }

  /** Returns the difference of two shares in percentage points, without the unit. */
  static String points(double difference) {
    return fixed(difference * 100, 2, 1);
  }

  /** Puts a plus before a text that stands for a positive number. */
  static String signed(String text, double number) {
    return number > 0 ? "+" + text : text;
  }

  /** Returns {@code p = 0.006} without the {@code p}: three decimals, four close to 0.05. */
  static String probability(double p) {
    if (p < 0.001) {
      return "< 0.001";
    }
    boolean isClose = p >= 0.04 && p < 0.06;
    return "= "
        + BigDecimal.valueOf(p).setScale(isClose ? 4 : 3, RoundingMode.HALF_UP).toPlainString();
  }

  private static String fixed(double number, int significant, int leastDecimals) {
    if (!Double.isFinite(number)) {
      return Double.toString(number);
    }
    BigDecimal rounded = rounded(number, significant, leastDecimals);
    return rounded.signum() == 0 ? "0" : rounded.toPlainString();
  }

  private static BigDecimal rounded(double number, int significant, int leastDecimals) {
    if (number == 0) {
      return BigDecimal.ZERO;
    }
    int magnitude = (int) Math.floor(Math.log10(Math.abs(number)));
    int decimals = Math.min(MOST_DECIMALS, Math.max(leastDecimals, significant - 1 - magnitude));
    return BigDecimal.valueOf(number).setScale(decimals, RoundingMode.HALF_EVEN);
  }
}
