package io.traffical.pipeline.outcome;

import io.traffical.pipeline.model.FactValues;
import io.traffical.pipeline.window.RunPlan.MetricPlan;

/**
 * What uses the facts of one definition, as those of one entity.
 *
 * @param areExposures whether these are exposures of users, not facts
 */
record FactUsers(SetUser[] sets, EntryUser[] entries, ValueUser[] values, boolean areExposures) {
  /** So long after the first assignment facts count that have no end. */
  static final long NO_END = Long.MAX_VALUE / 4;

  /**
   * A tally that a fact may add to.
   *
   * @param place its place in the set's tallies
   * @param value the place in the row's numbers, -1 when rows are only counted
   * @param filters bits of the filters that a row must meet
   * @param from how long after the first assignment facts begin to count
   * @param until how long after the first assignment they no longer count
   * @param isCovariate whether what happened before the first assignment is meant
   * @param isLookedUp whether that is looked up, apart from the facts that the run reads
   * @param assignedFrom of a covariate: it is that of units first assigned from then on
   */
  record TallyUser(
      int place,
      int value,
      long filters,
      long from,
      long until,
      boolean isCovariate,
      boolean isLookedUp,
      long assignedFrom,
      long start,
      long totalsTo) {

    /** Returns whether a unit that was first assigned at this time is concerned. */
    boolean concerns(long firstAssignedAt) {
      return firstAssignedAt >= assignedFrom;
    }

    /** Says whether a fact counts that the run reads, or why it does not. */
    Verdict judge(long age, long time, FactValues values) {
      Verdict byTime = Verdict.byTime(age, from, until, time, start);
      return byTime == Verdict.COUNTED ? judge(values) : byTime;
    }

    /** Says the same of a fact that was looked up, however long ago it was. */
    Verdict judgeHistory(long age, FactValues values) {
      Verdict byAge = Verdict.byTime(age, from, until, 0, 0);
      return byAge == Verdict.COUNTED ? judge(values) : byAge;
    }

    private Verdict judge(FactValues values) {
      if ((values.filters() & filters) != filters) {
        return Verdict.FILTERED;
      }
      boolean lacksValue = value >= 0 && Double.isNaN(values.numbers()[value]);
      return lacksValue ? Verdict.NO_VALUE : Verdict.COUNTED;
    }
  }

  /** The tallies of a set that a fact may add to. */
  record SetUser(int policy, int set, int places, long until, TallyUser[] tallies) {
    /** Returns whether the run reads facts of this time. */
    boolean reads(long time) {
      return time < until;
    }
  }

  /**
   * A measure of a metric that keeps entries.
   *
   * @param measure its place among the metric's
   * @param value the place in the row's numbers; -1 when it has none
   * @param digest the place in the row's digests; negative when it has none
   */
  record EntryMeasure(int measure, int value, int digest, long filters) {
    /** Returns whether a fact meets the filters. */
    boolean isMetBy(FactValues values) {
      return (values.filters() & filters) == filters;
    }
  }

  /** A metric that keeps entries of a fact. */
  record EntryUser(
      int policy,
      int set,
      MetricPlan metric,
      EntryMeasure[] ofFact,
      long from,
      long until,
      long start,
      long end) {
    /** Returns whether the run reads facts of this time. */
    boolean reads(long time) {
      return time < end;
    }

    /** Says whether a fact that the run reads counts, as far as its time goes. */
    Verdict judge(long age, long time) {
      return Verdict.byTime(age, from, until, time, start);
    }

    /** Says the same of an exposure of a user, to whom the timeframe does not apply. */
    Verdict judgeExposure(long age, long time) {
      return Verdict.byTime(age, 0, NO_END, time, start);
    }
  }

  /**
   * A metric that keeps a tally per value of the fact's dimensions.
   *
   * @param labels per dimension of the metric, its place among the row's labels
   * @param tallies whose place is that of the measure
   */
  record ValueUser(
      int policy, int set, MetricPlan metric, long until, int[] labels, TallyUser[] tallies) {
    /** Returns whether the run reads facts of this time. */
    boolean reads(long time) {
      return time < until;
    }
  }
}
