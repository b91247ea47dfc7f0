package io.traffical.pipeline.window;

import java.io.Serializable;
import java.util.List;

/**
 * Metrics of one policy on the same facts whose per-unit tallies are stored side by side in the
 * same rows; or one metric that keeps entries instead of tallies.
 *
 * @param id unique within the policy
 * @param isNew whether this run creates it and writes all its totals; otherwise those that changed
 * @param places what is at each place of the tallies
 */
public record MetricSet(int id, boolean isNew, List<Place> places) implements Serializable {

  /**
   * A tally of a metric.
   *
   * @param metric the metric's place in the policy's plan
   * @param slot which of the metric's tallies
   */
  public record Place(int metric, int slot) implements Serializable {
    /** A place whose metric has moved to a newer set, or is not meant. */
    public static final Place UNUSED = new Place(-1, 0);

    /** In place of a slot: entries with a tally per value of the facts' dimensions. */
    public static final int BY_VALUE = 100;

    /** Returns whether a metric's tally is here. */
    public boolean isUsed() {
      return metric >= 0;
    }
  }

  /** Returns whether it holds the tallies per value of the dimensions of one metric's facts. */
  public boolean isByValue() {
    return places.get(0).slot() == Place.BY_VALUE;
  }

  /** Returns the metrics that have a tally here, each once, by their place in the policy's plan. */
  public List<Integer> metrics() {
    return places.stream().filter(Place::isUsed).map(Place::metric).distinct().toList();
  }
}
