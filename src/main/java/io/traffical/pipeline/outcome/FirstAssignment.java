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
  private long firstSeen;
  private Map<String, Long> otherSeen;
  private Stored stored;

  FirstAssignment(PolicyPlan policy) {
    this.policy = policy;
  }

  /** What was stored before this run. */
  record Stored(String allocation, long firstAssignedAt, long crossedOverAt) {}

  /** What the rows say. */
  record Settled(String allocation, long firstAssignedAt, long crossedOverAt) {
    boolean hasCrossedOver() {
      return crossedOverAt != AssignmentChange.NEVER;
    }

    boolean isSameAs(Stored stored) {
      return stored != null
          && stored.allocation().equals(allocation)
          && stored.firstAssignedAt() == firstAssignedAt
          && stored.crossedOverAt() == crossedOverAt;
    }
  }

  void add(Stored row) {
    stored = row;
  }

  /** Adds an exposure; one outside what this run reads for the policy does not count. */
  void add(String allocation, long time) {
    boolean counts =
        policy.readsAssignments()
            && time >= Math.max(policy.assignmentsFrom(), policy.startsAt())
            && time < policy.until();
    if (!counts) {
      return;
    }
    if (firstAllocation == null) {
      firstAllocation = allocation;
      firstSeen = time;
    } else if (firstAllocation.equals(allocation)) {
      firstSeen = Math.min(firstSeen, time);
    } else {
      if (otherSeen == null) {
        otherSeen = new HashMap<>(4);
      }
      otherSeen.merge(allocation, time, Math::min);
    }
  }

  /** Returns the row that was stored before this run, or null. */
  Stored stored() {
    return stored;
  }

  /** Returns the first assignment, or null when the unit has none. */
  Settled settle() {
    if (!policy.readsAssignments()) {
      return stored == null
          ? null
          : new Settled(stored.allocation(), stored.firstAssignedAt(), stored.crossedOverAt());
    }
    if (stored != null
        && !policy.isFresh()
        && stored.firstAssignedAt() < policy.assignmentsFrom()) {
      long known = stored.crossedOverAt();
      long crossedOverAt =
          known < policy.assignmentsFrom() ? known : firstSeenElsewhere(stored.allocation());
      return new Settled(stored.allocation(), stored.firstAssignedAt(), crossedOverAt);
    }
    if (firstAllocation == null) {
      return null;
    }
    String first = firstAllocation;
    long at = firstSeen;
    if (otherSeen != null) {
      for (Map.Entry<String, Long> other : otherSeen.entrySet()) {
        long time = other.getValue();
        if (time < at || (time == at && BYTEWISE.compare(other.getKey(), first) < 0)) {
          first = other.getKey();
          at = time;
        }
      }
    }
    return new Settled(first, at, firstSeenElsewhere(first));
  }

  private long firstSeenElsewhere(String allocation) {
    boolean isElsewhere = firstAllocation != null && !firstAllocation.equals(allocation);
    long earliest = isElsewhere ? firstSeen : AssignmentChange.NEVER;
    if (otherSeen != null) {
      for (Map.Entry<String, Long> other : otherSeen.entrySet()) {
        if (!other.getKey().equals(allocation)) {
          earliest = Math.min(earliest, other.getValue());
        }
      }
    }
    return earliest;
  }
}
