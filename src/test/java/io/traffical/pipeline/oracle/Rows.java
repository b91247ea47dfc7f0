package io.traffical.pipeline.oracle;

import io.traffical.pipeline.oracle.Step.Change;
import io.traffical.pipeline.oracle.Step.Exposure;
import io.traffical.pipeline.oracle.Step.Fact;
import io.traffical.pipeline.oracle.Step.Row;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Draws what happens to the rows of the source. */
final class Rows {
  /** What the column "kind" may hold beside null; the first ones are the most frequent. */
  static final List<String> FACT_DIMENSIONS = List.of("item", "kind");

  static final List<String> KINDS = List.of("a", "b", "o'k \"\\", "é", "");

  private static final Duration DAY = Duration.ofDays(1);
  private static final List<String> ALLOCATIONS =
      List.of("ctl", "ctl", "ctl", "Trt", "Trt", "Trt", "zz", "é");
  private static final List<String> COUNTRIES =
      Arrays.asList(
          "DE", "DE", "DE", "FR", "FR", "de", "É", "", "(none)", "(other)", "o'k \"\\", null, null);
  private static final List<Integer> TIERS = Arrays.asList(9, 9, 10, 2, null);
  private static final List<String> ITEMS =
      Arrays.asList("pen", "pen", "ink", "Ink", "ü", "", "pad", "cup", null);
  private static final List<BigDecimal> AMOUNTS =
      List.of(
          new BigDecimal("10"),
          new BigDecimal("10.0"),
          new BigDecimal("1e1"),
          new BigDecimal("-5"),
          new BigDecimal("0.00"));

  private final Draw draw;
  private final List<Row> live = new ArrayList<>();
  private final List<String> units;
  private Instant lastTouched = Schedule.START;
  private long lastId;
  private Instant clock;
  private Experiments experiments;

  Rows(Draw draw) {
    this.draw = draw;
    int count = draw.one(List.of(3, 5, 8));
    List<String> names = new ArrayList<>(List.of("u0", "U0", "ü \"x\",|'\\", "u3"));
    for (int i = 4; i < 8; i++) {
      names.add("u" + i);
    }
    this.units = List.copyOf(names.subList(0, count));
  }

  /** Returns the time of the row that was last changed. */
  Instant lastTouched() {
    return lastTouched;
  }

  /** Draws a change at the time of the clock. */
  Change change(Instant time, Experiments now) {
    clock = time;
    experiments = now;
    double x = draw.share();
    if (x < 0.36) {
      return add(List.of(exposure()));
    } else if (x < 0.65 || live.isEmpty()) {
      return add(List.of(fact()));
    } else if (x < 0.82) {
      return add(burst());
    }
    Row old = someOld();
    live.remove(old);
    lastTouched = old.time();
    List<Row> replacement = draw.chance(0.5) ? List.of(correction(old)) : List.of();
    live.addAll(replacement);
    return new Change(List.of(old), replacement);
  }

  /** Draws many new units at once, in both allocations, and what they did before and after. */
  Change cohort(Instant time, Experiments now) {
    clock = time;
    experiments = now;
    Instant begin = clock.minus(Draw.minutes(draw.below(400)));
    String source = draw.one(now.assignments());
    List<Row> added = new ArrayList<>();
    for (int more = 14 + draw.below(11); more > 0; more--) {
      String unit = "c" + (lastId + 1);
      Instant assigned = begin.plus(Draw.minutes(draw.below(90)));
      String policy = draw.one(List.of("P", "P", "P", "Q"));
      added.add(exposure(source, unit, assigned, policy, more % 2 == 0 ? "ctl" : "Trt"));
      for (int facts = 1 + draw.below(6); facts > 0; facts--) {
        long later = draw.chance(0.3) ? draw.below(3600) - 1200 : draw.below(400) - 100;
        added.add(fact(unit, assigned.plus(Draw.minutes(later))));
      }
    }
    return add(List.copyOf(added));
  }

  private Change add(List<Row> rows) {
    live.addAll(rows);
    lastTouched = rows.get(0).time();
    return new Change(List.of(), rows);
  }

  /** Recent rows change more often than others, as in life; and those that make a crossover. */
  private Row someOld() {
    double x = draw.share();
    List<Row> crossing = turns(false);
    List<Row> exposures = recentExposures();
    if (x < 0.25 && !crossing.isEmpty()) {
      return draw.one(crossing.subList(Math.max(0, crossing.size() - 6), crossing.size()));
    }
    if (x < 0.5 && !exposures.isEmpty()) {
      return draw.one(exposures);
    }
    return draw.one(x < 0.75 ? live.subList(Math.max(0, live.size() - 12), live.size()) : live);
  }

  /** The rows that start, or end, a unit's time in its first allocation of a declared policy. */
  private List<Row> turns(boolean starting) {
    Map<String, List<Row>> byUnit = new TreeMap<>();
    live.stream()
        .filter(
            row -> row.isExposure() && experiments.policies().containsKey(row.exposure().policy()))
        .sorted(Comparator.comparing(Row::time).thenComparing(row -> row.exposure().allocation()))
        .forEach(
            row ->
                byUnit
                    .computeIfAbsent(row.exposure().policy() + row.unit(), key -> new ArrayList<>())
                    .add(row));
    return byUnit.values().stream()
        .flatMap(rows -> rows.stream().filter(row -> starting == isSame(row, rows.get(0))).limit(1))
        .sorted(Comparator.comparing(Row::time).thenComparing(Row::id))
        .toList();
  }

  private static boolean isSame(Row row, Row other) {
    return row.exposure().allocation().equals(other.exposure().allocation());
  }

