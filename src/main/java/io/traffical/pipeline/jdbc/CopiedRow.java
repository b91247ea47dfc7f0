package io.traffical.pipeline.jdbc;

import io.traffical.pipeline.model.UnitKey;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;

/**
 * One row of {@code COPY … TO STDOUT (FORMAT binary)}, decoded in place and reused for every row.
 * Formats: PostgreSQL documentation, COPY, "Binary Format", and each type's {@code send} function.
 */
final class CopiedRow {
  /** Times at and beyond these are Postgres's infinities. */
  private static final long MICROS_1970_TO_2000 = 946_684_800_000_000L;

  private static final VarHandle INTS =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  private static final int HEADER_BYTES = 19;
  private static final int NUMERIC_NEGATIVE = 0x4000;
  private static final int NUMERIC_FINITE_SIGNS = 0x4000;
  private static final long EXACT_IN_DOUBLE = 1L << 53;
  private static final double[] POWERS_OF_TEN = powersOfTen();

  private byte[] bytes;
  private int[] starts = new int[8];
  private int[] lengths = new int[8];
  private int begin;
  private boolean isHeaderRead;

  /**
   * Takes one message of the stream; returns false for the end marker.
   *
   * @throws IOException if the message is not exactly one row
   */
  boolean read(byte[] message, int columns) throws IOException {
    bytes = message;
    int position = 0;
    if (!isHeaderRead) {
      isHeaderRead = true;
      position = HEADER_BYTES + int32(HEADER_BYTES - 4);
      if (message.length == position) {
        return read(message, position, columns); // a header by itself: no row yet
      }
    }
    return read(message, position, columns);
  }

  private boolean read(byte[] message, int position, int columns) throws IOException {
    if (position == message.length) {
      return false;
    }
    begin = position;
    int count = int16(position);
    position += 2;
    if (count == -1) {
      return false;
    }
    if (count != columns) {
      throw new IOException("a row of " + columns + " columns came with " + count);
    }
    if (starts.length < count) {
      starts = new int[count];
      lengths = new int[count];
    }
    for (int i = 0; i < count; i++) {
      lengths[i] = int32(position);
      starts[i] = position + 4;
      position = starts[i] + Math.max(lengths[i], 0);
    }
    if (position != message.length) {
      throw new IOException("a message of the COPY stream was not exactly one row");
    }
    return true;
  }

  boolean isNull(int column) {
    return lengths[column] < 0;
  }

  int length(int column) {
    return lengths[column];
  }

  /** Points the key to where the column's text is; valid until the next row is read. */
  void key(int column, UnitKey key) {
    key.set(bytes, starts[column], lengths[column]);
  }

  boolean isAscii(int column) {
    for (int i = starts[column]; i < starts[column] + lengths[column]; i++) {
      if (bytes[i] < 0) {
        return false;
      }
    }
    return true;
  }

  /** Returns whether the text is valid: a database without an encoding passes on anything. */
  boolean isUtf8(int column) {
    byte[] again = text(column).getBytes(StandardCharsets.UTF_8);
    int start = starts[column];
    return Arrays.equals(again, 0, again.length, bytes, start, start + lengths[column]);
  }

  String text(int column) {
    return new String(bytes, starts[column], lengths[column], StandardCharsets.UTF_8);
  }

  /** Returns a bool; null is false. */
  boolean bool(int column) {
    return lengths[column] > 0 && bytes[starts[column]] != 0;
  }

  /** Returns a copy of the column's bytes. */
  byte[] bytes(int column) {
    return Arrays.copyOfRange(bytes, starts[column], starts[column] + lengths[column]);
  }

  /** Feeds the column's bytes to a digest. */
  void update(MessageDigest digest, int column) {
    digest.update(bytes, starts[column], lengths[column]);
  }

  /** Returns a timestamptz as microseconds since 1970; infinities as the extremes of long. */
  long micros(int column) {
    long since2000 = int64(starts[column]);
    return since2000 == Long.MAX_VALUE || since2000 == Long.MIN_VALUE
        ? since2000
        : since2000 + MICROS_1970_TO_2000;
  }

