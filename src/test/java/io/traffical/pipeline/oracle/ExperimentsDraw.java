package io.traffical.pipeline.oracle;

import io.traffical.pipeline.oracle.Experiments.Policy;
import io.traffical.pipeline.oracle.Experiments.Settings;
import io.traffical.pipeline.oracle.Step.Redefine;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** Draws what the definition file says, and how it changes. */
final class ExperimentsDraw {
  private static final List<String> METRIC_KEYS =
      List.of("m0", "m1", "m2", "m3", "m4", "m5", "m6", "m7");

  private final Draw draw;
  private final MetricDraw metrics;
  private Experiments experiments;

  ExperimentsDraw(Draw draw) {
    this.draw = draw;
    this.metrics = new MetricDraw(draw);
  }

  /** Draws the first file. */
  Experiments first() {
    SortedMap<String, Metric> drawn = new TreeMap<>();
    METRIC_KEYS.forEach(key -> drawn.put(key, metrics.draw()));
    SortedMap<String, Policy> policies = new TreeMap<>();
    Instant startsAt =
        Schedule.START.plus(Draw.minutes(draw.one(List.of(0, 60, 330, 435, 1440, 1563))));
    policies.put("P", policy(startsAt, null));
    if (draw.chance(0.85)) {
      policies.put("Q", policyQ());
    }
    SortedMap<String, List<String>> dimensions = new TreeMap<>();
    dimensions.put("exposures", someDimensions());
    dimensions.put("web", someDimensions());
    dimensions.put("orders", someFactDimensions());
    dimensions.put("clicks", someFactDimensions());
    return new Experiments(
        new Settings(
            someWindow(),
            someOverlap(),
            draw.chance(0.5) ? Duration.ofDays(1) : Duration.ofHours(6),
            draw.chance(0.3),
            draw.chance(0.5) ? 1 : 2,
            draw.one(List.of(1, 2, 2, 20))),
        draw.chance(0.3),
        draw.chance(0.5),
        dimensions,
        drawn,
        policies);
  }

  private Policy policyQ() {
    return policy(
        Schedule.START.plus(Draw.minutes(draw.one(List.of(0, 300, 675, 1200)))),
        Schedule.START.plus(Draw.minutes(draw.one(List.of(1440, 2220, 2490, 3000)))));
  }

  private Policy policy(Instant startsAt, Instant endsAt) {
    List<String> keys = draw.some(1 + draw.below(4), METRIC_KEYS);
    return new Policy(startsAt, endsAt, List.of("ctl", "Trt"), keys, draw.chance(0.7));
  }

  private List<String> someDimensions() {
    return draw.one(
        List.of(List.of(), List.of("country"), List.of("country", "tier"), List.of("tier")));
  }

  private List<String> someFactDimensions() {
    return draw.one(List.of(List.of(), List.of("kind"), List.of("item", "kind")));
  }

  private Duration someWindow() {
    return Duration.ofHours(draw.one(List.of(1, 2, 3, 6)));
  }

  private Duration someOverlap() {
    return Draw.minutes(draw.one(List.of(0, 60, 90, 120, 180, 300, 480, 840, 1560)));
  }

  /** Draws how the file changes. */
  Redefine change(Experiments now) {
    experiments = now;
    int x = draw.below(100);
    Settings settings = experiments.settings();
    if (x < 14) {
      Duration overlap = someOverlap();
      return new Redefine("overlap " + overlap, experiments.with(settings.withOverlap(overlap)));
    } else if (x < 24) {
      Duration window = someWindow();
      return new Redefine("window " + window, experiments.with(settings.withWindow(window)));
    } else if (x < 30) {
      boolean keeps = !settings.keepsFirst();
      return new Redefine("keepsFirst " + keeps, experiments.with(settings.withKeepsFirst(keeps)));
    } else if (x < 34) {
      int most = draw.one(List.of(1, 2, 3, 20));
      return new Redefine(
          "values " + most, experiments.with(settings.withMaxDimensionValues(most)));
    } else if (x < 38) {
      String source = draw.one(experiments.assignments());
      List<String> names = someDimensions();
      return new Redefine(
          "dimensions " + source + names, experiments.withDimensions(source, names));
    } else if (x < 43) {
      String source = draw.one(List.of("orders", "clicks"));
      List<String> names = someFactDimensions();
      return new Redefine(
          "dimensions " + source + names, experiments.withDimensions(source, names));
    } else if (x < 58) {
      String key = draw.one(experiments.listed());
      Metric next = metrics.vary(experiments.metrics().get(key));
      return new Redefine(key + " " + next, experiments.with(key, next));
    } else if (x < 74) {
      return changeMetrics();
    } else if (x < 80) {
      String key = "Q";
      Policy next = experiments.policies().containsKey(key) ? null : policyQ();
      return new Redefine("policy Q " + next, experiments.with(key, next));
    } else {
      return changePolicy();
    }
  }

  private Redefine changeMetrics() {
    String key = draw.one(List.copyOf(experiments.policies().keySet()));
    Policy policy = experiments.policies().get(key);
    List<String> keys = new ArrayList<>(policy.metrics());
    String metric = draw.one(METRIC_KEYS);
    if (!keys.remove(metric)) {
      keys.add(draw.below(keys.size() + 1), metric);
    }
    if (keys.isEmpty()) {
      keys.add(draw.one(METRIC_KEYS));
    }
    return new Redefine(
        "metrics of " + key + " " + keys, experiments.with(key, policy.withMetrics(keys)));
  }

  private Redefine changePolicy() {
    String key = draw.one(List.copyOf(experiments.policies().keySet()));
    Policy policy = experiments.policies().get(key);
    Instant startsAt = policy.startsAt();
    Instant endsAt = policy.endsAt();
    List<String> allocations = policy.allocations();
    boolean isCuped = policy.isCuped();
    int x = draw.below(4);
    if (x == 0) {
      startsAt = Schedule.START.plus(Draw.minutes(draw.one(List.of(0, 195, 300, 540, 900, 1440))));
    } else if (x == 1) {
      Integer end = draw.one(List.of(1440, 1800, 2235, 3000, -1));
      endsAt = end < 0 ? null : Schedule.START.plus(Draw.minutes(end));
    } else if (x == 2) {
      isCuped = !isCuped;
    } else {
      allocations =
          draw.one(
              List.of(
                  List.of("ctl", "Trt"),
                  List.of("Trt", "ctl"),
                  List.of("ctl", "Trt", "zz"),
                  List.of("Trt")));
    }
    if (endsAt != null && !endsAt.isAfter(startsAt)) {
      endsAt = null;
    }
    Policy changed = new Policy(startsAt, endsAt, allocations, policy.metrics(), isCuped);
    return new Redefine(key + " " + changed, experiments.with(key, changed));
  }
}
