package io.traffical.pipeline.model;

/**
 * One row about one unit, from the source or from storage. Times are microseconds since 1970, UTC.
 * Policies, metrics and facts are numbered by their place in the run's plan.
 */
public sealed interface UnitRow extends ReadRow {
  /** No time: a crossover that never happened. */
  long NEVER = Long.MAX_VALUE;

  /** Returns the unit's key. */
  String unit();

  /**
   * Returns a 64-bit hash of the unit's key. Rows are grouped by it, because sorting numbers is
   * several times cheaper than sorting texts; units whose hashes collide share a group.
   */
  default long unitHash() {
    String unit = unit();
    long hash = 0x9e3779b97f4a7c15L;
    for (int i = 0; i < unit.length(); i++) {
      hash = (hash ^ unit.charAt(i)) * 0xff51afd7ed558ccdL;
      hash ^= hash >>> 32;
    }
    return hash;
  }

  /**
   * Returns the order among the rows of a unit: what is known of its assignments and totals sorts
   * before its facts.
   */
  long order();

  /** The unit was seen in an allocation of a policy. */
  record Exposure(String unit, int policy, String allocation, long time) implements UnitRow {
    @Override
    public long order() {
      return Long.MIN_VALUE + 1;
    }
  }

  /** What {@code assignments} holds for the unit and a policy. */
  record StoredAssignment(
      String unit, int policy, String allocation, long firstAssignedAt, long crossedOverAt)
      implements UnitRow {
    @Override
    public long order() {
      return Long.MIN_VALUE + 1;
    }
  }

  /** What is stored of the unit's past for a metric; several rows add up. */
  record StoredTotal(String unit, int policy, int metric, long count, double high, double low)
      implements UnitRow {
    @Override
    public long order() {
      return Long.MIN_VALUE + 1;
    }
  }

  /**
   * An outcome.
   *
   * @param fact place of its definition among the plan's reads
   * @param values the value columns that the run uses; NaN where there is no usable value
   */
  record Outcome(String unit, int fact, long time, double[] values) implements UnitRow {
    @Override
    public long order() {
      return time;
    }
  }
}
