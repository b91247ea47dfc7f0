package io.traffical.pipeline.outcome;

/**
 * What is kept of one unit's facts as entries: what is stored of its past, and what was read.
 * Entries are bytes whose meaning is their ledger's; those of different days and runs are put
 * together by joining the bytes.
 */
interface KeptEntries {

  /** Enters a part of the unit's stored past. */
  void addBase(byte[] entries);

  /** Takes what was entered behind the overlap, a day at a time, days in order. */
  interface Days {
    void add(int day, byte[] entries);
  }

  /**
   * Settles what was entered, and hands out what is new behind the overlap.
   *
   * @param totalsTo where the overlap begins
   */
  void settle(long totalsTo, Days days);

  /** Returns everything behind the overlap, once settled; null if that is not stored as a whole. */
  byte[] totals();
}
