package io.traffical.pipeline.outcome;

import io.traffical.pipeline.model.FactValues;
import io.traffical.pipeline.window.Micros;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.TreeMap;

/**
 * Keeps the value of every fact: entries of eight bytes each. There are no totals: days are all.
 */
final class EventsLedger extends EntryLedger {
  private final EntryBytes base = new EntryBytes();
  private final Map<Integer, EntryBytes> byDay = new TreeMap<>();
  private final EntryBytes overlap = new EntryBytes();
  private long[] times = new long[4];
  private double[] values = new double[4];
  private int size;

  @Override
  public void addBase(byte[] entries) {
    base.add(entries);
  }

  @Override
  void add(long time, int measures, FactValues row, int value, int digest) {
    if (!hasValue(row, value)) {
      return;
    }
    if (size == times.length) {
      times = java.util.Arrays.copyOf(times, 2 * size);
      values = java.util.Arrays.copyOf(values, 2 * size);
    }
    times[size] = time;
    values[size++] = row.numbers()[value];
  }

  /** Returns whether the column has a usable number. */
  static boolean hasValue(FactValues row, int value) {
    return !Double.isNaN(row.numbers()[value]);
  }

  @Override
  public void settle(long totalsTo, Days days) {
    for (int i = 0; i < size; i++) {
      EntryBytes bytes =
          times[i] >= totalsTo
              ? overlap
              : byDay.computeIfAbsent(
                  (int) Math.floorDiv(times[i], Micros.DAY), day -> new EntryBytes());
      bytes.int64(Double.doubleToLongBits(values[i]));
    }
    byDay.forEach((day, bytes) -> days.add(day, bytes.toBytes()));
  }

  @Override
  public byte[] totals() {
    return null;
  }

  /** Returns the number of facts. */
  @Override
  double value() {
    return events().length;
  }

  @Override
  double[] events() {
    int stored = base.size() / Long.BYTES;
    double[] all = new double[stored + size];
    ByteBuffer past = base.read();
    for (int i = 0; i < stored; i++) {
      all[i] = past.getDouble();
    }
    System.arraycopy(values, 0, all, stored, size);
    return all;
  }
}
