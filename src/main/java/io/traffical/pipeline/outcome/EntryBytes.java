package io.traffical.pipeline.outcome;

import java.nio.ByteBuffer;
import java.util.Arrays;

/** Bytes of entries that grow. Numbers are written with the most significant byte first. */
final class EntryBytes {
  private byte[] bytes = new byte[64];
  private int size;

  EntryBytes add(byte[] other) {
    reserve(other.length);
    System.arraycopy(other, 0, bytes, size, other.length);
    size += other.length;
    return this;
  }

  EntryBytes int8(int value) {
    reserve(1);
    bytes[size++] = (byte) value;
    return this;
  }

  EntryBytes int64(long value) {
    reserve(Long.BYTES);
    ByteBuffer.wrap(bytes).putLong(size, value);
    size += Long.BYTES;
    return this;
  }

  private void reserve(int more) {
    if (size + more > bytes.length) {
      bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, size + more));
    }
  }

  boolean isEmpty() {
    return size == 0;
  }

  int size() {
    return size;
  }

  byte[] toBytes() {
    return Arrays.copyOf(bytes, size);
  }

  /** Returns what was added, to be read. */
  ByteBuffer read() {
    return ByteBuffer.wrap(bytes, 0, size);
  }
}
