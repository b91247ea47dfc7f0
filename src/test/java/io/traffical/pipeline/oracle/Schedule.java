package io.traffical.pipeline.oracle;

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

/** Draws a random schedule: the same seed gives the same schedule. */
final class Schedule {
  static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
  private static final Duration DAY = Duration.ofDays(1);
  private final Draw draw;
  private final ExperimentsDraw files;
  private final Rows rows;
  private final List<Step> steps = new ArrayList<>();
  private Experiments experiments;
  private Instant clock = START;

  private Schedule(long seed) {
    this.draw = new Draw(seed);
    this.files = new ExperimentsDraw(draw);
    this.rows = new Rows(draw);
    this.experiments = files.first();
  }

  /** A drawn schedule. */
  record Drawn(Experiments first, List<Step> steps) {}

  static Drawn of(long seed) {
    Schedule schedule = new Schedule(seed);
    Experiments first = schedule.experiments;
    schedule.draw();
    return new Drawn(first, Collections.unmodifiableList(schedule.steps));
  }

  private void draw() {
    tick(Draw.minutes(15L * (8 + draw.below(80))));
    for (int i = 15 + draw.below(15); i > 0; i--) {
      write();
    }
    int rounds = 7 + draw.below(8);
    for (int i = 0; i < rounds; i++) {
      boolean hasTicked = draw.chance(0.5);
      if (hasTicked) {
        tick(someTick());
      }
      if (i == 2 || draw.chance(0.15)) {
        steps.add(rows.cohort(clock, experiments));
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
      Redefine change = files.change(experiments);
      experiments = change.now();
      steps.add(change);
    } else {
      steps.add(new Repair());
    }
  }

  private void backfill() {
    String policy = draw.chance(0.5) ? null : draw.one(List.of("P", "Q"));
    String metric = draw.chance(0.65) ? null : draw.one(experiments.listed());
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
