package io.traffical.pipeline.outcome;

import io.traffical.pipeline.model.UnitBlock;
import io.traffical.pipeline.model.UnitBlockReader;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Comparator;

/**
 * The ledgers of some units, found by key: first all blocks that are not of facts are entered, then
 * those of facts. A unit that only has facts gets no ledger, since nothing is known of it that they
 * could count for. A hash table with open addressing, which costs nothing per row.
 */
public final class UnitLedgers {
  private static final int SMALLEST = 1024;

  private final LedgerPlan plan;
  private final UnitBlockReader rows = new UnitBlockReader();
  private Entry[] table = new Entry[SMALLEST];
  private int size;

  private record Entry(long hash, byte[] key, UnitLedger ledger) {}

  private static final Comparator<Entry> BY_KEY =
      Comparator.comparingLong(Entry::hash).thenComparing(Entry::key, Arrays::compare);

  /** Opens no ledger yet. */
  public UnitLedgers(LedgerPlan plan) {
    this.plan = plan;
  }

  /**
   * Enters the rows of a block.
   *
   * @throws IllegalStateException if assignments come after facts
   */
  public void enter(UnitBlock block) {
    rows.open(block);
    while (rows.next()) {
      if (block.isOfFacts()) {
        Entry known = table[place(rows.hash())];
        if (known != null) {
          known.ledger().fact(rows.fact(), rows.time(), rows.values());
        }
      } else {
        enterKnown(ledger());
      }
    }
  }

  private void enterKnown(UnitLedger ledger) {
    switch (rows.kind()) {
      case EXPOSURE -> ledger.exposure(rows.policy(), rows.allocation(), rows.time());
      case STORED_ASSIGNMENT ->
          ledger.stored(rows.policy(), rows.allocation(), rows.time(), rows.crossedOverAt());
      case STORED_TOTAL ->
          ledger.storedTotal(rows.policy(), rows.metric(), rows.count(), rows.high(), rows.low());
    }
  }

  private UnitLedger ledger() {
    int place = place(rows.hash());
    if (table[place] == null) {
      if (2 * size >= table.length) {
        grow();
        place = place(rows.hash());
      }
      table[place] = new Entry(rows.hash(), rows.key(), new UnitLedger(plan));
      size++;
    }
    return table[place].ledger();
  }

  /** Returns the place of the row's unit, or the free place where it belongs. */
  private int place(long hash) {
    int mask = table.length - 1;
    int place = (int) hash & mask;
    while (table[place] != null
        && (table[place].hash() != hash || !rows.isKey(table[place].key()))) {
      place = (place + 1) & mask;
    }
    return place;
  }

  private void grow() {
    Entry[] old = table;
    table = new Entry[2 * old.length];
    int mask = table.length - 1;
    for (Entry entry : old) {
      if (entry != null) {
        int place = (int) entry.hash() & mask;
        while (table[place] != null) {
          place = (place + 1) & mask;
        }
        table[place] = entry;
      }
    }
  }

  /**
   * Settles and closes every ledger, in an order that depends on the keys only: the same units give
   * the same bits, in whatever order their rows came.
   */
  public void settle(Entries entries) {
    Entry[] settling = new Entry[size];
    int next = 0;
    for (int i = 0; i < table.length; i++) {
      if (table[i] != null) {
        settling[next++] = table[i];
        table[i] = null;
      }
    }
    size = 0;
    Arrays.sort(settling, BY_KEY);
    for (Entry entry : settling) {
      entry.ledger().settle(new String(entry.key(), StandardCharsets.UTF_8), entries);
    }
  }
}
