package io.traffical.pipeline.model;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Packs the values of units: allocation, dimensions, values. Most of the cost of a row in a stream
 * is that of being a record of its own.
 */
public final class SampleWriter {
  private static final int BLOCK_BYTES = 32 << 10;

  private ByteBuffer open = ByteBuffer.allocate(BLOCK_BYTES);

  /**
   * Adds a unit.
   *
   * @param dimensions values of the policy's dimensions, joined by NUL
   * @return a block that became full, or null
   */
  public byte[] add(int allocation, String dimensions, double[] values, int from, int count) {
    byte[] text = dimensions.getBytes(StandardCharsets.UTF_8);
    int size = 2 + 4 + text.length + 4 + 8 * count;
    byte[] full = null;
    if (open.remaining() < size) {
      full = flush();
      if (open.capacity() < size) {
        open = ByteBuffer.allocate(size);
      }
    }
    open.putShort((short) allocation).putInt(text.length).put(text).putInt(count);
    for (int i = from; i < from + count; i++) {
      open.putDouble(values[i]);
    }
    return full;
  }

  /** Returns what has not been returned yet; null if that is nothing. */
  public byte[] flush() {
    byte[] rows = open.position() == 0 ? null : Arrays.copyOf(open.array(), open.position());
    open.clear();
    return rows;
  }
}
