package io.traffical.pipeline.oracle;

import io.traffical.pipeline.oracle.Experiments.Metric;
import io.traffical.pipeline.oracle.Experiments.Policy;
import io.traffical.pipeline.oracle.Step.Break;
import io.traffical.pipeline.oracle.Step.Change;
import io.traffical.pipeline.oracle.Step.Command;
import io.traffical.pipeline.oracle.Step.Redefine;
import io.traffical.pipeline.oracle.Step.Repair;
import io.traffical.pipeline.oracle.Step.Row;
import io.traffical.pipeline.oracle.Step.Tick;
import io.traffical.pipeline.oracle.Step.Trouble;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;

/** Draws a random schedule: the same seed gives the same schedule. */
final class Schedule {
  static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
  private static final Duration DAY = Duration.ofDays(1);
  private static final List<String> ALLOCATIONS =
      List.of("ctl", "ctl", "ctl", "Trt", "Trt", "Trt", "zz", "é");
  private static final Map<String, List<Metric>> METRICS =
      Map.of(
          "revenue",
          List.of(new Metric("orders", "sum", "amount"), new Metric("orders", "sum", "tax")),
          "orders_count",
          List.of(new Metric("orders", "count", null), new Metric("clicks", "count", null)),
          "bought",
          List.of(
              new Metric("orders", "conversion_rate", null), new Metric("orders", "count", null)),
          "weight",
          List.of(new Metric("clicks", "sum", "amount"), new Metric("clicks", "sum", "tax")),
          "clicked",
          List.of(
              new Metric("clicks", "conversion_rate", null),
              new Metric("clicks", "sum", "amount")));
  private static final List<String> METRIC_KEYS = METRICS.keySet().stream().sorted().toList();

  private final Random random;
  private final List<Step> steps = new ArrayList<>();
  private final List<Row> live = new ArrayList<>();
  private final List<String> units;
  private Experiments experiments;
  private Instant clock = START;
  private Instant lastTouched = START;
  private long lastId;

  private Schedule(long seed) {
    this.random = new Random(seed * 0x9E3779B97F4A7C15L);
    int count = one(List.of(3, 5, 8));
    List<String> names = new ArrayList<>(List.of("u0", "U0", "ü \"x\",|'\\", "u3"));
    for (int i = 4; i < 8; i++) {
      names.add("u" + i);
    }
    this.units = List.copyOf(names.subList(0, count));
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
    SortedMap<String, Metric> metrics = new TreeMap<>();
    METRICS.forEach((key, versions) -> metrics.put(key, versions.get(0)));
    SortedMap<String, Policy> policies = new TreeMap<>();
    policies.put(
        "P",
        new Policy(
            START.plus(minutes(one(List.of(0, 60, 330, 435, 1440, 1563)))),
            null,
            List.of("ctl", "Trt"),
            someMetrics()));
    if (chance(0.85)) {
      policies.put("Q", policyQ());
    }
    return new Experiments(
        someWindow(),
        someOverlap(),
        chance(0.5) ? DAY : Duration.ofHours(6),
        chance(0.3),
        chance(0.5) ? 1 : 2,
        chance(0.25),
        chance(0.5),
        metrics,
        policies);
  }

  private Policy policyQ() {
    return new Policy(
        START.plus(minutes(one(List.of(0, 300, 675, 1200)))),
        START.plus(minutes(one(List.of(1440, 2220, 2490, 3000)))),
        List.of("ctl", "Trt"),
        someMetrics());
  }

  private List<String> someMetrics() {
    List<String> keys = new ArrayList<>(METRIC_KEYS);
    Collections.shuffle(keys, random);
    return List.copyOf(keys.subList(0, 1 + random.nextInt(3)));
  }

  private Duration someWindow() {
    return Duration.ofHours(one(List.of(1, 2, 3, 6)));
  }

  private Duration someOverlap() {
    return minutes(one(List.of(0, 60, 90, 120, 180, 300, 480, 840, 1560)));
  }

