package io.traffical.pipeline.oracle;

import io.traffical.pipeline.jdbc.Schema;
import io.traffical.pipeline.jdbc.Tables;
import io.traffical.pipeline.oracle.Published.Mark;
import io.traffical.pipeline.oracle.Step.Break;
import io.traffical.pipeline.oracle.Step.Change;
import io.traffical.pipeline.oracle.Step.Command;
import io.traffical.pipeline.oracle.Step.Redefine;
import io.traffical.pipeline.oracle.Step.Repair;
import io.traffical.pipeline.oracle.Step.Tick;
import io.traffical.pipeline.oracle.Step.Trouble;
import io.traffical.pipeline.run.RunFailure;
import io.traffical.pipeline.run.RunListener;
import io.traffical.pipeline.run.RunReport;
import io.traffical.pipeline.run.RunService;
import io.traffical.pipeline.testing.TestDatabase;
import io.traffical.pipeline.window.Micros;
import io.traffical.pipeline.window.RunPlan;
import io.traffical.pipeline.window.RunRequest;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/** Plays a schedule against the program, and checks after every run. */
public final class World {
  private final Sql sql;
  private final TestDatabase database;
  private final Copies copies;
  private final Published published;
  private final Audit audit;
  private final Troubles troubles;
  private final StringBuilder story = new StringBuilder();
  private Experiments now;
  private Instant clock = Schedule.START;
  private int runs;

  private World(TestDatabase database, Experiments first) {
    this.database = database;
    this.now = first;
    try {
      Connection connection = database.connect();
      new Schema(new Tables("traffical")).create(connection);
      this.sql = new Sql(connection);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
    this.copies = new Copies(sql);
    this.published = new Published(sql);
    this.audit = new Audit(sql, copies, published);
    this.troubles = new Troubles(sql);
    List.of("exposures", "web", "orders", "clicks").forEach(source -> copies.view(source, null));
  }

  /**
   * Plays the schedule of a seed and returns how many runs it had.
   *
   * @throws AssertionError at the first difference, with the seed and the steps up to it
   */
  public static int play(long seed) {
    Schedule.Drawn drawn = Schedule.of(seed);
    try (TestDatabase database = TestDatabase.create()) {
      World world = new World(database, drawn.first());
      try (Sql sql = world.sql) {
        world.play(drawn.steps());
      } catch (AssertionError | RuntimeException e) {
        throw new AssertionError(
            "seed " + seed + "\n" + drawn.first() + "\n" + world.story + "\n" + e.getMessage(), e);
      }
      return world.runs;
    }
  }

  private void play(List<Step> steps) {
    int number = 0;
    for (Step step : steps) {
      number++;
      story.append("%3d %s %s%n".formatted(number, clock, step));
      if (step instanceof Tick tick) {
        clock = clock.plus(tick.by());
      } else if (step instanceof Change change) {
        copies.apply(change, clock, now.overlap());
      } else if (step instanceof Redefine redefine) {
        now = redefine.now();
        copies.overlap(now.overlap());
      } else if (step instanceof Command command) {
        run(command);
      } else if (step instanceof Repair) {
        repair();
      }
    }
  }

  private void run(Command command) {
    copies.flush();
    command.broken().forEach(copies::view);
    Trouble trouble = command.trouble();
    troubles.arrange(trouble);
    Map<String, Mark> before = published.marks();
    Map<String, List<String>> latestBefore = published.latest();
    Map<String, String> contents = trouble == Trouble.NONE ? Map.of() : published.contents();
    Map<String, String> numbers = command.broken().isEmpty() ? Map.of() : published.numbers();
    RunPlan[] plan = new RunPlan[1];
    RunListener listener =
        new RunListener() {
          @Override
          public void planned(RunPlan planned) {
            plan[0] = planned;
          }
        };
    RunReport report = null;
    RunFailure failure = null;
    try {
      report = new RunService(now.definitions(database), listener).run(request(command));
    } catch (RunFailure e) {
      failure = e;
    }
    runs++;
    troubles.arrange(Trouble.NONE);
    command.broken().keySet().forEach(source -> copies.view(source, null));
    Checks checks = new Checks(sql, now, clock, command, plan[0], before, published.marks());
    story.append(
        "      -> %s%n"
            .formatted(
                failure != null
                    ? failure.getMessage().lines().findFirst().get()
                    : report.status()));
    Require.none("left over", published.leftovers());
    if (failure != null) {
      boolean isMeant =
          List.of(Trouble.RESULTS, Trouble.RUN_END, Trouble.COMMIT).contains(trouble)
              && failure.getMessage().contains("trouble");
      if (!isMeant) {
        throw new AssertionError("a run failed that should not: " + failure, failure);
      }
      Require.equal("a failed run has changed", contents, published.contents());
      Require.equal(
          "status",
          "failed",
          sql.value("SELECT status FROM traffical.runs ORDER BY started_at DESC LIMIT 1"));
      return;
    }
    Require.equal("status of the run", checks.status(report.runId()), report.status());
    Require.equal("an expected failure", false, checks.shouldHaveFailed(trouble, report));
    if (report.status().equals("failed")) {
      Require.equal("a failed run has changed", numbers, published.numbers());
    }
    Require.none(
        "published what it should not, or not what it should", checks.scope(report.runId()));
    audit.absorb(report.runId(), now, checks);
    Require.none(
        "results unlike before",
        checks.untouched(report.runId(), latestBefore, published.latest()));
    Require.none("not in a published copy although within the overlap", checks.lateness());
    Windows windows = new Windows(sql, now, published.marks());
    Require.none("checksums", windows.unsound(audit.essences()));
    if (Instant.MIN.equals(command.from()) && report.status().equals("succeeded")) {
      Require.none("no checksum after a full refresh", windows.uncertain());
      for (Mark mark : published.marks().values()) {
        if (mark.runId().equals(report.runId())) {
          audit.compareWithSource(mark, now, Instant.MAX);
        }
      }
    }
  }

  private RunRequest request(Command command) {
    boolean isOpen = command.to() == null && command.isBackfill();
    Instant to = command.to() == null || command.to().isAfter(clock) ? clock : command.to();
    if (!command.isBackfill()) {
      return RunRequest.run(Micros.of(to));
    }
    return RunRequest.backfill(
        Instant.MIN.equals(command.from()) ? Micros.BEFORE_ALL : Micros.of(command.from()),
        isOpen ? Micros.AFTER_ALL : Micros.of(to),
        command.policy(),
        command.metric());
  }

  private void repair() {
    copies.flush();
    Instant drift = new Windows(sql, now, published.marks()).drift();
    if (drift != null) {
      story.append("      drift from ").append(drift).append('\n');
      run(new Command(drift, null, null, null, Map.<String, Break>of(), Trouble.NONE));
    }
    Map<String, Mark> marks = published.marks();
    for (Mark mark : marks.values()) {
      Experiments.Policy policy = now.policies().get(mark.policy());
      boolean isDeclared =
          policy != null && (mark.metric().isEmpty() || policy.metrics().contains(mark.metric()));
      if (isDeclared && audit.isCurrent(mark, marks.get(mark.policy() + "/"), now)) {
        audit.compareWithSource(mark, now, mark.settledTo());
      }
    }
  }
}
