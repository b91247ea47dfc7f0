package io.traffical.pipeline.outcome;

import io.traffical.pipeline.model.FactValues;
import io.traffical.pipeline.window.Micros;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Keeps the digests of the different values that a unit has had, and when each new one was first
 * seen: entries of sixteen bytes each. A hash table with open addressing.
 */
final class DistinctLedger extends EntryLedger {
  private static final long STORED = Long.MIN_VALUE;
  private static final int WIDTH = 3;

  /** Two longs of a digest, and when it was first seen; the digest 0, 0 is a free place. */
  private long[] table = new long[WIDTH * 8];

  private int size;
  private byte[] totals;

  @Override
  public void addBase(byte[] entries) {
    ByteBuffer past = ByteBuffer.wrap(entries);
    while (past.hasRemaining()) {
      add(past.getLong(), past.getLong(), STORED);
    }
  }

  @Override
  void add(long time, int measures, FactValues row, int value, int digest) {
    if (hasValue(row, digest)) {
      add(row.digests()[digest], row.digests()[digest + 1], time);
    }
  }

  /** Returns whether the column is not null. */
  static boolean hasValue(FactValues row, int digest) {
    return row.digests()[digest] != 0 || row.digests()[digest + 1] != 0;
  }

  private void add(long high, long low, long time) {
    int at = find(table, high, low);
    if (table[at] == 0 && table[at + 1] == 0) {
      put(table, at, high, low, time);
      size++;
      if (2 * WIDTH * size > table.length) {
        grow();
      }
    } else {
      table[at + 2] = Math.min(table[at + 2], time);
    }
  }

  /** Returns where the digest is, or the free place where it belongs. */
  private static int find(long[] table, long high, long low) {
    int places = table.length / WIDTH;
    int place = (int) (high & (places - 1));
    while (true) {
      int at = WIDTH * place;
      boolean isFree = table[at] == 0 && table[at + 1] == 0;
      if (isFree || (table[at] == high && table[at + 1] == low)) {
        return at;
      }
      place = (place + 1) & (places - 1);
    }
  }

  private static void put(long[] table, int at, long high, long low, long time) {
    table[at] = high;
    table[at + 1] = low;
    table[at + 2] = time;
  }

  private void grow() {
    long[] larger = new long[2 * table.length];
    for (int at = 0; at < table.length; at += WIDTH) {
      if (table[at] != 0 || table[at + 1] != 0) {
        int to = find(larger, table[at], table[at + 1]);
        put(larger, to, table[at], table[at + 1], table[at + 2]);
      }
    }
    table = larger;
  }

  @Override
  public void settle(long totalsTo, Days days) {
    EntryBytes past = new EntryBytes();
    long[][] fresh = new long[size][];
    int count = 0;
    for (int at = 0; at < table.length; at += WIDTH) {
      boolean isPast = table[at + 2] < totalsTo && (table[at] != 0 || table[at + 1] != 0);
      if (isPast) {
        past.int64(table[at]).int64(table[at + 1]);
        if (table[at + 2] != STORED) {
          long day = Math.floorDiv(table[at + 2], Micros.DAY);
          fresh[count++] = new long[] {day, table[at], table[at + 1]};
        }
      }
    }
    totals = past.toBytes();
    Arrays.sort(fresh, 0, count, Arrays::compare);
    for (int i = 0; i < count; ) {
      long day = fresh[i][0];
      EntryBytes ofDay = new EntryBytes();
      for (; i < count && fresh[i][0] == day; i++) {
        ofDay.int64(fresh[i][1]).int64(fresh[i][2]);
      }
      days.add((int) day, ofDay.toBytes());
    }
  }

  @Override
  public byte[] totals() {
    return totals;
  }

  /** Returns how many different values there are. */
  @Override
  double value() {
    return size;
  }
}
