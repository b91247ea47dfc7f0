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
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** Plays a schedule against the program, and checks after every run. */
public final class World {
  private final Sql sql;
  private final TestDatabase database;
  private final Copies copies;
  private final Covariates covariates;
  private final Published published;
  private final Map<String, String> essences = new TreeMap<>();
  private final Map<String, String> shown = new TreeMap<>();
  private final Set<String> ratios = new TreeSet<>();
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
    this.covariates = new Covariates(sql);
    this.published = new Published(sql);
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
    trouble(trouble);
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
    trouble(Trouble.NONE);
    command.broken().keySet().forEach(source -> copies.view(source, null));
    Checks checks = new Checks(sql, now, clock, command, plan[0], before, published.marks());
    story.append(
        "      -> %s%n"
            .formatted(
                failure != null
                    ? failure.getMessage().lines().findFirst().get()
                    : report.status()));
    check("left over", published.leftovers());
    if (failure != null) {
      boolean isMeant =
          List.of(Trouble.RESULTS, Trouble.RUN_END, Trouble.COMMIT).contains(trouble)
              && failure.getMessage().contains("trouble");
      if (!isMeant) {
        throw new AssertionError("a run failed that should not: " + failure, failure);
      }
      checkEqual("a failed run has changed", contents, published.contents());
      checkEqual(
          "status",
          "failed",
          sql.value("SELECT status FROM traffical.runs ORDER BY started_at DESC LIMIT 1"));
      return;
    }
    checkEqual("status of the run", checks.status(report.runId()), report.status());
    checkEqual("an expected failure", false, checks.shouldHaveFailed(trouble, report));
    if (report.status().equals("failed")) {
      checkEqual("a failed run has changed", numbers, published.numbers());
    }
    check("published what it should not, or not what it should", checks.scope(report.runId()));
    absorb(report.runId(), checks);
    check(
        "results unlike before",
        checks.untouched(report.runId(), latestBefore, published.latest()));
    check("not in a published copy although within the overlap", checks.lateness());
    check("checksums", checks.windows(essences));
    if (Instant.MIN.equals(command.from()) && report.status().equals("succeeded")) {
      check("no checksum after a full refresh", checks.uncertainWindows());
      for (Mark mark : published.marks().values()) {
        if (mark.runId().equals(report.runId())) {
          compareWithSource(mark, Instant.MAX);
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

  private void trouble(Trouble trouble) {
    String raise = "RAISE EXCEPTION 'trouble'";
    if (trouble == Trouble.ONCE) {
      raise =
          "IF nextval('oracle.tries') = 1 THEN RAISE EXCEPTION 'once' USING ERRCODE = '40001'; END IF";
    }
    sql.execute(
        """
        DROP TRIGGER IF EXISTS trouble ON traffical.runs;
        DROP TRIGGER IF EXISTS trouble ON traffical.metric_results;
        SELECT setval('oracle.tries', 1, false);
        CREATE OR REPLACE FUNCTION oracle.trouble() RETURNS trigger LANGUAGE plpgsql AS
          $$ BEGIN %s; RETURN NEW; END $$;
        """
            .formatted(raise));
    String ends =
        "FOR EACH ROW WHEN (NEW.status IN ('succeeded', 'partial')) EXECUTE FUNCTION oracle.trouble()";
    switch (trouble) {
      case NONE -> {}
      case RESULTS ->
          sql.execute(
              "CREATE TRIGGER trouble BEFORE INSERT ON traffical.metric_results FOR EACH ROW EXECUTE FUNCTION oracle.trouble()");
      case RUN_END, ONCE ->
          sql.execute("CREATE TRIGGER trouble BEFORE UPDATE ON traffical.runs " + ends);
      case COMMIT ->
          sql.execute(
              "CREATE CONSTRAINT TRIGGER trouble AFTER UPDATE ON traffical.runs DEFERRABLE INITIALLY DEFERRED "
                  + ends);
    }
  }

  /** Brings the copies to what the run has read, and compares what it has published with them. */
  private void absorb(String runId, Checks checks) {
    Set<String> fresh = new TreeSet<>();
    Map<String, Mark> marks = published.marks();
    for (Mark mark : marks.values()) {
      if (mark.runId().equals(runId)) {
        String essence = now.essence(mark.policy(), mark.metric());
        String known = essences.put(mark.key(), essence);
        shown.put(mark.key(), now.shown(mark.policy(), mark.metric()));
        if (!mark.metric().isEmpty()) {
          ratios.remove(mark.key());
          if (now.metrics().get(mark.metric()).is("ratio")) {
            ratios.add(mark.key());
          }
        }
        check("fingerprint of " + mark.key(), checks.fingerprint(mark, known, essence));
        if (!essence.equals(known)) {
          fresh.add(mark.key());
        }
        copies.read(now, mark, fresh.contains(mark.key()));
      }
    }
    check("rows of windows", copies.readWindows(runId));
    for (Mark mark : marks.values()) {
      if (mark.metric().isEmpty() && now.policies().containsKey(mark.policy())) {
        compareAssignments(mark);
      }
    }
    for (Mark mark : marks.values()) {
      if (!mark.metric().isEmpty() && mark.runId().equals(runId)) {
        compareMetric(mark, marks.get(mark.policy() + "/"), fresh.contains(mark.key()));
      }
    }
    check("days do not add up to totals", published.daysUnlikeTotals(List.copyOf(ratios)));
  }

  private void compareAssignments(Mark mark) {
    if (!now.essence(mark.policy()).equals(essences.get(mark.key()))) {
      return; // the file has changed since
    }
    String rows = Expectation.copied(mark.policy(), "");
    check(
        "assignments of " + mark.policy(),
        new Expectation(sql, now, mark.policy(), mark.windowEnd(), rows).assignmentsDiffer());
  }

  private void compareMetric(Mark mark, Mark ofPolicy, boolean isFresh) {
    Expectation expectation =
        new Expectation(
            sql,
            now,
            mark.policy(),
            mark.windowEnd(),
            assignedBefore(Expectation.copied(mark.policy(), ""), ofPolicy.windowEnd()));
    check(
        "covariates of " + mark,
        expectation.lookUp(
            covariates, mark.metric(), isFresh ? null : mark.readFrom(), mark.totalsTo()));
    String facts = Expectation.copied(mark.policy(), mark.metric());
    check("days of " + mark, expectation.daysDiffer(mark.metric(), facts, mark.totalsTo()));
    check("results of " + mark, expectation.resultsDiffer(mark.metric(), facts));
  }

  private static String assignedBefore(String rows, Instant end) {
    return "SELECT * FROM (%s) r WHERE t < %s".formatted(rows, Sql.time(end));
  }

  /**
   * Compares everything published of a metric with a full computation over the source as it is; but
   * what the next run reads again anyway is taken as it was read.
   */
  private void compareWithSource(Mark mark, Instant settledTo) {
    String exposures = Expectation.current(now, mark.policy(), "");
    Mark ofPolicy = published.marks().get(mark.policy() + "/");
    Expectation expectation =
        new Expectation(
            sql,
            now,
            mark.policy(),
            mark.windowEnd(),
            assignedBefore(exposures, ofPolicy.windowEnd()));
    if (mark.metric().isEmpty()) {
      check("assignments over the source " + mark, expectation.assignmentsDiffer());
      return;
    }
    String facts =
        "SELECT * FROM (%s) c WHERE t < %s UNION ALL SELECT * FROM (%s) r WHERE t >= %s"
            .formatted(
                Expectation.current(now, mark.policy(), mark.metric()),
                Sql.time(settledTo),
                Expectation.copied(mark.policy(), mark.metric()),
                Sql.time(settledTo));
    check("results over the source " + mark, expectation.resultsDiffer(mark.metric(), facts));
  }

  private void repair() {
    copies.flush();
    Command look = new Command(Instant.MIN, null, null, null, Map.of(), Trouble.NONE);
    Instant drift =
        new Checks(sql, now, clock, look, null, published.marks(), published.marks()).drift();
    if (drift != null) {
      story.append("      drift from ").append(drift).append('\n');
      run(new Command(drift, null, null, null, Map.<String, Break>of(), Trouble.NONE));
    }
    Map<String, Mark> marks = published.marks();
    for (Mark mark : marks.values()) {
      Experiments.Policy policy = now.policies().get(mark.policy());
      boolean isDeclared =
          policy != null && (mark.metric().isEmpty() || policy.metrics().contains(mark.metric()));
      if (isDeclared && isCurrent(mark, marks.get(mark.policy() + "/"))) {
        compareWithSource(mark, mark.settledTo());
      }
    }
  }

  private boolean isCurrent(Mark mark, Mark ofPolicy) {
    return now.essence(mark.policy()).equals(essences.get(ofPolicy.key()))
        && now.essence(mark.policy(), mark.metric()).equals(essences.get(mark.key()))
        && now.shown(mark.policy(), mark.metric()).equals(shown.get(mark.key()))
        && mark.windowEnd().equals(ofPolicy.windowEnd())
        && mark.restartFrom() == null;
  }

  private static void check(String what, List<?> differences) {
    if (!differences.isEmpty()) {
      StringBuilder text = new StringBuilder(what);
      differences.forEach(difference -> text.append("\n  ").append(difference));
      throw new AssertionError(text.toString());
    }
  }

  private static void checkEqual(String what, Object expected, Object found) {
    if (!expected.equals(found)) {
      throw new AssertionError(what + "\n  expected " + expected + "\n  found    " + found);
    }
  }
}
