package io.traffical.pipeline.stats;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Finds values by their rank among groups of values that can be read again and again, exactly and
 * with little memory however many values there are: radix selection on the bits of a double, from
 * the leading ones on. Not thread-safe.
 *
 * <p>Ask for ranks with {@link #want}; then call {@link #nextPass}, and {@link #see} for every
 * value, until {@link #nextPass} returns false.
 */
public final class RankSelection {
  private static final int DIGIT_BITS = 11;
  private static final int DIGITS = 1 << DIGIT_BITS;
  private static final int FIRST_SHIFT = Long.SIZE - DIGIT_BITS;

  private final List<List<Target>> byGroup = new ArrayList<>();
  private final List<Target> targets = new ArrayList<>();
  private int shift = Long.SIZE;

  /** A value that is looked for: its leading bits, as far as they are known. */
  private static final class Target {
    private final long[] counts = new long[DIGITS];
    private long rank;
    private long prefix;

    Target(long rank) {
      this.rank = rank;
    }

    /** Finds the next digit: that of the value with the rank among those with the prefix. */
    void narrow(int digits) {
      int digit = 0;
      while (digit < digits - 1 && rank >= counts[digit]) {
        rank -= counts[digit];
        digit++;
      }
      prefix = prefix << Integer.numberOfTrailingZeros(digits) | digit;
      Arrays.fill(counts, 0);
    }
  }

  /** Divides values into so many groups. */
  public RankSelection(int groups) {
    for (int group = 0; group < groups; group++) {
      byGroup.add(new ArrayList<>());
    }
  }

  /**
   * Asks for the value of a rank.
   *
   * @param rank from 0; less than the number of the group's values
   * @return what to give to {@link #value}
   */
  public int want(int group, long rank) {
    Target target = new Target(rank);
    byGroup.get(group).add(target);
    targets.add(target);
    return targets.size() - 1;
  }

  /** Ends a pass and begins the next; returns false when none is needed any more. */
  public boolean nextPass() {
    if (shift < Long.SIZE) {
      int digits = 1 << digitBits();
      targets.forEach(target -> target.narrow(digits));
    }
    if (targets.isEmpty() || shift == 0) {
      return false;
    }
    shift = Math.max(0, shift - DIGIT_BITS);
    return true;
  }

  /** The last digit is shorter, since 11 does not divide 64. */
  private int digitBits() {
    return shift == 0 ? Long.SIZE % DIGIT_BITS : DIGIT_BITS;
  }

  /** Shows a value; NaN is greater than all others. */
  public void see(int group, double value) {
    List<Target> wanted = byGroup.get(group);
    if (wanted.isEmpty()) {
      return;
    }
    long key = key(value);
    int bits = digitBits();
    int digit = (int) (key >>> shift) & ((1 << bits) - 1);
    for (int i = 0; i < wanted.size(); i++) {
      Target target = wanted.get(i);
      if (shift == FIRST_SHIFT || key >>> (shift + bits) == target.prefix) {
        target.counts[digit]++;
      }
    }
  }

  /** Returns the value of a rank that was asked for, once all passes are done. */
  public double value(int want) {
    long key = targets.get(want).prefix;
    return Double.longBitsToDouble(key < 0 ? key ^ Long.MIN_VALUE : ~key);
  }

  /** Bits that are ordered, without sign, as the values are; the two zeros are one. */
  private static long key(double value) {
    long bits = Double.doubleToLongBits(value + 0.0);
    return bits < 0 ? ~bits : bits ^ Long.MIN_VALUE;
  }
}