  /** Reads the first elements of an array of float8; null, and what is not there, stands for 0. */
  void float8Array(int column, double[] into) {
    Arrays.fill(into, 0);
    int at = starts[column];
    int count = int32(at) == 0 ? 0 : int32(at + 12); // dimensions, has nulls, type, length, bound
    at += 20;
    for (int i = 0; i < Math.min(count, into.length); i++) {
      int length = int32(at);
      at += 4;
      if (length > 0) {
        into[i] = Double.longBitsToDouble(int64(at));
        at += length;
      }
    }
  }

  /**
   * Returns a number as the nearest double.
   *
   * @param type the column's type: int2, int4, int8, float4, float8 or numeric
   */
  double number(int column, String type) {
    int at = starts[column];
    return switch (type) {
      case "int2" -> int16(at);
      case "int4" -> int32(at);
      case "int8" -> int64(at);
      case "float4" -> Float.intBitsToFloat(int32(at));
      case "float8" -> Double.longBitsToDouble(int64(at));
      default -> numeric(at);
    };
  }

  private double numeric(int at) {
    int digits = int16(at);
    int weight = int16(at + 2);
    int sign = int16(at + 4) & 0xFFFF;
    if ((sign & ~NUMERIC_FINITE_SIGNS) != 0) {
      return Double.NaN; // NaN and the infinities
    }
    boolean isNegative = sign == NUMERIC_NEGATIVE;
    int fractionDigits = Math.max(0, digits - 1 - weight);
    if (digits <= 4 && weight >= digits - 5 && weight < 4) {
      long whole = 0;
      for (int i = 0; i < digits; i++) {
        whole = whole * 10_000 + int16(at + 8 + 2 * i);
      }
      for (int i = digits; i <= weight; i++) {
        whole *= 10_000;
      }
      if (whole < EXACT_IN_DOUBLE && 4 * fractionDigits < POWERS_OF_TEN.length) {
        // Both operands are exact, so the quotient is the nearest double.
        double value = whole / POWERS_OF_TEN[4 * fractionDigits];
        return isNegative ? -value : value;
      }
    }
    return bigNumeric(at, digits, weight, isNegative);
  }

  private double bigNumeric(int at, int digits, int weight, boolean isNegative) {
    StringBuilder text = new StringBuilder(4 * digits + 1).append('0');
    for (int i = 0; i < digits; i++) {
      String group = Integer.toString(int16(at + 8 + 2 * i));
      text.append("0000", 0, 4 - group.length()).append(group);
    }
    int scale = 4 * (digits - 1 - weight);
    double value = new BigDecimal(new BigInteger(text.toString()), scale).doubleValue();
    return isNegative ? -value : value;
  }

  /** Returns a 64-bit hash of the row's bytes; sums of it over rows do not depend on order. */
  long checksum() {
    long hash = 0xcbf29ce484222325L ^ (bytes.length - begin);
    int i = begin;
    for (; i + 8 <= bytes.length; i += 8) {
      hash = Long.rotateLeft((hash ^ (long) LONGS.get(bytes, i)) * 0x9e3779b97f4a7c15L, 29);
    }
    for (; i < bytes.length; i++) {
      hash = (hash ^ bytes[i]) * 0x100000001b3L;
    }
    hash ^= hash >>> 32;
    hash *= 0x9fb21c651e98df25L;
    return hash ^ (hash >>> 28);
  }

  private int int16(int at) {
    return (short) ((bytes[at] << 8) | (bytes[at + 1] & 0xFF));
  }

  private int int32(int at) {
    return (int) INTS.get(bytes, at);
  }

  private long int64(int at) {
    return (long) LONGS.get(bytes, at);
  }

  private static double[] powersOfTen() {
    double[] powers = new double[23];
    powers[0] = 1;
    for (int i = 1; i < powers.length; i++) {
      powers[i] = powers[i - 1] * 10;
    }
    return powers;
  }
}
