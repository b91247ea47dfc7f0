package io.traffical.pipeline.outcome;

import io.traffical.pipeline.model.UnitBlockReader;
import io.traffical.pipeline.model.UnitBlockWriter;
import io.traffical.pipeline.model.Wanted;
import io.traffical.pipeline.outcome.FirstAssignment.Stored;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

/**
 * The ledgers of some units, found by key: first all blocks that are not of facts are entered, then
 * those of facts. A unit that only has facts gets no ledger, since nothing is known of it that they
 * could count for. A hash table with open addressing, which costs nothing per row.
 */
public final class UnitLedgers {
  private static final int SMALLEST = 1024;

  /** Ledgers take a few times as much memory as the rows that they are made of. */
  private static final long MOST_BYTES_OF_A_PART = 4L << 20;

  private static final int MOST_PART_BITS = 10;

  private final LedgerPlan plan;
  private final UnitBlockReader rows = new UnitBlockReader();
  private long[] hashes = new long[SMALLEST];
  private Entry[] table = new Entry[SMALLEST];
  private int size;
  private int part;
  private int partBits;
  private final List<LookUp> lookUps;

  private record Entry(byte[] key, UnitLedger ledger) {}

  /** Opens no ledger yet. */
  public UnitLedgers(LedgerPlan plan) {
    this.plan = plan;
    this.lookUps = plan.lookUps();
  }

  /**
   * Returns into how many parts a bucket should be divided, a power of two.
   *
   * @param bytes the size of the bucket's rows
   */
  public static int parts(long bytes) {
    int bits = 0;
    while (bits < MOST_PART_BITS && bytes >> bits > MOST_BYTES_OF_A_PART) {
      bits++;
    }
    return 1 << bits;
  }

  /**
   * Takes the units of one part of a bucket only, until the next call.
   *
   * @param parts as {@link #parts} returns it
   */
  public void open(int part, int parts) {
    this.part = part;
    this.partBits = Integer.numberOfTrailingZeros(parts);
  }

  /**
   * Enters the rows of a block.
   *
   * @param isOfFacts whether these are facts
   * @throws IllegalStateException if assignments come after facts
   */
  public void enter(byte[] block, boolean isOfFacts) {
    rows.open(block, isOfFacts);
    while (rows.next()) {
      if (!isInPart(rows.hash())) {
        continue;
      }
      if (isOfFacts) {
        Entry known = table[place(rows.hash())];
        if (known != null) {
          known.ledger().fact(rows.read(), rows.entity(), rows.time(), rows.values());
        }
      } else {
        enterKnown(ledger());
      }
    }
  }

  /** Enters facts that were looked up for newly assigned units. */
  public void enterHistory(byte[] block) {
    rows.open(block, true);
    while (rows.next()) {
      Entry known = isInPart(rows.hash()) ? table[place(rows.hash())] : null;
      if (known != null) {
        known.ledger().history(rows.read(), rows.entity(), rows.time(), rows.values());
      }
    }
  }

  /** Returns whether any newly assigned unit's history is to be looked up. */
  public boolean hasLookUps() {
    return !lookUps.isEmpty();
  }

  /** Names what is to be looked up of the units that were entered, and closes their ledgers. */
  public void lookUps(Consumer<Wanted> wanted) {
    for (int i = 0; i < table.length; i++) {
      if (table[i] != null) {
        String unit = new String(table[i].key(), StandardCharsets.UTF_8);
        table[i].ledger().lookUps(unit, lookUps, wanted);
        table[i] = null;
      }
    }
    size = 0;
  }

  private void enterKnown(UnitLedger ledger) {
    switch (rows.kind()) {
      case EXPOSURE ->
          ledger.exposure(rows.policy(), rows.allocation(), rows.dimensions(), rows.time());
      case STORED_ASSIGNMENT ->
          ledger.stored(
              rows.policy(),
              new Stored(rows.allocation(), rows.dimensions(), rows.time(), rows.crossedOverAt()));
      case STORED_TOTAL ->
          ledger.storedTotal(
              rows.policy(), rows.metric(), rows.slot(), rows.count(), rows.high(), rows.low());
      case STORED_ENTRIES ->
          ledger.storedEntries(rows.policy(), rows.metric(), rows.slot(), rows.entries());
    }
  }

  private UnitLedger ledger() {
    long hash = rows.hash();
    int place = place(hash);
    if (table[place] == null) {
      if (2 * size >= table.length) {
        grow();
        place = place(hash);
      }
      hashes[place] = hash;
      table[place] = new Entry(rows.key(), new UnitLedger(plan));
      size++;
    }
    return table[place].ledger();
  }

  /** Returns the place of the row's unit, or the free place where it belongs. */
  private int place(long hash) {
    int place = first(hash);
    while (table[place] != null && (hashes[place] != hash || !rows.isKey(table[place].key()))) {
      place = (place + 1) & (table.length - 1);
    }
    return place;
  }

  /** The units of a part agree in their leading bits; those after them say where a unit goes. */
  private int first(long hash) {
    return (int) (order(hash) >>> (Long.numberOfLeadingZeros(table.length) + 1));
  }

  private long order(long hash) {
    return hash << (UnitBlockWriter.BUCKET_BITS + partBits);
  }

  /** The bits after those of the bucket say which part a unit is in, so that the order stays. */
  private boolean isInPart(long hash) {
    return partBits == 0
        || (hash << UnitBlockWriter.BUCKET_BITS) >>> (Long.SIZE - partBits) == part;
  }

  private void grow() {
    long[] oldHashes = hashes;
    Entry[] old = table;
    hashes = new long[2 * old.length];
    table = new Entry[2 * old.length];
    for (int i = 0; i < old.length; i++) {
      if (old[i] != null) {
        int place = first(oldHashes[i]);
        while (table[place] != null) {
          place = (place + 1) & (table.length - 1);
        }
        hashes[place] = oldHashes[i];
        table[place] = old[i];
      }
    }
  }

  /**
   * Settles and closes every ledger, in an order that depends on the keys only: the same units give
   * the same bits, in whatever order their rows came.
   */
  public void settle(Entries entries) {
    sort();
    for (int i = 0; i < size; i++) {
      String unit = new String(table[i].key(), StandardCharsets.UTF_8);
      table[i].ledger().settle(unit, entries);
      table[i] = null;
    }
    size = 0;
  }

  /** The table is almost in the order of the hashes: sorting by insertion moves little. */
  private void sort() {
    int sorted = 0;
    for (int i = 0; i < table.length; i++) {
      Entry entry = table[i];
      if (entry != null) {
        long hash = hashes[i];
        table[i] = null;
        int place = sorted++;
        while (place > 0 && isBefore(hash, entry, place - 1)) {
          hashes[place] = hashes[place - 1];
          table[place] = table[place - 1];
          place--;
        }
        hashes[place] = hash;
        table[place] = entry;
      }
    }
  }

  private boolean isBefore(long hash, Entry entry, int other) {
    int comparison = Long.compareUnsigned(order(hash), order(hashes[other]));
    return comparison < 0
        || (comparison == 0 && Arrays.compare(entry.key(), table[other].key()) < 0);
  }
}
