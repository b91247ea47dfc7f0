package io.traffical.pipeline.model;

import java.util.Map;

/**
 * What reading one slice of a definition brought, apart from its rows.
 *
 * @param read place of the definition among the plan's reads
 * @param start first microsecond of the slice
 * @param end first microsecond after it
 * @param rows usable rows inside the slice
 * @param outside rows that the SQL returned although they lie outside the slice
 * @param rejected unusable rows and values: null keys, infinite times, NaN
 * @param windowRows usable rows per window of the slice
 * @param windowChecksums order-independent checksum of the usable rows per window
 * @param undeclared rows per policy, or policy and allocation, that the definitions do not name
 * @param firstRejection why the first unusable row was rejected, or null
 * @param durationMillis how long the query ran
 * @param error why the slice could not be read, or null
 * @param isHistory whether only what units did before their assignment was looked for
 */
public record SliceReport(
    int read,
    long start,
    long end,
    long rows,
    long outside,
    long rejected,
    long[] windowRows,
    long[] windowChecksums,
    Map<String, Long> undeclared,
    String firstRejection,
    long durationMillis,
    String error,
    boolean isHistory)
    implements ReadRow {

  /** A report on a slice of what the run computes from. */
  public SliceReport(
      int read,
      long start,
      long end,
      long rows,
      long outside,
      long rejected,
      long[] windowRows,
      long[] windowChecksums,
      Map<String, Long> undeclared,
      String firstRejection,
      long durationMillis,
      String error) {
    this(
        read,
        start,
        end,
        rows,
        outside,
        rejected,
        windowRows,
        windowChecksums,
        undeclared,
        firstRejection,
        durationMillis,
        error,
        false);
  }
}
