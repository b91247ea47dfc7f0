package io.traffical.pipeline.outcome;

import io.traffical.pipeline.stats.ExactSum;
import java.util.Arrays;

/**
 * One unit's facts for the metrics of one set, kept three ways: what is stored of its past, per day
 * of what was read behind the overlap, and the overlap, of which nothing is stored. A metric's
 * tally takes {@value #WIDTH} numbers: how many facts, and the two parts of their sum.
 */
final class SetLedger {
  static final int WIDTH = 3;

  private final int width;
  private double[] base;
  private double[] overlap;
  private double[] covariates;
  private int[] days = new int[4];
  private double[][] byDay = new double[4][];
  private int dayCount;

  SetLedger(int places) {
    this.width = WIDTH * places;
  }

  /** Adds a part of the unit's stored past. */
  void addBase(int place, long count, double high, double low) {
    if (base == null) {
      base = new double[width];
    }
    base[WIDTH * place] += count;
    ExactSum.add(base, WIDTH * place + 1, high, low);
  }

  /** Returns the tallies of the overlap, to be added to. */
  double[] overlap() {
    if (overlap == null) {
      overlap = new double[width];
    }
    return overlap;
  }

  /** Returns the tallies of what happened before the first assignment, to be added to. */
  double[] covariates() {
    if (covariates == null) {
      covariates = new double[width];
    }
    return covariates;
  }

  /** Leaves out what is stored of a covariate: the unit has been looked up again. */
  void forgetBase(int place) {
    if (base != null) {
      Arrays.fill(base, WIDTH * place, WIDTH * (place + 1), 0);
    }
  }

  /** Makes the covariate that was looked up a part of the totals. Returns whether there is one. */
  boolean keepCovariate(int place) {
    if (covariates == null || covariates[WIDTH * place] == 0) {
      return false;
    }
    int at = WIDTH * place;
    addBase(place, (long) covariates[at], covariates[at + 1], covariates[at + 2]);
    Arrays.fill(covariates, at, at + WIDTH, 0);
    return true;
  }

  /** Returns the tallies of a day (days since 1970), to be added to. Days mostly come in order. */
  double[] day(int day) {
    int i = dayCount - 1;
    while (i >= 0 && days[i] > day) {
      i--;
    }
    if (i >= 0 && days[i] == day) {
      return byDay[i];
    }
    return insertDay(i + 1, day);
  }

  private double[] insertDay(int at, int day) {
    if (dayCount == days.length) {
      days = Arrays.copyOf(days, 2 * dayCount);
      byDay = Arrays.copyOf(byDay, 2 * dayCount);
    }
    System.arraycopy(days, at, days, at + 1, dayCount - at);
    System.arraycopy(byDay, at, byDay, at + 1, dayCount - at);
    days[at] = day;
    byDay[at] = new double[width];
    dayCount++;
    return byDay[at];
  }

  /** Counts a fact, with its value unless the metric only counts. */
  static void count(double[] tallies, int place) {
    tallies[WIDTH * place]++;
  }

  static void count(double[] tallies, int place, double value) {
    tallies[WIDTH * place]++;
    ExactSum.add(tallies, WIDTH * place + 1, value, 0);
  }

  /** Returns how many days were read behind the overlap. */
  int dayCount() {
    return dayCount;
  }

  int day(int i, double[][] tallies) {
    tallies[0] = byDay[i];
    return days[i];
  }

  /** Returns what to store as the unit's totals: everything behind the overlap. */
  double[] totals() {
    double[] totals = base == null ? new double[width] : base.clone();
    for (int d = 0; d < dayCount; d++) {
      add(totals, byDay[d]);
    }
    return totals;
  }

  private void add(double[] totals, double[] tallies) {
    for (int t = 0; t < width; t += WIDTH) {
      totals[t] += tallies[t];
      ExactSum.add(totals, t + 1, tallies[t + 1], tallies[t + 2]);
    }
  }

  /** Returns the tallies up to the end of the data, given {@link #totals}. */
  double[] upToEnd(double[] totals) {
    if (overlap == null && covariates == null) {
      return totals;
    }
    double[] all = totals.clone();
    if (overlap != null) {
      add(all, overlap);
    }
    if (covariates != null) {
      add(all, covariates);
    }
    return all;
  }

  /** Returns whether any metric has a fact in the tallies. */
  static boolean isEmpty(double[] tallies) {
    for (int t = 0; t < tallies.length; t += WIDTH) {
      if (tallies[t] != 0) {
        return false;
      }
    }
    return true;
  }

  /** Returns how many facts a tally has counted. */
  static double facts(double[] tallies, int place) {
    return tallies[WIDTH * place];
  }

  /** Returns the sum that a tally has. */
  static double sum(double[] tallies, int place) {
    return tallies[WIDTH * place + 1] + tallies[WIDTH * place + 2];
  }
}
