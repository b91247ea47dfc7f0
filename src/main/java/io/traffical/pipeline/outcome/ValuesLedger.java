package io.traffical.pipeline.outcome;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * One unit's facts for a metric, apart for each value of the facts' dimensions: a {@link SetLedger}
 * per dimension and value with a tally per measure of the metric. An entry is the dimension's
 * place, the value's text and its tallies.
 */
final class ValuesLedger implements KeptEntries {
  private final int measures;
  private final List<Map<String, SetLedger>> byDimension = new ArrayList<>();
  private final List<Share> shares = new ArrayList<>();
  private byte[] totals;

  /**
   * What the unit's facts with a value of a dimension come to, up to the end of the data.
   *
   * @param dimension place of the dimension among the metric's
   */
  record Share(int dimension, String value, double[] tallies) {}

  /** Opens the ledger of a metric. */
  ValuesLedger(int dimensions, int measures) {
    this.measures = measures;
    for (int d = 0; d < dimensions; d++) {
      byDimension.add(new HashMap<>());
    }
  }

  /** Returns the tallies of a dimension's value, to be added to. */
  SetLedger of(int dimension, String value) {
    return byDimension.get(dimension).computeIfAbsent(value, v -> new SetLedger(measures));
  }

  @Override
  public void addBase(byte[] entries) {
    ByteBuffer past = ByteBuffer.wrap(entries);
    while (past.hasRemaining()) {
      int dimension = past.get();
      byte[] value = new byte[past.getShort()];
      past.get(value);
      SetLedger ledger = of(dimension, new String(value, StandardCharsets.UTF_8));
      for (int measure = 0; measure < measures; measure++) {
        ledger.addBase(measure, (long) past.getDouble(), past.getDouble(), past.getDouble());
      }
    }
  }

  @Override
  public void settle(long totalsTo, Days days) {
    EntryBytes past = new EntryBytes();
    Map<Integer, EntryBytes> byDay = new TreeMap<>();
    double[][] ofDay = new double[1][];
    for (int d = 0; d < byDimension.size(); d++) {
      for (Map.Entry<String, SetLedger> entry : new TreeMap<>(byDimension.get(d)).entrySet()) {
        SetLedger ledger = entry.getValue();
        byte[] text = entry.getKey().getBytes(StandardCharsets.UTF_8);
        double[] tallies = ledger.totals();
        write(d, text, tallies, past);
        for (int i = 0; i < ledger.dayCount(); i++) {
          int day = ledger.day(i, ofDay);
          write(d, text, ofDay[0], byDay.computeIfAbsent(day, key -> new EntryBytes()));
        }
        double[] all = ledger.upToEnd(tallies);
        if (!SetLedger.isEmpty(all)) {
          shares.add(new Share(d, entry.getKey(), all));
        }
      }
    }
    totals = past.toBytes();
    byDay.forEach((day, bytes) -> days.add(day, bytes.toBytes()));
  }

  private static void write(int dimension, byte[] text, double[] tallies, EntryBytes into) {
    if (SetLedger.isEmpty(tallies)) {
      return;
    }
    into.int8(dimension).int8(text.length >>> 8).int8(text.length).add(text);
    for (double tally : tallies) {
      into.int64(Double.doubleToRawLongBits(tally));
    }
  }

  @Override
  public byte[] totals() {
    return totals;
  }

  /** Returns what there is of each value, by dimension, then by value, once settled. */
  List<Share> shares() {
    return shares;
  }
}