  private void draw() {
    Duration lead = minutes(15L * (8 + random.nextInt(80)));
    tick(lead);
    for (int i = 20 + random.nextInt(20); i > 0; i--) {
      write();
    }
    int rounds = 7 + random.nextInt(8);
    for (int i = 0; i < rounds; i++) {
      boolean hasTicked = chance(0.5);
      if (hasTicked) {
        tick(someTick());
      }
      for (int changes = 2 + random.nextInt(12); changes > 0; changes--) {
        write();
      }
      act(hasTicked);
    }
    tick(experiments.window().plus(minutes(15)));
    command(null, null, null, null, Map.of(), Trouble.NONE);
    steps.add(new Repair());
    write();
    write();
    command(Instant.MIN, null, null, null, Map.of(), Trouble.NONE);
  }

  private void act(boolean hasTicked) {
    double x = random.nextDouble();
    if (x < 0.1) {
      undo();
    } else if (x < 0.54) {
      if (!hasTicked && chance(0.85)) {
        tick(someTick());
      }
      Instant to = chance(0.12) ? clock.minus(minutes(15L * random.nextInt(80))) : null;
      command(null, to, null, null, someBreaks(0.35), someTrouble());
    } else if (x < 0.66) {
      String policy = chance(0.5) ? null : one(List.of("P", "Q"));
      String metric = chance(0.65) ? null : one(someListed());
      Instant to = chance(0.8) ? null : clock.minus(minutes(15L * random.nextInt(60)));
      long hours = Math.max(1, Duration.between(START, clock).toHours());
      Instant from =
          chance(0.5)
              ? lastTouched.minus(minutes(15L * random.nextInt(12)))
              : START.plus(minutes(15L * (random.nextInt((int) hours * 4 + 20) - 20)));
      command(from, to, policy, metric, someBreaks(0.25), Trouble.NONE);
    } else if (x < 0.69) {
      command(Instant.MIN, null, null, null, someBreaks(0.2), Trouble.NONE);
    } else if (x < 0.96) {
      redefine(random.nextInt(100));
    } else {
      steps.add(new Repair());
    }
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
    if (chance(probability)) {
      List<String> sources = new ArrayList<>(List.of("exposures", "orders", "clicks"));
      if (experiments.isSplit()) {
        sources.add("web");
      }
      Collections.shuffle(sources, random);
      for (String source : sources.subList(0, chance(0.7) ? 1 : 2)) {
        breaks.put(source, chance(0.4) ? Break.BEFORE_READING : Break.WHILE_READING);
      }
    }
    return breaks;
  }

  /** A refused publication is retried for some seconds, so there are few. */
  private Trouble someTrouble() {
    double x = random.nextDouble();
    if (x < 0.025) {
      return one(List.of(Trouble.RESULTS, Trouble.RUN_END, Trouble.COMMIT));
    }
    return x < 0.045 ? Trouble.ONCE : Trouble.NONE;
  }

  private void redefine(int x) {
    if (x < 15) {
      Duration overlap = someOverlap();
      redefine("overlap " + overlap, experiments.withOverlap(overlap));
    } else if (x < 25) {
      Duration window = someWindow();
      redefine("window " + window, experiments.withWindow(window));
    } else if (x < 33) {
      boolean keeps = !experiments.keepsFirst();
      redefine("keepsFirst " + keeps, experiments.withKeepsFirst(keeps));
    } else if (x < 50) {
      String key = one(METRIC_KEYS);
      List<Metric> versions = METRICS.get(key);
      Metric next = versions.get(experiments.metrics().get(key).equals(versions.get(0)) ? 1 : 0);
      redefine(key + " " + next, experiments.with(key, next));
    } else if (x < 72) {
      changeMetrics();
    } else if (x < 78) {
      String key = "Q";
      Policy now = experiments.policies().containsKey(key) ? null : policyQ();
      redefine("policy Q " + now, experiments.with(key, now));
    } else {
      changePolicy();
    }
  }

