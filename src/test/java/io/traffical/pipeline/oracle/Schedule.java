package io.traffical.pipeline.oracle;

import io.traffical.pipeline.oracle.Experiments.Policy;
import io.traffical.pipeline.oracle.Experiments.Settings;
import io.traffical.pipeline.oracle.Step.Break;
import io.traffical.pipeline.oracle.Step.Change;
import io.traffical.pipeline.oracle.Step.Command;
import io.traffical.pipeline.oracle.Step.Redefine;
import io.traffical.pipeline.oracle.Step.Repair;
import io.traffical.pipeline.oracle.Step.Row;
import io.traffical.pipeline.oracle.Step.Tick;
import io.traffical.pipeline.oracle.Step.Trouble;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** Draws a random schedule: the same seed gives the same schedule. */
final class Schedule {
  static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
  private static final Duration DAY = Duration.ofDays(1);
  private static final List<String> METRIC_KEYS =
      List.of("m0", "m1", "m2", "m3", "m4", "m5", "m6", "m7");

  private final Draw draw;
  private final MetricDraw metrics;
  private final Rows rows;
  private final List<Step> steps = new ArrayList<>();
  private Experiments experiments;
  private Instant clock = START;

  private Schedule(long seed) {
    this.draw = new Draw(seed);
    this.metrics = new MetricDraw(draw);
    this.rows = new Rows(draw);
    this.experiments = firstExperiments();
  }

  /** A drawn schedule. */
  record Drawn(Experiments first, List<Step> steps) {}

  static Drawn of(long seed) {
    Schedule schedule = new Schedule(seed);
    Experiments first = schedule.experiments;
    schedule.draw();
    return new Drawn(first, Collections.unmodifiableList(schedule.steps));
  }

