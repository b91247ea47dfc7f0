package io.traffical.pipeline.outcome;

import io.traffical.pipeline.model.FactValues;
import io.traffical.pipeline.window.Micros;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Finds how far a unit has come on a funnel: the earliest fact of the first step, then the earliest
 * one of the second at or after it, and so on; one fact never serves two steps. Entries of nine
 * bytes: the step, and when it was taken.
 */
final class FunnelLedger extends EntryLedger {
  private final int steps;
  private final EntryBytes past = new EntryBytes();
  private int reached;
  private long[] times = new long[4];
  private int[] measures = new int[4];
  private int size;
  private int[] stepOf;

  FunnelLedger(int steps) {
    this.steps = steps;
  }

  @Override
  public void addBase(byte[] entries) {
    past.add(entries);
    ByteBuffer stored = ByteBuffer.wrap(entries);
    while (stored.hasRemaining()) {
      reached = Math.max(reached, 1 + stored.get());
      stored.getLong();
    }
  }

  @Override
  void add(long time, int meets, FactValues row, int value, int digest) {
    if (size == times.length) {
      times = Arrays.copyOf(times, 2 * size);
      measures = Arrays.copyOf(measures, 2 * size);
    }
    times[size] = time;
    measures[size++] = meets;
  }

  @Override
  public void settle(long totalsTo, Days days) {
    Integer[] order = new Integer[size];
    Arrays.setAll(order, i -> i);
    Arrays.sort(order, Comparator.comparingLong(i -> times[i]));
    stepOf = new int[size];
    Arrays.fill(stepOf, Instant.FREE);
    Map<Integer, EntryBytes> byDay = new TreeMap<>();
    for (int i = 0; i < size && reached < steps; ) {
      long time = times[order[i]];
      List<Integer> atOnce = new ArrayList<>();
      for (; i < size && times[order[i]] == time; i++) {
        atOnce.add(measures[order[i]]);
      }
      int before = reached;
      Instant instant = new Instant(atOnce);
      reached = instant.advance(before, steps);
      for (int k = 0; k < atOnce.size(); k++) {
        stepOf[order[i - atOnce.size() + k]] = instant.stepOfFact[k];
      }
      for (int step = before; step < reached; step++) {
        if (time < totalsTo) {
          past.int8(step).int64(time);
          byDay
              .computeIfAbsent((int) Math.floorDiv(time, Micros.DAY), day -> new EntryBytes())
              .int8(step)
              .int64(time);
        }
      }
    }
    byDay.forEach((day, bytes) -> days.add(day, bytes.toBytes()));
  }

  @Override
  public byte[] totals() {
    return past.toBytes();
  }

  /**
   * Returns which step a fact was, once settled; -1 for none.
   *
   * @param fact counted from 0, in the order in which facts were added
   */
  int stepOf(int fact) {
    return stepOf[fact];
  }

  /** Returns when a step was taken, of what was added, once settled; null if it was not. */
  Long takenAt(int step) {
    for (int i = 0; i < size; i++) {
      if (stepOf[i] == step) {
        return times[i];
      }
    }
    return null;
  }

  /** Returns how many steps the unit has taken. */
  @Override
  double value() {
    return reached;
  }

  /**
   * Facts with the same time: any of them may come first. As many steps as possible are given a
   * fact each, by augmenting paths (Kuhn 1955).
   */
  private static final class Instant {
    private static final int FREE = -1;

    private final List<Integer> facts;
    private final int[] stepOfFact;

    Instant(List<Integer> facts) {
      this.facts = facts;
      this.stepOfFact = new int[facts.size()];
      Arrays.fill(stepOfFact, FREE);
    }

    int advance(int from, int steps) {
      int step = from;
      while (step < steps && serve(step, new boolean[facts.size()])) {
        step++;
      }
      return step;
    }

    private boolean serve(int step, boolean[] tried) {
      for (int f = 0; f < stepOfFact.length; f++) {
        boolean fits = (facts.get(f) >> step & 1) == 1;
        if (fits && !tried[f]) {
          tried[f] = true;
          if (stepOfFact[f] == FREE || serve(stepOfFact[f], tried)) {
            stepOfFact[f] = step;
            return true;
          }
        }
      }
      return false;
    }
  }
}