  private void changeMetrics() {
    String key = one(List.copyOf(experiments.policies().keySet()));
    Policy policy = experiments.policies().get(key);
    List<String> metrics = new ArrayList<>(policy.metrics());
    String metric = one(METRIC_KEYS);
    if (!metrics.remove(metric)) {
      metrics.add(random.nextInt(metrics.size() + 1), metric);
    }
    if (metrics.isEmpty()) {
      metrics.add(one(METRIC_KEYS));
    }
    Policy changed =
        new Policy(policy.startsAt(), policy.endsAt(), policy.allocations(), List.copyOf(metrics));
    redefine("metrics of " + key + " " + metrics, experiments.with(key, changed));
  }

  private void changePolicy() {
    String key = one(List.copyOf(experiments.policies().keySet()));
    Policy policy = experiments.policies().get(key);
    Instant startsAt = policy.startsAt();
    Instant endsAt = policy.endsAt();
    List<String> allocations = policy.allocations();
    int x = random.nextInt(3);
    if (x == 0) {
      startsAt = START.plus(minutes(one(List.of(0, 195, 300, 540, 900, 1440))));
    } else if (x == 1) {
      Integer end = one(List.of(1440, 1800, 2235, 3000, -1));
      endsAt = end < 0 ? null : START.plus(minutes(end));
    } else {
      allocations =
          one(
              List.of(
                  List.of("ctl", "Trt"),
                  List.of("Trt", "ctl"),
                  List.of("ctl", "Trt", "zz"),
                  List.of("Trt")));
    }
    if (endsAt != null && !endsAt.isAfter(startsAt)) {
      endsAt = null;
    }
    Policy changed = new Policy(startsAt, endsAt, allocations, policy.metrics());
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
    return switch (random.nextInt(6)) {
      case 0, 1, 2 -> window;
      case 3 -> window.multipliedBy(2);
      case 4 -> minutes(15L * random.nextInt(96));
      default -> DAY.multipliedBy(random.nextInt(3)).plus(Duration.ofHours(1));
    };
  }

  private void write() {
    double x = random.nextDouble();
    if (x < 0.4) {
      add(exposure());
    } else if (x < 0.8 || live.isEmpty()) {
      add(fact());
    } else {
      Row old = someOld();
      live.remove(old);
      lastTouched = old.time();
      List<Row> replacement = chance(0.5) ? List.of(correction(old)) : List.of();
      live.addAll(replacement);
      steps.add(new Change(List.of(old), replacement));
    }
  }

  /** Recent rows change more often than others, as in life; and those that make a crossover. */
  private Row someOld() {
    double x = random.nextDouble();
    List<Row> crossing = turns(false);
    List<Row> exposures = recentExposures();
    if (x < 0.25 && !crossing.isEmpty()) {
      return one(crossing.subList(Math.max(0, crossing.size() - 6), crossing.size()));
    }
    if (x < 0.5 && !exposures.isEmpty()) {
      return one(exposures);
    }
    return one(x < 0.75 ? live.subList(Math.max(0, live.size() - 12), live.size()) : live);
  }

  /** The rows that start, or end, a unit's time in its first allocation of a declared policy. */
  private List<Row> turns(boolean starting) {
    Map<String, List<Row>> byUnit = new TreeMap<>();
    live.stream()
        .filter(row -> row.isExposure() && experiments.policies().containsKey(row.policy()))
        .sorted(Comparator.comparing(Row::time).thenComparing(Row::allocation))
        .forEach(
            row ->
                byUnit
                    .computeIfAbsent(row.policy() + row.unit(), key -> new ArrayList<>())
                    .add(row));
    return byUnit.values().stream()
        .flatMap(
            rows ->
                rows.stream()
                    .filter(row -> starting == row.allocation().equals(rows.get(0).allocation()))
                    .limit(1))
        .sorted(Comparator.comparing(Row::time).thenComparing(Row::id))
        .toList();
  }

  /**
   * Takes back what was published, most likely, and goes back to just before it; sometimes a fact
   * cannot be read then, so that its metrics have to catch up.
   */
  private void undo() {
    List<Row> turns = turns(chance(0.5));
    if (!turns.isEmpty()) {
      Row row = one(turns);
      live.remove(row);
      steps.add(new Change(List.of(row), List.of()));
      Map<String, Break> broken =
          chance(0.5)
              ? Map.of(
                  one(List.of("orders", "clicks")),
                  chance(0.5) ? Break.BEFORE_READING : Break.WHILE_READING)
              : Map.of();
      command(row.time(), null, chance(0.5) ? row.policy() : null, null, broken, Trouble.NONE);
    }
  }

