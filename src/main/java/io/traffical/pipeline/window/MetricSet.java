package io.traffical.pipeline.window;

import java.io.Serializable;
import java.util.List;

/**
 * Metrics of one policy on one fact whose per-unit tallies are stored side by side in the same
 * rows.
 *
 * @param id unique within the policy
 * @param isNew whether this run creates it and writes all its totals; otherwise those that changed
 * @param metrics by place: the metric's place in the policy's plan, or {@link #UNUSED}
 */
public record MetricSet(int id, boolean isNew, List<Integer> metrics) implements Serializable {
  /** A place whose metric has moved to a newer set, or is not meant. */
  public static final int UNUSED = -1;
}
