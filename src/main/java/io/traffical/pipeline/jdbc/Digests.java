package io.traffical.pipeline.jdbc;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * Makes two longs of a value of any length. Values that differ have different ones: among a billion
 * values of one unit the chance that any two do not is below 1e-20.
 */
final class Digests {
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  private final MessageDigest digest;

  Digests() {
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JVM has SHA-256", e);
    }
  }

  /** Writes the digest of a column; two zeros for null. */
  void write(CopiedRow row, int column, long[] into, int at) {
    if (row.isNull(column)) {
      into[at] = 0;
      into[at + 1] = 0;
    } else {
      row.update(digest, column);
      byte[] bytes = digest.digest();
      into[at] = (long) LONGS.get(bytes, 0);
      into[at + 1] = (long) LONGS.get(bytes, 8);
    }
  }
}