  private Experiments firstExperiments() {
    SortedMap<String, Metric> drawn = new TreeMap<>();
    METRIC_KEYS.forEach(key -> drawn.put(key, metrics.draw()));
    SortedMap<String, Policy> policies = new TreeMap<>();
    Instant startsAt = START.plus(Draw.minutes(draw.one(List.of(0, 60, 330, 435, 1440, 1563))));
    policies.put("P", policy(startsAt, null));
    if (draw.chance(0.85)) {
      policies.put("Q", policyQ());
    }
    SortedMap<String, List<String>> dimensions = new TreeMap<>();
    dimensions.put("exposures", someDimensions());
    dimensions.put("web", someDimensions());
    return new Experiments(
        new Settings(
            someWindow(),
            someOverlap(),
            draw.chance(0.5) ? DAY : Duration.ofHours(6),
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
        START.plus(Draw.minutes(draw.one(List.of(0, 300, 675, 1200)))),
        START.plus(Draw.minutes(draw.one(List.of(1440, 2220, 2490, 3000)))));
  }

  private Policy policy(Instant startsAt, Instant endsAt) {
    List<String> keys = draw.some(1 + draw.below(4), METRIC_KEYS);
    return new Policy(startsAt, endsAt, List.of("ctl", "Trt"), keys, draw.chance(0.7));
  }

  private List<String> someDimensions() {
    return draw.one(
        List.of(List.of(), List.of("country"), List.of("country", "tier"), List.of("tier")));
  }

  private Duration someWindow() {
    return Duration.ofHours(draw.one(List.of(1, 2, 3, 6)));
  }

  private Duration someOverlap() {
    return Draw.minutes(draw.one(List.of(0, 60, 90, 120, 180, 300, 480, 840, 1560)));
  }

  private void draw() {
    tick(Draw.minutes(15L * (8 + draw.below(80))));
    for (int i = 20 + draw.below(20); i > 0; i--) {
      write();
    }
    int rounds = 7 + draw.below(8);
    for (int i = 0; i < rounds; i++) {
      boolean hasTicked = draw.chance(0.5);
      if (hasTicked) {
        tick(someTick());
      }
      for (int changes = 2 + draw.below(12); changes > 0; changes--) {
        write();
      }
      act(hasTicked);
    }
    tick(experiments.window().plus(Draw.minutes(15)));
    command(null, null, null, null, Map.of(), Trouble.NONE);
    steps.add(new Repair());
    write();
    write();
    command(Instant.MIN, null, null, null, Map.of(), Trouble.NONE);
  }

  private void write() {
    steps.add(rows.change(clock, experiments));
  }

  private void act(boolean hasTicked) {
    double x = draw.share();
    if (x < 0.1) {
      undo();
    } else if (x < 0.54) {
      if (!hasTicked && draw.chance(0.85)) {
        tick(someTick());
      }
      Instant to = draw.chance(0.12) ? clock.minus(Draw.minutes(15L * draw.below(80))) : null;
      command(null, to, null, null, someBreaks(0.35), someTrouble());
    } else if (x < 0.66) {
      backfill();
    } else if (x < 0.69) {
      command(Instant.MIN, null, null, null, someBreaks(0.2), Trouble.NONE);
    } else if (x < 0.96) {
      redefine(draw.below(100));
    } else {
      steps.add(new Repair());
    }
  }

  private void backfill() {
    String policy = draw.chance(0.5) ? null : draw.one(List.of("P", "Q"));
    String metric = draw.chance(0.65) ? null : draw.one(someListed());
    Instant to = draw.chance(0.8) ? null : clock.minus(Draw.minutes(15L * draw.below(60)));
    long hours = Math.max(1, Duration.between(START, clock).toHours());
    Instant from =
        draw.chance(0.5)
            ? rows.lastTouched().minus(Draw.minutes(15L * draw.below(12)))
            : START.plus(Draw.minutes(15L * (draw.below((int) hours * 4 + 20) - 20)));
    command(from, to, policy, metric, someBreaks(0.25), Trouble.NONE);
  }

  private void command(
      Instant from,
      Instant to,
      String policy,
      String metric,
      Map<String, Break> broken,
      Trouble trouble) {
    steps.add(new Command(from, to, policy, metric, broken, trouble));
  }

  private List<String> someListed() {
    return experiments.policies().values().stream()
        .flatMap(policy -> policy.metrics().stream())
        .distinct()
        .sorted()
        .toList();
  }

  private Map<String, Break> someBreaks(double probability) {
    Map<String, Break> breaks = new LinkedHashMap<>();
    if (draw.chance(probability)) {
      List<String> sources = new ArrayList<>(List.of("exposures", "orders", "clicks"));
      if (experiments.isSplit()) {
        sources.add("web");
      }
      for (String source : draw.some(draw.chance(0.7) ? 1 : 2, sources)) {
        breaks.put(source, draw.chance(0.4) ? Break.BEFORE_READING : Break.WHILE_READING);
      }
    }
    return breaks;
  }

  /** A refused publication is retried for some seconds, so there are few. */
  private Trouble someTrouble() {
    double x = draw.share();
    if (x < 0.025) {
      return draw.one(List.of(Trouble.RESULTS, Trouble.RUN_END, Trouble.COMMIT));
    }
    return x < 0.045 ? Trouble.ONCE : Trouble.NONE;
  }

  private void redefine(int x) {
    Settings settings = experiments.settings();
    if (x < 14) {
      Duration overlap = someOverlap();
      redefine("overlap " + overlap, experiments.with(settings.withOverlap(overlap)));
    } else if (x < 24) {
      Duration window = someWindow();
      redefine("window " + window, experiments.with(settings.withWindow(window)));
    } else if (x < 30) {
      boolean keeps = !settings.keepsFirst();
      redefine("keepsFirst " + keeps, experiments.with(settings.withKeepsFirst(keeps)));
    } else if (x < 34) {
      int most = draw.one(List.of(1, 2, 3, 20));
      redefine("values " + most, experiments.with(settings.withMaxDimensionValues(most)));
    } else if (x < 40) {
      String source = draw.one(experiments.assignments());
      List<String> names = someDimensions();
      redefine("dimensions " + source + names, experiments.withDimensions(source, names));
    } else if (x < 58) {
      String key = draw.one(someListed());
      Metric next = metrics.vary(experiments.metrics().get(key));
      redefine(key + " " + next, experiments.with(key, next));
    } else if (x < 74) {
      changeMetrics();
    } else if (x < 80) {
      String key = "Q";
      Policy now = experiments.policies().containsKey(key) ? null : policyQ();
      redefine("policy Q " + now, experiments.with(key, now));
    } else {
      changePolicy();
    }
  }

  private void changeMetrics() {
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
    redefine("metrics of " + key + " " + keys, experiments.with(key, policy.withMetrics(keys)));
  }

  private void changePolicy() {
    String key = draw.one(List.copyOf(experiments.policies().keySet()));
    Policy policy = experiments.policies().get(key);
    Instant startsAt = policy.startsAt();
    Instant endsAt = policy.endsAt();
    List<String> allocations = policy.allocations();
    boolean isCuped = policy.isCuped();
    int x = draw.below(4);
    if (x == 0) {
      startsAt = START.plus(Draw.minutes(draw.one(List.of(0, 195, 300, 540, 900, 1440))));
    } else if (x == 1) {
      Integer end = draw.one(List.of(1440, 1800, 2235, 3000, -1));
      endsAt = end < 0 ? null : START.plus(Draw.minutes(end));
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
    redefine(key + " " + changed, experiments.with(key, changed));
  }

  private void redefine(String what, Experiments now) {
    experiments = now;
    steps.add(new Redefine(what, now));
  }

  private void tick(Duration by) {
    clock = clock.plus(by);
    steps.add(new Tick(by));
  }

  private Duration someTick() {
    Duration window = experiments.window();
    return switch (draw.below(6)) {
      case 0, 1, 2 -> window;
      case 3 -> window.multipliedBy(2);
      case 4 -> Draw.minutes(15L * draw.below(96));
      default -> DAY.multipliedBy(draw.below(3)).plus(Duration.ofHours(1));
    };
  }

  /**
   * Takes back what was published, most likely, and goes back to just before it; sometimes a fact
   * cannot be read then, so that its metrics have to catch up.
   */
  private void undo() {
    Row row = rows.removeTurn(clock, experiments);
    if (row != null) {
      steps.add(new Change(List.of(row), List.of()));
      Map<String, Break> broken =
          draw.chance(0.5)
              ? Map.of(
                  draw.one(List.of("orders", "clicks")),
                  draw.chance(0.5) ? Break.BEFORE_READING : Break.WHILE_READING)
              : Map.of();
      String policy = draw.chance(0.5) ? row.exposure().policy() : null;
      command(row.time(), null, policy, null, broken, Trouble.NONE);
    }
  }
}
