package io.traffical.pipeline.job;

import io.traffical.pipeline.definition.Metric.Aggregation;
import io.traffical.pipeline.model.AllocationStats;
import io.traffical.pipeline.model.SampleReader;
import io.traffical.pipeline.model.SampleWriter;
import io.traffical.pipeline.model.UnitValues.Share;
import io.traffical.pipeline.window.RunPlan.MetricPlan;
import io.traffical.pipeline.window.RunPlan.PolicyPlan;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * One metric by the values of its facts' dimensions. A row of such a value has all units of the
 * metric, with what their facts of that value come to: 0 for units without any. So samples are
 * those of units with such facts, and how many units there are.
 *
 * <p>Two passes: the first finds the frequent values; the second folds them, and first adds up what
 * a unit has of all others.
 */
final class ValueFolds {
  /** What a sample is; it comes before the dimension's place and the values. */
  private static final double MORE_OF_UNIT = 0;

  private static final double FIRST_OF_UNIT = 1;
  private static final double UNITS = 2;

  private static final int HEAD = 2;

  private final Ranked.Place place;
  private final PolicyPlan policy;
  private final MetricPlan metric;
  private final double cap;
  private final RankedMetric.Samples samples;
  private final List<DimensionValues> shown = new ArrayList<>();
  private final List<Map<String, ArmFold[]>> folds = new ArrayList<>();
  private final long[] units;

  /** What the current unit has of the values of a dimension that are shown together. */
  private double[] others;

  private int othersDimension;
  private int othersAllocation;

  /**
   * Prepares to fold.
   *
   * @param cap what values are cut down to, as {@link RankedMetric#cap} has it
   */
  ValueFolds(Ranked ranked, int r, double cap, RankedMetric.Samples samples) {
    this.place = ranked.place(r);
    this.policy = ranked.policy(r);
    this.metric = ranked.metric(r);
    this.cap = cap;
    this.samples = samples;
    this.units = new long[policy.allocations().size()];
  }

  /** Packs a unit's value; returns a block that became full, or null. */
  static byte[] write(SampleWriter writer, int allocation, Share share, boolean isFirst) {
    double[] row = new double[HEAD + share.values().length];
    row[0] = isFirst ? FIRST_OF_UNIT : MORE_OF_UNIT;
    row[1] = share.dimension();
    System.arraycopy(share.values(), 0, row, HEAD, share.values().length);
    return writer.add(allocation, share.value(), row, 0, row.length);
  }

  /** Packs how many units an allocation has; returns a block that became full, or null. */
  static byte[] writeUnits(SampleWriter writer, int allocation, long units) {
    return writer.add(allocation, "", new double[] {UNITS, units}, 0, HEAD);
  }

  /** Computes the statistics of every shown value and hands them out. */
  void compute(Consumer<AllocationStats> out) throws IOException {
    FrequentValues frequent = new FrequentValues(policy.analysis().maxDimensionValues());
    for (int d = 0; d < metric.factDimensions().size(); d++) {
      int dimension = d;
      shown.add(
          frequent.of(
              value ->
                  samples.forEach(
                      sample -> {
                        if (isOf(sample, dimension)) {
                          value.accept(sample.dimensions());
                        }
                      })));
      folds.add(new TreeMap<>());
    }
    samples.forEach(this::fold);
    foldOthers();
    for (int d = 0; d < folds.size(); d++) {
      String dimension = metric.factDimensions().get(d);
      folds.get(d).forEach((value, arms) -> emit(dimension, value, arms, out));
    }
  }

  private static boolean isOf(SampleReader sample, int dimension) {
    return sample.values()[0] != UNITS && sample.values()[1] == dimension;
  }

  private void fold(SampleReader sample) {
    double[] row = sample.values();
    if (row[0] == UNITS) {
      units[sample.allocation()] += (long) row[1];
      return;
    }
    int dimension = (int) row[1];
    if (others != null && (row[0] == FIRST_OF_UNIT || dimension != othersDimension)) {
      foldOthers();
    }
    String value = shown.get(dimension).shown(sample.dimensions());
    if (!value.equals(DimensionValues.OTHER)) {
      add(dimension, value, sample.allocation(), row.clone());
    } else if (others == null) {
      others = row.clone();
      othersDimension = dimension;
      othersAllocation = sample.allocation();
    } else {
      for (int i = HEAD; i < row.length; i++) {
        others[i] += row[i];
      }
    }
  }

  private void foldOthers() {
    if (others != null) {
      if (metric.aggregation() == Aggregation.CONVERSION_RATE) {
        others[HEAD] = Math.min(1, others[HEAD]);
      }
      add(othersDimension, DimensionValues.OTHER, othersAllocation, others);
      others = null;
    }
  }

  private void add(int dimension, String value, int allocation, double[] row) {
    folds
        .get(dimension)
        .computeIfAbsent(value, v -> arms())[allocation]
        .add(row, HEAD, cap > 0 ? cap : Double.POSITIVE_INFINITY);
  }

  private ArmFold[] arms() {
    ArmFold[] arms = new ArmFold[units.length];
    for (int a = 0; a < arms.length; a++) {
      arms[a] = new ArmFold(metric);
      if (cap <= 0) {
        arms[a].notCapped();
      }
    }
    return arms;
  }

  private void emit(String dimension, String value, ArmFold[] arms, Consumer<AllocationStats> out) {
    for (int a = 0; a < arms.length; a++) {
      arms[a].addZeros(units[a] - arms[a].units());
      out.accept(
          new AllocationStats(
              place.policy(), place.metric(), a, dimension, value, 0, arms[a].toStats()));
    }
  }
}
