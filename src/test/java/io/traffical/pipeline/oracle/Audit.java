package io.traffical.pipeline.oracle;

import io.traffical.pipeline.oracle.Published.Mark;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** Compares what was published with what plain SQL makes of the rows that were read. */
final class Audit {
  private final Sql sql;
  private final Copies copies;
  private final Published published;
  private final Covariates covariates;
  private final Map<String, String> essences = new TreeMap<>();
  private final Map<String, String> shown = new TreeMap<>();
  private final Set<String> ratios = new TreeSet<>();
  private Experiments now;

  Audit(Sql sql, Copies copies, Published published) {
    this.sql = sql;
    this.copies = copies;
    this.published = published;
    this.covariates = new Covariates(sql);
  }

  /** Returns what each policy's assignments and metrics depended on when they were published. */
  Map<String, String> essences() {
    return essences;
  }

  /**
   * Brings the copies to what the run has read, and compares what it has published with them.
   *
   * @param file what the definition file says
   */
  void absorb(String runId, Experiments file, Checks checks) {
    now = file;
    Set<String> fresh = new TreeSet<>();
    Map<String, Mark> marks = published.marks();
    for (Mark mark : marks.values()) {
      if (mark.runId().equals(runId)) {
        String essence = now.essence(mark.policy(), mark.metric());
        String known = essences.put(mark.key(), essence);
        shown.put(mark.key(), now.shown(mark.policy(), mark.metric()));
        ratios.remove(mark.key());
        if (!mark.metric().isEmpty() && now.metrics().get(mark.metric()).is("ratio")) {
          ratios.add(mark.key());
        }
        Require.none("fingerprint of " + mark.key(), checks.fingerprint(mark, known, essence));
        if (!essence.equals(known)) {
          fresh.add(mark.key());
        }
        copies.read(now, mark, fresh.contains(mark.key()));
      }
    }
    Require.none("rows of windows", copies.readWindows(runId));
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
    Require.none("days do not add up to totals", published.daysUnlikeTotals(List.copyOf(ratios)));
    Require.none(
        "days by value do not add up to totals",
        ValueTallies.daysUnlikeTotals(sql, Set.copyOf(ratios)));
  }

  private void compareAssignments(Mark mark) {
    if (!now.essence(mark.policy()).equals(essences.get(mark.key()))) {
      return; // the file has changed since
    }
    String rows = Expectation.copied(mark.policy(), "");
    Require.none(
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
    Require.none(
        "covariates of " + mark,
        expectation.lookUp(
            covariates, mark.metric(), isFresh ? null : mark.readFrom(), mark.totalsTo()));
    String facts = Expectation.copied(mark.policy(), mark.metric());
    Require.none("days of " + mark, expectation.daysDiffer(mark.metric(), facts, mark.totalsTo()));
    Require.none("results of " + mark, expectation.resultsDiffer(mark.metric(), facts));
  }

  private static String assignedBefore(String rows, Instant end) {
    return "SELECT * FROM (%s) r WHERE t < %s".formatted(rows, Sql.time(end));
  }

  /**
   * Compares everything published of a metric with a full computation over the source as it is; but
   * what the next run reads again anyway is taken as it was read.
   */
  void compareWithSource(Mark mark, Experiments file, Instant settledTo) {
    now = file;
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
      Require.none("assignments over the source " + mark, expectation.assignmentsDiffer());
      return;
    }
    String facts =
        "SELECT * FROM (%s) c WHERE t < %s UNION ALL SELECT * FROM (%s) r WHERE t >= %s"
            .formatted(
                Expectation.current(now, mark.policy(), mark.metric()),
                Sql.time(settledTo),
                Expectation.copied(mark.policy(), mark.metric()),
                Sql.time(settledTo));
    Require.none(
        "results over the source " + mark, expectation.resultsDiffer(mark.metric(), facts));
  }

  /** Returns whether what is published of the mark is what the definition file says. */
  boolean isCurrent(Mark mark, Mark ofPolicy, Experiments file) {
    now = file;
    return now.essence(mark.policy()).equals(essences.get(ofPolicy.key()))
        && now.essence(mark.policy(), mark.metric()).equals(essences.get(mark.key()))
        && now.shown(mark.policy(), mark.metric()).equals(shown.get(mark.key()))
        && mark.windowEnd().equals(ofPolicy.windowEnd())
        && mark.restartFrom() == null;
  }
}
