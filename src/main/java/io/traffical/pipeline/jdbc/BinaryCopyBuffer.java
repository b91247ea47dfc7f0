package io.traffical.pipeline.jdbc;

import io.traffical.pipeline.window.Micros;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;

/**
 * Rows in the form of {@code COPY … FROM STDIN (FORMAT binary)} (PostgreSQL documentation, COPY,
 * "Binary Format"), collected in memory until they are flushed.
 */
final class BinaryCopyBuffer {
  private static final VarHandle SHORTS = view(short[].class);
  private static final VarHandle INTS = view(int[].class);
  private static final VarHandle LONGS = view(long[].class);
  private static final byte[] HEADER = {
    'P', 'G', 'C', 'O', 'P', 'Y', '\n', (byte) 0xFF, '\r', '\n', 0, 0, 0, 0, 0, 0, 0, 0, 0
  };
  private static final long EPOCH_2000 = Micros.of(Instant.parse("2000-01-01T00:00:00Z"));
  private static final int DAYS_1970_TO_2000 = 10_957;

  /** The object identifier of float8, the same in every database. */
  private static final int FLOAT8 = 701;

  private byte[] bytes = Arrays.copyOf(HEADER, 1 << 16);
  private int size = HEADER.length;

  BinaryCopyBuffer row(int columns) {
    int16(columns);
    return this;
  }

  BinaryCopyBuffer text(String value) {
    if (value == null) {
      return nothing();
    }
    return bytea(value.getBytes(StandardCharsets.UTF_8));
  }

  BinaryCopyBuffer bytea(byte[] value) {
    if (value == null) {
      return nothing();
    }
    int32(value.length);
    append(value);
    return this;
  }

  /** Adds a jsonb, which is sent as its text behind the number of the format. */
  BinaryCopyBuffer jsonb(String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    int32(utf8.length + 1);
    reserve(1);
    bytes[size++] = 1;
    append(utf8);
    return this;
  }

  private void append(byte[] value) {
    reserve(value.length);
    System.arraycopy(value, 0, bytes, size, value.length);
    size += value.length;
  }

  BinaryCopyBuffer int4(int value) {
    int32(4);
    int32(value);
    return this;
  }

  BinaryCopyBuffer int8(long value) {
    int32(8);
    int64(value);
    return this;
  }

  BinaryCopyBuffer float8(double value) {
    return int8(Double.doubleToLongBits(value));
  }

  BinaryCopyBuffer timestamptz(long micros) {
    return int8(micros - EPOCH_2000);
  }

  /** Adds a date, given in days since 1970. */
  BinaryCopyBuffer date(int day) {
    return int4(day - DAYS_1970_TO_2000);
  }

  /** Adds an array of float8, in which a 0 takes no room: it is stored as null. */
  BinaryCopyBuffer float8Array(double[] values) {
    if (values.length == 0) {
      int32(12);
      int32(0); // dimensions
      int32(0);
      int32(FLOAT8);
      return this;
    }
    int length = 20;
    boolean hasNulls = false;
    for (double value : values) {
      hasNulls |= value == 0;
      length += value == 0 ? 4 : 12;
    }
    int32(length);
    int32(1); // dimensions
    int32(hasNulls ? 1 : 0);
    int32(FLOAT8);
    int32(values.length);
    int32(1); // lower bound
    for (double value : values) {
      if (value == 0) {
        nothing();
      } else {
        float8(value);
      }
    }
    return this;
  }

  BinaryCopyBuffer nothing() {
    int32(-1);
    return this;
  }

  int size() {
    return size;
  }

  /** Ends the stream and returns it; the buffer is empty afterwards. */
  byte[] finish() {
    int16(-1);
    byte[] all = Arrays.copyOf(bytes, size);
    clear();
    return all;
  }

  /** Forgets the rows. */
  void clear() {
    size = HEADER.length;
  }

  private void int16(int value) {
    reserve(2);
    SHORTS.set(bytes, size, (short) value);
    size += 2;
  }

  private void int32(int value) {
    reserve(4);
    INTS.set(bytes, size, value);
    size += 4;
  }

  private void int64(long value) {
    reserve(8);
    LONGS.set(bytes, size, value);
    size += 8;
  }

  private void reserve(int more) {
    if (size + more > bytes.length) {
      bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, size + more));
    }
  }

  private static VarHandle view(Class<?> arrayType) {
    return MethodHandles.byteArrayViewVarHandle(arrayType, ByteOrder.BIG_ENDIAN);
  }
}