  private List<Row> recentExposures() {
    List<Row> exposures = live.stream().filter(Row::isExposure).toList();
    return exposures.subList(Math.max(0, exposures.size() - 12), exposures.size());
  }

  private void add(Row row) {
    live.add(row);
    lastTouched = row.time();
    steps.add(new Change(List.of(), List.of(row)));
  }

  private Row exposure() {
    List<Row> recent = recentExposures();
    double x = random.nextDouble();
    if (x < 0.4 && !recent.isEmpty()) {
      Row same = one(recent);
      Instant time = x < 0.12 ? same.time() : someTime();
      String allocation = chance(0.6) ? one(ALLOCATIONS) : same.allocation();
      return exposure(same.source(), same.unit(), time, same.policy(), allocation);
    }
    String source = one(experiments.assignments());
    String policy = one(List.of("P", "P", "P", "P", "Q", "Q", "Q", "Q", "other"));
    String unit = chance(0.3) ? one(units) : "n" + Duration.between(START, clock).toHours() / 8;
    unit = unit.startsWith("n") ? unit + "." + random.nextInt(3) : unit;
    int usual = Math.floorMod((unit + policy).hashCode(), 2);
    String allocation = chance(0.15) ? one(ALLOCATIONS) : usual == 0 ? "ctl" : "Trt";
    return exposure(source, unit, someTime(), policy, allocation);
  }

  private Row exposure(String source, String unit, Instant time, String policy, String allocation) {
    return new Row(++lastId, source, unit, time, policy, allocation, null, null);
  }

  private Row fact() {
    List<Row> recent = recentExposures();
    String unit = chance(0.5) && !recent.isEmpty() ? one(recent).unit() : one(units);
    unit = chance(0.05) ? "ghost" : unit;
    String source = one(List.of("orders", "clicks"));
    return new Row(++lastId, source, unit, someTime(), null, null, someAmount(), someAmount());
  }

  private Row correction(Row old) {
    Duration shift =
        one(
            List.of(
                Duration.ZERO,
                Duration.ZERO,
                minutes(60),
                minutes(-60),
                minutes(-300),
                Duration.of(1, ChronoUnit.MICROS)));
    Instant time = old.time().plus(shift);
    return old.isExposure()
        ? exposure(old.source(), old.unit(), time, old.policy(), one(ALLOCATIONS))
        : new Row(++lastId, old.source(), old.unit(), time, null, null, someAmount(), someAmount());
  }

  private BigDecimal someAmount() {
    return chance(0.12) ? null : BigDecimal.valueOf(random.nextInt(25_000) - 5_000, 2);
  }

  private Instant someTime() {
    double x = random.nextDouble();
    long overlap = Math.max(60, experiments.overlap().toMinutes());
    Duration before;
    if (x < 0.45) {
      before = minutes(random.nextInt(240));
    } else if (x < 0.75) {
      before = minutes(random.nextInt((int) overlap + 1));
    } else if (x < 0.9) {
      before = minutes(random.nextInt(3 * 1440));
    } else {
      before = minutes(-(long) random.nextInt(180));
    }
    Instant time = clock.minus(before);
    if (chance(0.35)) {
      Duration width = chance(0.5) ? experiments.window() : DAY;
      long micros = width.toSeconds();
      time = Instant.ofEpochSecond(Math.floorDiv(time.getEpochSecond(), micros) * micros);
      time = chance(0.2) ? time.minus(1, ChronoUnit.MICROS) : time;
    }
    return time;
  }

  private static Duration minutes(long minutes) {
    return Duration.ofMinutes(minutes);
  }

  private boolean chance(double probability) {
    return random.nextDouble() < probability;
  }

  private <T> T one(List<T> choices) {
    return choices.get(random.nextInt(choices.size()));
  }
}
