package io.traffical.pipeline.outcome;

import io.traffical.pipeline.model.AssignmentChange;
import io.traffical.pipeline.window.RunPlan.PolicyPlan;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;

/**
 * Finds one unit's first assignment in one policy, whatever the order of the rows: the earliest
 * one, at equal times the allocation with the smallest bytes; and when the unit was first seen in
 * another allocation.
 */
final class FirstAssignment {
  private static final Comparator<String> BYTEWISE =
      Comparator.comparing(text -> text.getBytes(StandardCharsets.UTF_8), Arrays::compareUnsigned);

  private final PolicyPlan policy;
  private String firstAllocation;
  private Seen firstSeen;
  private Map<String, Seen> otherSeen;
  private Stored stored;

  FirstAssignment(PolicyPlan policy) {
    this.policy = policy;
  }

  /** When an allocation was first seen, and the unit's dimensions then, joined by NUL. */
  private record Seen(long time, String dimensions) {
    /** Of rows at the same time the one with the bytewise smallest dimensions counts. */
    Seen earlier(long otherTime, String otherDimensions) {
      boolean isOther =
          otherTime < time
              || (otherTime == time && BYTEWISE.compare(otherDimensions, dimensions) < 0);
      return isOther ? new Seen(otherTime, otherDimensions) : this;
    }
  }

  /** What was stored before this run. */
  record Stored(String allocation, String dimensions, long firstAssignedAt, long crossedOverAt) {}

  /** What the rows say. */
  record Settled(String allocation, String dimensions, long firstAssignedAt, long crossedOverAt) {
    boolean hasCrossedOver() {
      return crossedOverAt != AssignmentChange.NEVER;
    }

    boolean isSameAs(Stored stored) {
      return stored != null
          && stored.allocation().equals(allocation)
          && stored.dimensions().equals(dimensions)
          && stored.firstAssignedAt() == firstAssignedAt
          && stored.crossedOverAt() == crossedOverAt;
    }
  }

  void add(Stored row) {
    stored = row;
  }

  /** Adds an exposure; one outside what this run reads for the policy does not count. */
  void add(String allocation, String dimensions, long time) {
    if (!counts(policy, time)) {
      return;
    }
    if (firstAllocation == null) {
      firstAllocation = allocation;
      firstSeen = new Seen(time, dimensions);
    } else if (firstAllocation.equals(allocation)) {
      firstSeen = firstSeen.earlier(time, dimensions);
    } else {
      if (otherSeen == null) {
        otherSeen = new HashMap<>(4);
      }
      Seen known = otherSeen.get(allocation);
      otherSeen.put(
          allocation, known == null ? new Seen(time, dimensions) : known.earlier(time, dimensions));
    }
  }

  /** Returns whether exposures of this time count in a run. */
  static boolean counts(PolicyPlan policy, long time) {
    return policy.readsAssignments()
        && time >= Math.max(policy.assignmentsFrom(), policy.startsAt())
        && time < policy.until();
  }

  /** Returns the row that was stored before this run, or null. */
  Stored stored() {
    return stored;
  }

  /** Returns the first assignment, or null when the unit has none. */
  Settled settle() {
    if (!policy.readsAssignments()) {
      return stored == null ? null : settled(stored, stored.crossedOverAt());
    }
    if (stored != null
        && !policy.isFresh()
        && stored.firstAssignedAt() < policy.assignmentsFrom()) {
      long known = stored.crossedOverAt();
      return settled(
          stored,
          known < policy.assignmentsFrom() ? known : firstSeenElsewhere(stored.allocation()));
    }
    if (firstAllocation == null) {
      return null;
    }
    String first = firstAllocation;
    Seen seen = firstSeen;
    if (otherSeen != null) {
      for (Map.Entry<String, Seen> other : otherSeen.entrySet()) {
        long time = other.getValue().time();
        if (time < seen.time()
            || (time == seen.time() && BYTEWISE.compare(other.getKey(), first) < 0)) {
          first = other.getKey();
          seen = other.getValue();
        }
      }
    }
    return new Settled(first, seen.dimensions(), seen.time(), firstSeenElsewhere(first));
  }

  private static Settled settled(Stored stored, long crossedOverAt) {
    return new Settled(
        stored.allocation(), stored.dimensions(), stored.firstAssignedAt(), crossedOverAt);
  }

  private long firstSeenElsewhere(String allocation) {
    boolean isElsewhere = firstAllocation != null && !firstAllocation.equals(allocation);
    long earliest = isElsewhere ? firstSeen.time() : AssignmentChange.NEVER;
    if (otherSeen != null) {
      for (Map.Entry<String, Seen> other : otherSeen.entrySet()) {
        if (!other.getKey().equals(allocation)) {
          earliest = Math.min(earliest, other.getValue().time());
        }
      }
    }
    return earliest;
  }
}
