package io.traffical.pipeline.model;

/**
 * Rows about the units of one bucket, packed by {@link UnitBlockWriter}: what travels from the
 * source instead of single rows, because most of the cost of a row in a stream is that of being a
 * record of its own.
 *
 * @param bucket which share of the units, from 0 to {@link UnitBlockWriter#BUCKETS} - 1
 * @param isOfFacts whether these are facts; otherwise they are what is known of the units before
 *     any fact can be judged: exposures, stored assignments, stored totals
 * @param rows the packed rows
 */
public record UnitBlock(int bucket, boolean isOfFacts, byte[] rows) implements ReadRow {
  /** Kinds of rows that are not facts. */
  public enum Kind {
    /** The unit was seen in an allocation of a policy. */
    EXPOSURE(0),
    /** What {@code assignments} holds for the unit and a policy. */
    STORED_ASSIGNMENT(1),
    /** A part of what is stored of the unit's past for a metric: a tally. */
    STORED_TOTAL(2),
    /** A part of what is stored of the unit's past for a metric: entries. */
    STORED_ENTRIES(3);

    private static final Kind[] BY_TAG = {
      EXPOSURE, STORED_ASSIGNMENT, STORED_TOTAL, STORED_ENTRIES
    };

    final byte tag;

    Kind(int tag) {
      this.tag = (byte) tag;
    }

    static Kind of(byte tag) {
      return BY_TAG[tag];
    }
  }
}
