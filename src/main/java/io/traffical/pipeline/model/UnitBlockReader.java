package io.traffical.pipeline.model;

import io.traffical.pipeline.model.UnitBlock.Kind;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Walks through the rows of one block after the other. What it returns is that of the row that the
 * last {@link #next} came to. Allocates nothing per row. Not thread-safe.
 */
public final class UnitBlockReader {
  private final TextCache allocations = new TextCache();
  private byte[] bytes;
  private boolean isOfFacts;
  private int next;
  private int key;
  private int keyLength;
  private int body;
  private double[] values = new double[0];

  /** Goes to the beginning of a block. */
  public UnitBlockReader open(UnitBlock block) {
    bytes = block.rows();
    isOfFacts = block.isOfFacts();
    next = 0;
    return this;
  }

  /** Goes to the next row; returns false after the last one. */
  public boolean next() {
    if (next == bytes.length) {
      return false;
    }
    key = next + 10;
    keyLength = UnitBlockWriter.int16(bytes, next + 8);
    body = key + keyLength;
    int size =
        isOfFacts
            ? 16 + 8 * valueCount()
            : switch (kind()) {
              case EXPOSURE -> 17 + UnitBlockWriter.int32(bytes, body + 13);
              case STORED_ASSIGNMENT -> 25 + UnitBlockWriter.int32(bytes, body + 21);
              case STORED_TOTAL -> 33;
            };
    next = body + size;
    return true;
  }

  /** Returns the hash of the unit's key. */
  public long hash() {
    return UnitBlockWriter.int64(bytes, key - 10);
  }

  /** Returns whether the unit's key has exactly these bytes. */
  public boolean isKey(byte[] other) {
    return Arrays.equals(bytes, key, key + keyLength, other, 0, other.length);
  }

  /** Returns a copy of the unit's key, UTF-8. */
  public byte[] key() {
    return Arrays.copyOfRange(bytes, key, key + keyLength);
  }

  /** Returns what kind of row it is, of one that is no fact. */
  public Kind kind() {
    return Kind.of(bytes[body]);
  }

  /** Returns the place of the policy, of a row that is no fact. */
  public int policy() {
    return UnitBlockWriter.int32(bytes, body + 1);
  }

  /** Returns the time of an exposure or fact, or when a stored assignment was first made. */
  public long time() {
    return UnitBlockWriter.int64(bytes, isOfFacts ? body + 4 : body + 5);
  }

  /** Returns when a unit with a stored assignment has crossed over. */
  public long crossedOverAt() {
    return UnitBlockWriter.int64(bytes, body + 13);
  }

  /** Returns the allocation of an exposure or a stored assignment. */
  public String allocation() {
    int at = kind() == Kind.EXPOSURE ? body + 13 : body + 21;
    return allocations.text(bytes, at + 4, UnitBlockWriter.int32(bytes, at));
  }

  /** Returns the place of the metric of a stored total. */
  public int metric() {
    return UnitBlockWriter.int32(bytes, body + 5);
  }

  /** Returns the number of facts in a stored total. */
  public long count() {
    return UnitBlockWriter.int64(bytes, body + 9);
  }

  /** Returns the leading part of a stored sum. */
  public double high() {
    return Double.longBitsToDouble(UnitBlockWriter.int64(bytes, body + 17));
  }

  /** Returns what rounding left out of a stored sum's leading part. */
  public double low() {
    return Double.longBitsToDouble(UnitBlockWriter.int64(bytes, body + 25));
  }

  /** Returns the place of a fact's definition among the plan's reads. */
  public int fact() {
    return UnitBlockWriter.int32(bytes, body);
  }

  /** Returns the values of a fact, in an array that the next call may overwrite. */
  public double[] values() {
    int count = valueCount();
    if (values.length != count) {
      values = new double[count];
    }
    for (int i = 0; i < count; i++) {
      values[i] = Double.longBitsToDouble(UnitBlockWriter.int64(bytes, body + 16 + 8 * i));
    }
    return values;
  }

  private int valueCount() {
    return UnitBlockWriter.int32(bytes, body + 12);
  }

  /** Few texts come again and again: each is decoded once. */
  private static final class TextCache {
    private static final int PLACES = 64;

    private final byte[][] utf8 = new byte[PLACES][];
    private final String[] texts = new String[PLACES];

    String text(byte[] bytes, int start, int length) {
      int place = length == 0 ? 0 : (31 * length + bytes[start]) & (PLACES - 1);
      byte[] known = utf8[place];
      if (known == null || !Arrays.equals(known, 0, known.length, bytes, start, start + length)) {
        utf8[place] = Arrays.copyOfRange(bytes, start, start + length);
        texts[place] = new String(utf8[place], StandardCharsets.UTF_8);
      }
      return texts[place];
    }
  }
}
