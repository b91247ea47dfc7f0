package io.traffical.pipeline.model;

/**
 * A row of {@code assignments} to write or delete.
 *
 * @param allocation the first allocation; null when the row is to be deleted
 * @param dimensions the values of the policy's dimensions, joined by NUL
 * @param firstAssignedAt microseconds since 1970
 * @param crossedOverAt microseconds since 1970, or {@link #NEVER}
 */
public record AssignmentChange(
    int policy,
    String unit,
    String allocation,
    String dimensions,
    long firstAssignedAt,
    long crossedOverAt)
    implements PolicyRow {
  /** No time: a crossover that never happened. */
  public static final long NEVER = Long.MAX_VALUE;
}