  /** Removes a row that starts or ends a unit's time in its first allocation; null if none does. */
  Row removeTurn(Instant time, Experiments now) {
    clock = time;
    experiments = now;
    List<Row> turns = turns(draw.chance(0.5));
    if (turns.isEmpty()) {
      return null;
    }
    Row row = draw.one(turns);
    live.remove(row);
    return row;
  }

  private List<Row> recentExposures() {
    List<Row> exposures = live.stream().filter(Row::isExposure).toList();
    return exposures.subList(Math.max(0, exposures.size() - 12), exposures.size());
  }

  private Row exposure() {
    List<Row> recent = recentExposures();
    double x = draw.share();
    if (x < 0.4 && !recent.isEmpty()) {
      Row same = draw.one(recent);
      Instant time = x < 0.12 ? same.time() : someTime();
      String allocation = draw.chance(0.6) ? draw.one(ALLOCATIONS) : same.exposure().allocation();
      return exposure(same.source(), same.unit(), time, same.exposure().policy(), allocation);
    }
    String source = draw.one(experiments.assignments());
    String policy = draw.one(List.of("P", "P", "P", "P", "Q", "Q", "Q", "Q", "other"));
    String unit =
        draw.chance(0.3)
            ? draw.one(units)
            : "n" + Duration.between(Schedule.START, clock).toHours() / 8;
    unit = unit.startsWith("n") ? unit + "." + draw.below(3) : unit;
    int usual = Math.floorMod((unit + policy).hashCode(), 2);
    String allocation = draw.chance(0.15) ? draw.one(ALLOCATIONS) : usual == 0 ? "ctl" : "Trt";
    return exposure(source, unit, someTime(), policy, allocation);
  }

  private Row exposure(String source, String unit, Instant time, String policy, String allocation) {
    Exposure exposure = new Exposure(policy, allocation, draw.one(COUNTRIES), draw.one(TIERS));
    return new Row(++lastId, source, unit, time, exposure, null);
  }

  private Row fact() {
    List<Row> recent = recentExposures();
    if (!recent.isEmpty() && draw.chance(0.2)) {
      return nearBound(draw.one(recent));
    }
    if (!recent.isEmpty() && draw.chance(0.4)) {
      Row exposure = draw.one(recent);
      return fact(exposure.unit(), exposure.time().plus(Draw.minutes(draw.below(600))));
    }
    String unit = draw.chance(0.5) && !recent.isEmpty() ? draw.one(recent).unit() : draw.one(units);
    return fact(draw.chance(0.05) ? "ghost" : unit, someTime());
  }

  /** A fact where timeframes and lookbacks begin or end. */
  private Row nearBound(Row exposure) {
    Instant time = exposure.time().plus(DAY.multipliedBy(draw.below(7) - 3L));
    time = time.plus(draw.one(List.of(-1, 0, 0, 1)), ChronoUnit.MICROS);
    return fact(exposure.unit(), time);
  }

  /** Some facts of one unit at the same instant, or almost. */
  private List<Row> burst() {
    Row first = fact();
    List<Row> rows = new ArrayList<>(List.of(first));
    for (int more = 1 + draw.below(3); more > 0; more--) {
      int later = draw.one(List.of(0, 0, 0, 1, -1));
      rows.add(fact(first.unit(), first.time().plus(later, ChronoUnit.MICROS)));
    }
    return List.copyOf(rows);
  }

  private Row fact(String unit, Instant time) {
    String kind =
        draw.chance(0.15)
            ? null
            : draw.chance(0.7) ? draw.one(KINDS.subList(0, 2)) : draw.one(KINDS);
    Fact fact = new Fact(someAmount(), someAmount(), kind, draw.one(ITEMS));
    return new Row(++lastId, draw.one(List.of("orders", "clicks")), unit, time, null, fact);
  }

  private Row correction(Row old) {
    Duration shift =
        draw.one(
            List.of(
                Duration.ZERO,
                Duration.ZERO,
                Draw.minutes(60),
                Draw.minutes(-60),
                Draw.minutes(-300),
                Duration.of(1, ChronoUnit.MICROS)));
    Instant time = old.time().plus(shift);
    if (!old.isExposure()) {
      return fact(old.unit(), time);
    }
    return exposure(old.source(), old.unit(), time, old.exposure().policy(), draw.one(ALLOCATIONS));
  }

  private BigDecimal someAmount() {
    if (draw.chance(0.12)) {
      return null;
    }
    return draw.chance(0.3) ? draw.one(AMOUNTS) : BigDecimal.valueOf(draw.below(25_000) - 5_000, 2);
  }

  private Instant someTime() {
    double x = draw.share();
    long overlap = Math.max(60, experiments.overlap().toMinutes());
    Duration before;
    if (x < 0.45) {
      before = Draw.minutes(draw.below(240));
    } else if (x < 0.75) {
      before = Draw.minutes(draw.below((int) overlap + 1));
    } else if (x < 0.9) {
      before = Draw.minutes(draw.below(3 * 1440));
    } else {
      before = Draw.minutes(-(long) draw.below(180));
    }
    Instant time = clock.minus(before);
    if (draw.chance(0.35)) {
      Duration width = draw.chance(0.5) ? experiments.window() : DAY;
      long seconds = width.toSeconds();
      time = Instant.ofEpochSecond(Math.floorDiv(time.getEpochSecond(), seconds) * seconds);
      time = draw.chance(0.2) ? time.minus(1, ChronoUnit.MICROS) : time;
    }
    return time;
  }
}
