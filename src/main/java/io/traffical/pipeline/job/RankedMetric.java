package io.traffical.pipeline.job;

import io.traffical.pipeline.definition.Metric.Aggregation;
import io.traffical.pipeline.model.AllocationStats;
import io.traffical.pipeline.model.ArmStats;
import io.traffical.pipeline.model.ArmStats.QuantileStats;
import io.traffical.pipeline.model.SampleReader;
import io.traffical.pipeline.stats.PairMomentsBuilder;
import io.traffical.pipeline.stats.QuantilePosition;
import io.traffical.pipeline.stats.QuantileProbabilities;
import io.traffical.pipeline.stats.RankSelection;
import io.traffical.pipeline.window.RunPlan.MetricPlan;
import io.traffical.pipeline.window.RunPlan.PolicyPlan;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * One metric whose results depend on how the values of all units are distributed: winsorized, or a
 * percentile. Its samples are read several times.
 *
 * <p>Units belong to groups: that of their allocation, and for each dimension that of their
 * allocation and value.
 */
final class RankedMetric {
  private final Ranked.Place place;
  private final PolicyPlan policy;
  private final MetricPlan metric;
  private final Samples samples;
  private final List<DimensionValues> shown = new ArrayList<>();
  private final Map<String, Integer> firstGroups = new HashMap<>();
  private final List<Group> groups = new ArrayList<>();
  private final Map<String, int[]> groupsByDimensions = new HashMap<>();
  private double cap = Double.POSITIVE_INFINITY;

  /** The samples of the metric, as often as needed. */
  interface Samples {
    void read(Consumer<byte[]> reader) throws IOException;

    /** Hands out the samples themselves, in an object that the next one may overwrite. */
    default void forEach(Consumer<SampleReader> reader) throws IOException {
      SampleReader sample = new SampleReader();
      read(
          block -> {
            sample.open(block);
            while (sample.next()) {
              reader.accept(sample);
            }
          });
    }
  }

  private interface Unit {
    void see(int[] groups, double[] values);
  }

  private static final class Group {
    final String dimension;
    final String value;
    final int allocation;
    long units;
    long values;

    Group(String dimension, String value, int allocation) {
      this.dimension = dimension;
      this.value = value;
      this.allocation = allocation;
    }
  }

  RankedMetric(Ranked ranked, int r, Samples samples) {
    this.place = ranked.place(r);
    this.policy = ranked.policy(r);
    this.metric = ranked.metric(r);
    this.samples = samples;
  }

  /** Computes the metric's statistics and hands them out. */
  void compute(Consumer<AllocationStats> out) throws IOException {
    chooseValues();
    forEach(
        (ofUnit, values) -> {
          for (int g : ofUnit) {
            groups.get(g).units++;
            groups.get(g).values += values.length;
          }
        });
    List<ArmStats> stats =
        metric.aggregation() == Aggregation.PERCENTILE ? percentiles() : capped();
    for (int g = 0; g < groups.size(); g++) {
      Group group = groups.get(g);
      out.accept(
          new AllocationStats(
              place.policy(),
              place.metric(),
              group.allocation,
              group.dimension,
              group.value,
              0,
              stats.get(g)));
    }
  }

  /**
   * Returns what values were to be cut down to, once computed; infinity if they were not to be. A
   * cap that is not positive was not applied.
   */
  double cap() {
    return cap;
  }

  private void chooseValues() throws IOException {
    addGroups("", "");
    if (policy.dimensions().isEmpty()) {
      return;
    }
    List<Map<String, Long>> units = new ArrayList<>();
    policy.dimensions().forEach(dimension -> units.add(new HashMap<>()));
    samples.forEach(
        reader -> {
          String[] values = reader.dimensions().split("\0", -1);
          for (int d = 0; d < values.length; d++) {
            units.get(d).merge(values[d], 1L, Long::sum);
          }
        });
    for (Map<String, Long> ofDimension : units) {
      shown.add(new DimensionValues(ofDimension, policy.analysis().maxDimensionValues()));
    }
  }

  private int addGroups(String dimension, String value) {
    return firstGroups.computeIfAbsent(
        dimension + "\0" + value,
        key -> {
          for (int a = 0; a < policy.allocations().size(); a++) {
            groups.add(new Group(dimension, value, a));
          }
          return groups.size() - policy.allocations().size();
        });
  }

  private void forEach(Unit unit) throws IOException {
    int[] own = new int[1 + shown.size()];
    samples.forEach(
        reader -> {
          int[] first =
              groupsByDimensions.computeIfAbsent(reader.dimensions(), this::firstGroupsOf);
          for (int i = 0; i < first.length; i++) {
            own[i] = first[i] + reader.allocation();
          }
          unit.see(own, reader.values());
        });
  }

