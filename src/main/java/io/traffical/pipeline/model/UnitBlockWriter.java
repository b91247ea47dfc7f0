package io.traffical.pipeline.model;

import io.traffical.pipeline.model.UnitBlock.Kind;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Packs rows about units into blocks, one block at a time per bucket and kind. A unit belongs to
 * one bucket, whichever definition or table its rows come from. Times are microseconds since 1970,
 * UTC; policies, metrics and facts are numbered by their place in the run's plan. Not thread-safe.
 */
public final class UnitBlockWriter {
  /** So many leading bits of the hash of its key say which bucket a unit belongs to. */
  public static final int BUCKET_BITS = 8;

  /** Into how many shares the units are divided: enough that the ledgers of one are small. */
  public static final int BUCKETS = 1 << BUCKET_BITS;

  private static final VarHandle SHORTS = view(short[].class);
  private static final VarHandle INTS = view(int[].class);
  private static final VarHandle LONGS = view(long[].class);
  private static final int BLOCK_BYTES = 8 << 10;
  private static final byte[][] NO_TEXTS = {};

  private final Open[] open = new Open[2 * BUCKETS];
  private List<UnitBlock> full = new ArrayList<>();

  /** A block that is not full yet. */
  private static final class Open {
    byte[] bytes = new byte[BLOCK_BYTES];
    int size;
  }

  /**
   * Adds that a unit was seen in an allocation of a policy.
   *
   * @param dimensions the values of the policy's dimensions, joined by NUL
   */
  public void exposure(UnitKey unit, int policy, String allocation, String dimensions, long time) {
    byte[] text = allocation.getBytes(StandardCharsets.UTF_8);
    byte[] values = dimensions.getBytes(StandardCharsets.UTF_8);
    Open block = row(unit, false, 13 + 4 + text.length + 4 + values.length);
    kind(block, Kind.EXPOSURE, policy);
    int64(block, time);
    text(block, text);
    text(block, values);
  }

  /** Adds what {@code assignments} holds for a unit and a policy. */
  public void storedAssignment(
      UnitKey unit,
      int policy,
      String allocation,
      String dimensions,
      long firstAssignedAt,
      long crossedOverAt) {
    byte[] text = allocation.getBytes(StandardCharsets.UTF_8);
    byte[] values = dimensions.getBytes(StandardCharsets.UTF_8);
    Open block = row(unit, false, 21 + 4 + text.length + 4 + values.length);
    kind(block, Kind.STORED_ASSIGNMENT, policy);
    int64(block, firstAssignedAt);
    int64(block, crossedOverAt);
    text(block, text);
    text(block, values);
  }

  /**
   * Adds a tally that is stored of a unit's past for a metric; several rows add up.
   *
   * @param slot which of the metric's tallies
   */
  public void storedTotal(
      UnitKey unit, int policy, int metric, int slot, long count, double high, double low) {
    Open block = row(unit, false, 37);
    kind(block, Kind.STORED_TOTAL, policy);
    int32(block, metric);
    int32(block, slot);
    int64(block, count);
    int64(block, Double.doubleToRawLongBits(high));
    int64(block, Double.doubleToRawLongBits(low));
  }

  /**
   * Adds entries that are stored of a unit's past for a metric; several rows add up.
   *
   * @param slot tells entries of the metric from others that it keeps
   */
  public void storedEntries(UnitKey unit, int policy, int metric, int slot, byte[] entries) {
    Open block = row(unit, false, 13 + 4 + entries.length);
    kind(block, Kind.STORED_ENTRIES, policy);
    int32(block, metric);
    int32(block, slot);
    text(block, entries);
  }

  /**
   * Adds a fact.
   *
   * @param read place of its definition among the plan's reads
   * @param entity place of the unit's entity among the fact's
   */
  public void outcome(UnitKey unit, int read, int entity, long time, FactValues values) {
    double[] numbers = values.numbers();
    long[] digests = values.digests();
    boolean hasFilters = values.hasFilters();
    int shape = values.shape();
    byte[][] labels = utf8(values.labels());
    int size = FactValues.bytes(shape);
    for (byte[] label : labels) {
      size += 4 + label.length;
    }
    Open block = row(unit, true, 16 + size);
    int32(block, read | entity << FactValues.ENTITY_SHIFT);
    int64(block, time);
    int32(block, shape);
    for (double number : numbers) {
      int64(block, Double.doubleToRawLongBits(number));
    }
    for (long digest : digests) {
      int64(block, digest);
    }
    if (hasFilters) {
      int64(block, values.filters());
    }
    for (byte[] label : labels) {
      text(block, label);
    }
  }

  private static byte[][] utf8(String[] texts) {
    if (texts.length == 0) {
      return NO_TEXTS;
    }
    byte[][] utf8 = new byte[texts.length][];
    for (int i = 0; i < texts.length; i++) {
      utf8[i] = texts[i].getBytes(StandardCharsets.UTF_8);
    }
    return utf8;
  }

  /** Returns the blocks that are full, and forgets them. */
  public List<UnitBlock> takeFull() {
    List<UnitBlock> taken = full;
    full = new ArrayList<>();
    return taken;
  }

  /** Closes the open blocks, so that {@link #takeFull} returns every row added. */
  public void flush() {
    for (int i = 0; i < open.length; i++) {
      if (open[i] != null && open[i].size > 0) {
        close(i);
      }
    }
  }

  private void close(int i) {
    Open block = open[i];
    full.add(new UnitBlock(i >> 1, (i & 1) == 1, Arrays.copyOf(block.bytes, block.size)));
    block.size = 0;
  }

  /** Begins a row: the key with its hash; makes sure that the rest of the row has room. */
  private Open row(UnitKey unit, boolean isFact, int rest) {
    int i = (unit.bucket() << 1) | (isFact ? 1 : 0);
    Open block = open[i];
    if (block == null) {
      block = new Open();
      open[i] = block;
    }
    int needed = 8 + 2 + unit.length() + rest;
    if (block.size + needed > block.bytes.length) {
      if (block.size > 0) {
        close(i);
      }
      if (needed > block.bytes.length) {
        block.bytes = new byte[needed];
      }
    }
    int64(block, unit.hash());
    SHORTS.set(block.bytes, block.size, (short) unit.length());
    block.size += 2;
    System.arraycopy(unit.bytes(), unit.start(), block.bytes, block.size, unit.length());
    block.size += unit.length();
    return block;
  }

  private static void kind(Open block, Kind kind, int policy) {
    block.bytes[block.size++] = kind.tag;
    int32(block, policy);
  }

  private static void text(Open block, byte[] utf8) {
    int32(block, utf8.length);
    System.arraycopy(utf8, 0, block.bytes, block.size, utf8.length);
    block.size += utf8.length;
  }

  private static void int32(Open block, int value) {
    INTS.set(block.bytes, block.size, value);
    block.size += 4;
  }

  private static void int64(Open block, long value) {
    LONGS.set(block.bytes, block.size, value);
    block.size += 8;
  }

  static short int16(byte[] bytes, int at) {
    return (short) SHORTS.get(bytes, at);
  }

  static int int32(byte[] bytes, int at) {
    return (int) INTS.get(bytes, at);
  }

  static long int64(byte[] bytes, int at) {
    return (long) LONGS.get(bytes, at);
  }

  private static VarHandle view(Class<?> arrayType) {
    return MethodHandles.byteArrayViewVarHandle(arrayType, ByteOrder.BIG_ENDIAN);
  }
}
