package io.traffical.pipeline.outcome;

/**
 * What becomes of a fact for one measure of a metric: it counts, or the first condition that it
 * fails. The ledgers count what these verdicts let through, and explanations show them.
 */
enum Verdict {
  /** It counts. */
  COUNTED,
  /** The unit has no assignment. */
  UNASSIGNED,
  /** It happened at or after the end of what is materialized, or of the policy. */
  NOT_READ,
  /** It happened before the metric's time after the first assignment has begun. */
  TOO_EARLY,
  /** It happened when that time was over. */
  TOO_LATE,
  /** What happened then is stored, and not counted again. */
  STORED,
  /** It fails a filter. */
  FILTERED,
  /** It has no usable value. */
  NO_VALUE,
  /** Its value was counted before. */
  KNOWN_VALUE,
  /** The unit is a cluster of users, and the fact names none. */
  NO_USER,
  /** The fact's user was not exposed since the unit's first assignment. */
  USER_NOT_EXPOSED;

  /**
   * Says whether a fact counts, as far as its time goes.
   *
   * @param age how long after the first assignment it happened; negative before it
   * @param from the age from which facts count
   * @param until the age from which they no longer count
   * @param start what happened before this time is stored
   */
  static Verdict byTime(long age, long from, long until, long time, long start) {
    if (age < from) {
      return TOO_EARLY;
    }
    if (age >= until) {
      return TOO_LATE;
    }
    return time < start ? STORED : COUNTED;
  }
}
