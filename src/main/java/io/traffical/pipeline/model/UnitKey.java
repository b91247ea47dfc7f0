package io.traffical.pipeline.model;

/**
 * A unit's key where it was read: a stretch of UTF-8 bytes in somebody else's array, with its hash.
 * Mutable, so that reading a row allocates nothing.
 */
public final class UnitKey {
  /** The longest key, in bytes: what a B-tree entry can hold, with room for the policy's key. */
  public static final int LONGEST = 1024;

  private byte[] bytes;
  private int start;
  private int length;
  private long hash;

  /** Points to the key at the given place. */
  public UnitKey set(byte[] bytes, int start, int length) {
    return set(bytes, start, length, hash(bytes, start, length));
  }

  UnitKey set(byte[] bytes, int start, int length, long hash) {
    this.bytes = bytes;
    this.start = start;
    this.length = length;
    this.hash = hash;
    return this;
  }

  /** Returns a hash of 64 bits; units whose hashes collide are told apart by their bytes. */
  public long hash() {
    return hash;
  }

  int bucket() {
    return (int) (hash >>> (Long.SIZE - UnitBlockWriter.BUCKET_BITS));
  }

  byte[] bytes() {
    return bytes;
  }

  int start() {
    return start;
  }

  int length() {
    return length;
  }

  /** FNV-1a with the finalizer of MurmurHash3, so that the leading bits are as good as the rest. */
  private static long hash(byte[] bytes, int start, int length) {
    long hash = 0xcbf29ce484222325L;
    for (int i = start; i < start + length; i++) {
      hash = (hash ^ bytes[i]) * 0x100000001b3L;
    }
    hash = (hash ^ (hash >>> 33)) * 0xff51afd7ed558ccdL;
    hash = (hash ^ (hash >>> 33)) * 0xc4ceb9fe1a85ec53L;
    return hash ^ (hash >>> 33);
  }
}
