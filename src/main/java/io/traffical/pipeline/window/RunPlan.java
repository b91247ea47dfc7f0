package io.traffical.pipeline.window;

import io.traffical.pipeline.definition.Definitions.Guardrail;
import io.traffical.pipeline.definition.Metric;
import io.traffical.pipeline.definition.Metric.Aggregation;
import io.traffical.pipeline.definition.Metric.PercentileOf;
import java.io.Serializable;
import java.util.List;
import java.util.Map;

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
   * @param userKeys key columns of the users that units are clusters of, by their entity
   * @param dimensions names of the unit's dimensions, sorted
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
      Map<String, String> userKeys,
      List<String> dimensions,
      List<String> allocations,
      String control,
      Analysis analysis,
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

    /** A policy whose units are not clusters of users. */
    public PolicyPlan(
        String policyKey,
        String entity,
        List<String> dimensions,
        List<String> allocations,
        String control,
        Analysis analysis,
        boolean excludeCrossovers,
        long startsAt,
        long endsAt,
        boolean isNew,
        boolean isFresh,
        long assignmentsFrom,
        long end,
        String fingerprint,
        List<MetricPlan> metrics) {
      this(
          policyKey,
          entity,
          Map.of(),
          dimensions,
          allocations,
          control,
          analysis,
          excludeCrossovers,
          startsAt,
          endsAt,
          isNew,
          isFresh,
          assignmentsFrom,
          end,
          fingerprint,
          metrics);
    }

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
   * How a policy's results are computed. None of it changes what is stored per unit.
   *
   * @param confidence confidence level of intervals, between 0 and 1
   * @param sequentialUnits expected total units when results may be looked at any time; null for a
   *     fixed horizon
   * @param goal the metric that decides; null when none was named
   * @param maxDimensionValues most values of a dimension that results are broken down by
   */
  public record Analysis(
      double confidence,
      Long sequentialUnits,
      String goal,
      List<Guardrail> guardrails,
      int maxDimensionValues)
      implements Serializable {}

  /**
   * One metric of a policy.
   *
   * @param definition what is measured
   * @param lookbackDays how many days CUPED looks back before the first assignment; 0 for not
   * @param factDimensions names of the facts' dimensions that its results are broken down by
   * @param start first time of the facts that this run reads for it
   * @param base where what happened before {@code start} comes from
   * @param totalsTo h': exclusive end of the totals that this run stores
   * @param isFresh whether it is new or its definition changed
   * @param rewrites whether all its stored totals are replaced, not only those that changed
   */
  public record MetricPlan(
      Metric definition,
      int lookbackDays,
      List<String> factDimensions,
      long start,
      Base base,
      long totalsTo,
      boolean isFresh,
      boolean rewrites,
      String fingerprint)
      implements Serializable {

    /** Returns the metric's key. */
    public String metricKey() {
      return definition.key();
    }

    /** Returns how its facts are aggregated. */
    public Aggregation aggregation() {
      return definition.aggregation();
    }

    /**
     * Returns whether it keeps entries per unit, in rows of its own: what cannot be added up. The
     * others keep tallies.
     */
    public boolean keepsEntries() {
      return aggregation() == Aggregation.FUNNEL
          || aggregation() == Aggregation.COUNT_DISTINCT
          || isPercentileOfEvents()
          || isPerUser();
    }

    /** Returns whether the policy's units are clusters of those that values are counted by. */
    public boolean isPerUser() {
      return definition.per() != null;
    }

    /** Returns whether its results depend on how the values of all units are distributed. */
    public boolean isRanked() {
      return aggregation() == Aggregation.PERCENTILE || definition.winsorizeAt() != null;
    }

    /** Returns whether it keeps every fact's value, which no totals can stand for. */
    public boolean isPercentileOfEvents() {
      return definition.of() == PercentileOf.EVENTS;
    }

    /**
     * Returns how many tallies it keeps per unit: one per measure, then that of the covariate; none
     * if it keeps entries.
     */
    public int slots() {
      return keepsEntries() ? 0 : definition.measures().size() + (lookbackDays > 0 ? 1 : 0);
    }

    /** Returns which tally is that of the covariate; -1 for none. */
    public int covariateSlot() {
      return lookbackDays > 0 ? definition.measures().size() : -1;
    }

    /**
     * Returns whether a unit belongs to the metric yet: those whose timeframe has not ended may be
     * left out.
     */
    public boolean isComplete(long firstAssignedAt, long asOf) {
      return !definition.timeframe().completedOnly()
          || firstAssignedAt + definition.timeframe().endDays() * Micros.DAY <= asOf;
    }

    /** Returns the names of its facts, each once, sorted. */
    public List<String> facts() {
      return definition.facts();
    }
  }

  /**
   * What is read of one definition, in whole windows.
   *
   * @param historyFrom first time of the rows before the range that only tell what units did before
   *     their assignment; the start of the range when none are needed
   * @param entities whose keys its rows carry
   * @param columns what is read of its rows
   * @param reason why, for {@code plan}
   */
  public record Read(
      DefinitionRef definition,
      TimeWindow range,
      long historyFrom,
      List<String> entities,
      SelectedColumns columns,
      String reason)
      implements Serializable {}

  /** Returns whether there is nothing to do. */
  public boolean isEmpty() {
    return policies.isEmpty();
  }
}
