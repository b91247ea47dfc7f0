package io.traffical.pipeline.outcome;

import io.traffical.pipeline.model.UnitRow;
import io.traffical.pipeline.model.UnitRow.StoredAssignment;
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
  private final Map<String, Long> firstSeen = new HashMap<>(4);
  private StoredAssignment stored;

  FirstAssignment(PolicyPlan policy) {
    this.policy = policy;
  }

  /** What the rows say. */
  record Settled(String allocation, long firstAssignedAt, long crossedOverAt) {
    boolean hasCrossedOver() {
      return crossedOverAt != UnitRow.NEVER;
    }
  }

  void add(StoredAssignment row) {
    stored = row;
  }

  /** Adds an exposure; one outside what this run reads for the policy does not count. */
  void add(String allocation, long time) {
    boolean counts =
        policy.readsAssignments()
            && time >= Math.max(policy.assignmentsFrom(), policy.startsAt())
            && time < policy.until();
    if (counts) {
      firstSeen.merge(allocation, time, Math::min);
    }
  }

  /** Returns the row that was stored before this run, or null. */
  StoredAssignment stored() {
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
    if (firstSeen.isEmpty()) {
      return null;
    }
    Map.Entry<String, Long> first =
        firstSeen.entrySet().stream()
            .min(
                Map.Entry.<String, Long>comparingByValue()
                    .thenComparing(Map.Entry::getKey, BYTEWISE))
            .orElseThrow();
    return new Settled(first.getKey(), first.getValue(), firstSeenElsewhere(first.getKey()));
  }

  private long firstSeenElsewhere(String allocation) {
    long earliest = UnitRow.NEVER;
    for (Map.Entry<String, Long> seen : firstSeen.entrySet()) {
      if (!seen.getKey().equals(allocation)) {
        earliest = Math.min(earliest, seen.getValue());
      }
    }
    return earliest;
  }
}
