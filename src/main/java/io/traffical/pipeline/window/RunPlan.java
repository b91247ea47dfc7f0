package io.traffical.pipeline.window;

import io.traffical.pipeline.definition.Definitions.Aggregation;
import java.io.Serializable;
import java.util.List;

/**
 * What one run reads, keeps and replaces. Times are microseconds since 1970, UTC.
 *
 * @param window width of a window
 * @param due exclusive end of the last due window
 * @param policies the policies to compute, each with its metrics
 * @param reads what to read from the source: one entry per definition
 */
public record RunPlan(long window, long due, List<PolicyPlan> policies, List<Read> reads)
    implements Serializable {

  /** Where a metric's past comes from. */
  public enum Base {
    /** Nothing is kept: everything is read again. */
    EMPTY,
    /** The stored totals: the hourly path. */
    TOTALS,
    /** The stored days before the start's day: backfills, raised overlaps, pulled-back metrics. */
    DAYS
  }

  /**
   * One policy.
   *
   * @param entity name of the policy's entity
   * @param allocations declared allocations in the file's order
   * @param excludeCrossovers whether units in several allocations are left out of the metrics
   * @param isNew whether nothing of the policy is stored yet
   * @param isFresh whether nothing stored is kept (new or changed policy)
   * @param assignmentsFrom S: where its assignments are read from; {@link Micros#AFTER_ALL} when
   *     they are not read and the stored ones stand
   * @param end E: what is materialized after this run ends here
   * @param fingerprint hash of what the policy's assignments depend on
   */
  public record PolicyPlan(
      String policyKey,
      String entity,
      List<String> allocations,
      String control,
      double confidence,
      boolean excludeCrossovers,
      long startsAt,
      long endsAt,
      boolean isNew,
      boolean isFresh,
      long assignmentsFrom,
      long end,
      String fingerprint,
      List<MetricPlan> metrics)
      implements Serializable {

    /** Returns the exclusive end of the rows that count: the smaller of E and endsAt. */
    public long until() {
      return Math.min(end, endsAt);
    }

    /** Returns whether this run reads the policy's assignments. */
    public boolean readsAssignments() {
      return assignmentsFrom != Micros.AFTER_ALL;
    }
  }

  /**
   * One metric of a policy.
   *
   * @param start first time of the facts that this run reads for it
   * @param base where what happened before {@code start} comes from
   * @param totalsTo h': exclusive end of the totals that this run stores
   * @param isFresh whether it is new or its definition changed
   * @param rewrites whether all its stored totals are replaced, not only those that changed
   */
  public record MetricPlan(
      String metricKey,
      Aggregation aggregation,
      String fact,
      String valueColumn,
      long start,
      Base base,
      long totalsTo,
      boolean isFresh,
      boolean rewrites,
      String fingerprint)
      implements Serializable {}

  /**
   * What is read of one definition, in whole windows.
   *
   * @param valueColumns the value columns of every metric on the fact, in a fixed order that no
   *     request changes, so that checksums of windows stay comparable; empty for assignments
   * @param reason why, for {@code plan}
   */
  public record Read(
      DefinitionRef definition, TimeWindow range, List<String> valueColumns, String reason)
      implements Serializable {}

  /** Returns whether there is nothing to do. */
  public boolean isEmpty() {
    return policies.isEmpty();
  }
}
