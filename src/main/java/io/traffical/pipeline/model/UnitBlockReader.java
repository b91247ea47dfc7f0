package io.traffical.pipeline.model;

import io.traffical.pipeline.model.UnitBlock.Kind;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Walks through the rows of one block after the other. What it returns is that of the row that the
 * last {@link #next} came to. Allocates nothing per row. Not thread-safe.
 */
public final class UnitBlockReader {
  private final TextCache texts = new TextCache();
  private byte[] bytes;
  private boolean isOfFacts;
  private int next;
  private int key;
  private int keyLength;
  private int body;
  private FactValues values = FactValues.NOTHING;

  /** Goes to the beginning of a block. */
  public UnitBlockReader open(byte[] rows, boolean areFacts) {
    bytes = rows;
    isOfFacts = areFacts;
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
            ? afterLabels(body + 16 + FactValues.bytes(shape())) - body
            : switch (kind()) {
              case EXPOSURE -> afterText(afterText(body + 13)) - body;
              case STORED_ASSIGNMENT -> afterText(afterText(body + 21)) - body;
              case STORED_TOTAL -> 37;
              case STORED_ENTRIES -> afterText(body + 13) - body;
            };
    next = body + size;
    return true;
  }

  private int afterLabels(int at) {
    int after = at;
    for (int i = FactValues.labels(shape()); i > 0; i--) {
      after = afterText(after);
    }
    return after;
  }

  private int afterText(int at) {
    return at + 4 + UnitBlockWriter.int32(bytes, at);
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
    return text(kind() == Kind.EXPOSURE ? body + 13 : body + 21);
  }

  /** Returns the values of the policy's dimensions, joined by NUL. */
  public String dimensions() {
    return text(afterText(kind() == Kind.EXPOSURE ? body + 13 : body + 21));
  }

  private String text(int at) {
    return texts.text(bytes, at + 4, UnitBlockWriter.int32(bytes, at));
  }

  /** Returns the place of the metric of a stored total or of stored entries. */
  public int metric() {
    return UnitBlockWriter.int32(bytes, body + 5);
  }

  /** Returns which of the metric's tallies a stored total is, or which of its entries. */
  public int slot() {
    return UnitBlockWriter.int32(bytes, body + 9);
  }

  /** Returns the number of facts in a stored total. */
  public long count() {
    return UnitBlockWriter.int64(bytes, body + 13);
  }

  /** Returns the leading part of a stored sum. */
  public double high() {
    return Double.longBitsToDouble(UnitBlockWriter.int64(bytes, body + 21));
  }

  /** Returns what rounding left out of a stored sum's leading part. */
  public double low() {
    return Double.longBitsToDouble(UnitBlockWriter.int64(bytes, body + 29));
  }

  /** Returns a copy of stored entries. */
  public byte[] entries() {
    int at = body + 17;
    return Arrays.copyOfRange(bytes, at, at + UnitBlockWriter.int32(bytes, body + 13));
  }

  /** Returns the place of a fact's definition among the plan's reads. */
  public int read() {
    return UnitBlockWriter.int32(bytes, body) & FactValues.READ_MASK;
  }

  /** Returns the place of the unit's entity among those of the fact. */
  public int entity() {
    return UnitBlockWriter.int32(bytes, body) >>> FactValues.ENTITY_SHIFT;
  }

  /** Returns the values of a fact, which the next call may overwrite. */
  public FactValues values() {
    values = values.ofShape(shape());
    int at = body + 16;
    double[] numbers = values.numbers();
    for (int i = 0; i < numbers.length; i++, at += 8) {
      numbers[i] = Double.longBitsToDouble(UnitBlockWriter.int64(bytes, at));
    }
    long[] digests = values.digests();
    for (int i = 0; i < digests.length; i++, at += 8) {
      digests[i] = UnitBlockWriter.int64(bytes, at);
    }
    if (values.hasFilters()) {
      values.filters(UnitBlockWriter.int64(bytes, at));
      at += 8;
    }
    String[] labels = values.labels();
    for (int i = 0; i < labels.length; i++, at = afterText(at)) {
      labels[i] = text(at);
    }
    return values;
  }

  private int shape() {
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