  private int[] firstGroupsOf(String dimensions) {
    int[] first = new int[1 + shown.size()];
    String[] values = dimensions.split("\0", -1);
    for (int d = 0; d < shown.size(); d++) {
      first[1 + d] = addGroups(policy.dimensions().get(d), shown.get(d).shown(values[d]));
    }
    return first;
  }

  /** One cap for all allocations, over all units, those without facts included. */
  private List<ArmStats> capped() throws IOException {
    long units = 0;
    for (int a = 0; a < policy.allocations().size(); a++) {
      units += groups.get(a).units;
    }
    RankSelection selection = new RankSelection(1);
    Quantile quantile = new Quantile(selection, 0, units, metric.definition().winsorizeAt());
    while (selection.nextPass()) {
      forEach((ofUnit, values) -> selection.see(0, values[0]));
    }
    cap = quantile.value();
    List<ArmFold> folds = new ArrayList<>();
    groups.forEach(group -> folds.add(new ArmFold(metric)));
    if (cap <= 0) {
      folds.forEach(ArmFold::notCapped);
    }
    double applied = cap > 0 ? cap : Double.POSITIVE_INFINITY;
    forEach(
        (ofUnit, values) -> {
          for (int g : ofUnit) {
            folds.get(g).add(values, 0, applied);
          }
        });
    return folds.stream().map(ArmFold::toStats).toList();
  }

  private List<ArmStats> percentiles() throws IOException {
    double q = metric.definition().percentile();
    RankSelection selection = new RankSelection(groups.size());
    List<Quantile[]> quantiles = new ArrayList<>();
    for (int g = 0; g < groups.size(); g++) {
      long values = groups.get(g).values;
      if (values == 0) {
        quantiles.add(new Quantile[3]);
        continue;
      }
      QuantileProbabilities at =
          QuantileProbabilities.of(q, values, policy.analysis().confidence());
      quantiles.add(
          new Quantile[] {
            new Quantile(selection, g, values, q),
            at.isInRange() ? new Quantile(selection, g, values, at.lower()) : null,
            at.isInRange() ? new Quantile(selection, g, values, at.upper()) : null
          });
    }
    while (selection.nextPass()) {
      forEach(
          (ofUnit, values) -> {
            for (int g : ofUnit) {
              for (double value : values) {
                selection.see(g, value);
              }
            }
          });
    }
    List<PairMomentsBuilder> shares = metric.isPercentileOfEvents() ? shares(quantiles) : List.of();
    List<ArmStats> stats = new ArrayList<>();
    for (int g = 0; g < groups.size(); g++) {
      Quantile[] of = quantiles.get(g);
      QuantileStats quantile =
          new QuantileStats(
              groups.get(g).values,
              Quantile.valueOrNull(of[0]),
              Quantile.valueOrNull(of[1]),
              Quantile.valueOrNull(of[2]),
              shares.isEmpty() ? null : shares.get(g).toMoments());
      stats.add(new ArmStats(groups.get(g).units, null, null, 0, null, quantile, false));
    }
    return stats;
  }

  /** Per group, over the units with events: how many are at or below the percentile, how many. */
  private List<PairMomentsBuilder> shares(List<Quantile[]> quantiles) throws IOException {
    List<PairMomentsBuilder> shares = new ArrayList<>();
    double[] limits = new double[groups.size()];
    for (int g = 0; g < groups.size(); g++) {
      shares.add(new PairMomentsBuilder());
      Quantile of = quantiles.get(g)[0];
      limits[g] = of == null ? 0 : of.value();
    }
    forEach(
        (ofUnit, values) -> {
          for (int g : ofUnit) {
            int below = 0;
            for (double value : values) {
              below += value <= limits[g] ? 1 : 0;
            }
            if (values.length > 0) {
              shares.get(g).add(below, values.length);
            }
          }
        });
    return shares;
  }

  /** A percentile of a group, between two values that are looked for. */
  private static final class Quantile {
    private final RankSelection selection;
    private final QuantilePosition position;
    private final int at;
    private final int next;

    Quantile(RankSelection selection, int group, long values, double probability) {
      this.selection = selection;
      this.position = QuantilePosition.of(values, probability);
      this.at = selection.want(group, position.index());
      this.next = position.weight() == 0 ? at : selection.want(group, position.index() + 1);
    }

    double value() {
      return position.between(selection.value(at), selection.value(next));
    }

    static Double valueOrNull(Quantile quantile) {
      return quantile == null ? null : quantile.value();
    }
  }
}
