package io.traffical.pipeline.model;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Walks through the units that {@link SampleWriter} has packed. Not thread-safe. */
public final class SampleReader {
  private ByteBuffer rows = ByteBuffer.allocate(0);
  private int allocation;
  private byte[] utf8 = {};
  private String dimensions = "";
  private double[] values = {};

  /** Goes to the beginning of a block. */
  public SampleReader open(byte[] block) {
    rows = ByteBuffer.wrap(block);
    return this;
  }

  /** Goes to the next unit; returns false after the last one. */
  public boolean next() {
    if (!rows.hasRemaining()) {
      return false;
    }
    allocation = rows.getShort();
    int length = rows.getInt();
    if (!Arrays.equals(
        utf8, 0, utf8.length, rows.array(), rows.position(), rows.position() + length)) {
      utf8 = Arrays.copyOfRange(rows.array(), rows.position(), rows.position() + length);
      dimensions = new String(utf8, StandardCharsets.UTF_8);
    }
    rows.position(rows.position() + length);
    int count = rows.getInt();
    if (values.length != count) {
      values = new double[count];
    }
    for (int i = 0; i < count; i++) {
      values[i] = rows.getDouble();
    }
    return true;
  }

  /** Returns the place of the unit's allocation. */
  public int allocation() {
    return allocation;
  }

  /** Returns the values of the policy's dimensions, joined by NUL. */
  public String dimensions() {
    return dimensions;
  }

  /** Returns the unit's values, in an array that the next unit may overwrite. */
  public double[] values() {
    return values;
  }
}
