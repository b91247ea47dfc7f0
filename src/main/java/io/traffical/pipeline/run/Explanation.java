package io.traffical.pipeline.run;

import java.time.Instant;
import java.util.List;

/**
 * Why one unit has its total in one metric of one policy.
 *
 * @param unit the unit's key
 * @param asOf exclusive end of the data that is explained
 * @param readFrom first time of the rows that were looked for
 * @param readTo exclusive end of the rows that were looked for
 * @param found the first assignment, up to {@code asOf}, that the source has; null for none
 * @param leftOut why the metric leaves the unit out; null when it does not, or has no assignment
 * @param rows exposures and facts, in the order of their times
 * @param hiddenExposures how many newer exposures are not among them
 * @param hiddenFacts how many older facts are not among them
 * @param totals what the source's facts amount to up to {@code asOf}
 * @param stored what is stored; null if nothing of the metric is
 */
public record Explanation(
    String unit,
    Instant asOf,
    Instant readFrom,
    Instant readTo,
    Assigned found,
    String leftOut,
    List<Row> rows,
    long hiddenExposures,
    long hiddenFacts,
    List<Total> totals,
    Stored stored) {

  /**
   * A first assignment.
   *
   * @param crossedOverAt when the unit was first seen in another allocation; null if never
   */
  public record Assigned(String allocation, Instant firstAssignedAt, Instant crossedOverAt) {}

  /**
   * A row of the source.
   *
   * @param kind exposure, fact or covariate
   * @param definition whose SQL returned it
   * @param time null if it has no finite one
   * @param value a number or text; null where rows are only counted, or there is no usable value
   * @param allocation of an exposure; null if it has none
   * @param reason why it does not count, or as what it does; null when there is nothing to say
   */
  public record Row(
      String kind,
      String definition,
      Instant time,
      Object value,
      String allocation,
      boolean isCounted,
      String reason) {}

  /**
   * A part of a unit's total.
   *
   * @param name numerator, denominator or covariate; empty for the only one
   * @param count facts that counted; steps taken of a funnel, different values
   * @param sum the sum of their values; null where they are only counted
   */
  public record Total(String name, long count, Double sum) {}

  /**
   * What an earlier run has stored. Facts of the overlap are not stored: every run reads them
   * again.
   *
   * @param totalsTo exclusive end of the stored totals: where the overlap begins
   * @param totals what is stored
   * @param recomputed what the source's facts amount to up to there
   * @param isSame whether these are equal, up to rounding
   * @param assigned the stored assignment, as of {@link Explanation#asOf}; null for none
   * @param isSameAssigned whether it is the source's
   * @param hasChanged whether the definitions have changed since, so that the next run computes the
   *     metric anew
   */
  public record Stored(
      Instant totalsTo,
      List<Total> totals,
      List<Total> recomputed,
      boolean isSame,
      Assigned assigned,
      boolean isSameAssigned,
      boolean hasChanged) {}
}
