package io.traffical.pipeline.oracle;

import io.traffical.pipeline.oracle.Experiments.Policy;
import io.traffical.pipeline.oracle.Published.Mark;
import io.traffical.pipeline.oracle.Step.Break;
import io.traffical.pipeline.oracle.Step.Command;
import io.traffical.pipeline.oracle.Step.Trouble;
import io.traffical.pipeline.run.RunReport;
import io.traffical.pipeline.window.RunPlan;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;

/** What has to hold after a run whatever it has read: checks that do not trust read_from. */
final class Checks {
  private final Sql sql;
  private final Experiments now;
  private final Instant clock;
  private final Command command;
  private final Map<String, Mark> before;
  private final Map<String, Mark> after;
  private final Set<String> failed = new HashSet<>();
  private final Set<String> notRead = new HashSet<>();

  Checks(
      Sql sql,
      Experiments now,
      Instant clock,
      Command command,
      RunPlan plan,
      Map<String, Mark> before,
      Map<String, Mark> after) {
    this.sql = sql;
    this.now = now;
    this.clock = clock;
    this.command = command;
    this.before = before;
    this.after = after;
    Set<String> read =
        plan == null
            ? Set.of()
            : plan.reads().stream().map(r -> r.definition().name()).collect(Collectors.toSet());
    command
        .broken()
        .forEach(
            (source, how) -> {
              boolean isUsed =
                  now.policies().values().stream().anyMatch(policy -> uses(policy, source));
              if (how == Break.BEFORE_READING ? isUsed : read.contains(source)) {
                failed.add(source);
                if (how == Break.BEFORE_READING) {
                  notRead.add(source);
                }
              }
            });
  }

  private boolean uses(Policy policy, String source) {
    return now.assignments().contains(source)
        || policy.metrics().stream().anyMatch(m -> now.sources(m).contains(source));
  }

  private boolean hasFailed(String metric) {
    return now.sources(metric).stream().anyMatch(failed::contains);
  }

  private boolean isOf(Mark mark, String runId) {
    return mark != null && mark.runId().equals(runId);
  }

  /** Returns the status that the run should have. */
  String status(String runId) {
    if (failed.isEmpty()) {
      return "succeeded";
    }
    return after.values().stream().anyMatch(mark -> isOf(mark, runId)) ? "partial" : "failed";
  }

  /** Returns whether a run that ended in order should have failed instead. */
  boolean shouldHaveFailed(Trouble trouble, RunReport report) {
    boolean hasResults =
        after.values().stream()
            .anyMatch(mark -> isOf(mark, report.runId()) && !mark.metric().isEmpty());
    return switch (trouble) {
      case NONE, ONCE -> false;
      case RESULTS -> hasResults;
      case RUN_END, COMMIT -> !report.status().equals("failed");
    };
  }

  private Instant due() {
    Instant to = command.to() == null || command.to().isAfter(clock) ? clock : command.to();
    return floor(to);
  }

  private Instant floor(Instant time) {
    long width = now.window().toSeconds();
    return Instant.ofEpochSecond(Math.floorDiv(time.getEpochSecond(), width) * width);
  }

  private static Instant min(Instant a, Instant b) {
    return b == null || a.isBefore(b) ? a : b;
  }

  private static Instant max(Instant a, Instant b) {
    return a.isAfter(b) ? a : b;
  }

  /** Returns how what was published differs from what was selected, due and readable. */
  List<String> scope(String runId) {
    List<String> wrong = new ArrayList<>();
    Set<String> allowed = new HashSet<>();
    now.policies().forEach((key, policy) -> scope(key, policy, runId, allowed, wrong));
    for (Mark mark : after.values()) {
      if (isOf(mark, runId) && !allowed.contains(mark.key())) {
        wrong.add("should not be published: " + mark);
      }
    }
    return wrong;
  }

  private void scope(
      String key, Policy policy, String runId, Set<String> allowed, List<String> wrong) {
    Mark stored = before.get(key + "/");
    boolean isNew = stored == null;
    boolean advances = isNew || !command.isBackfill() || command.to() != null;
    Instant end = isNew ? due() : advances ? max(due(), stored.windowEnd()) : stored.windowEnd();
    boolean isSkipped = isNew && (command.isBackfill() || !end.isAfter(policy.startsAt()));
    boolean isUnreadable = now.assignments().stream().anyMatch(notRead::contains);
    if (!command.selects(key) || isSkipped || isUnreadable) {
      return;
    }
    if (!hasFailed("")) {
      allowed.add(key + "/");
    }
    Instant from = command.from();
    boolean isAsked = from != null && command.metric() == null;
    boolean covers = isAsked && (policy.endsAt() == null || from.isBefore(policy.endsAt()));
    if (covers && !hasFailed("")) {
      covers(after.get(key + "/"), runId, policy, wrong);
    }
    for (String metric : policy.metrics()) {
      if (command.selects(key, metric) && !hasFailed(metric)) {
        allowed.add(key + "/" + metric);
        if (!hasFailed("")) {
          Mark mark = after.get(key + "/" + metric);
          if (command.isBackfill()) {
            covers(mark, runId, policy, wrong);
          }
          isAsOf(key, metric, min(end, policy.endsAt()), wrong);
        }
      }
    }
  }

  private void covers(Mark mark, String runId, Policy policy, List<String> wrong) {
    boolean covers =
        isOf(mark, runId)
            && !mark.readFrom().isAfter(max(command.from(), floor(policy.startsAt())));
    if (!covers) {
      wrong.add("the backfill does not cover " + mark);
    }
  }

  private void isAsOf(String policy, String metric, Instant asOf, List<String> wrong) {
    String found =
        sql.value(
            "SELECT (extract(epoch FROM max(as_of)) * 1000000)::bigint FROM traffical.latest_results WHERE policy_key = "
                + Sql.text(policy)
                + " AND metric_key = "
                + Sql.text(metric));
    String expected =
        String.valueOf(java.time.temporal.ChronoUnit.MICROS.between(Instant.EPOCH, asOf));
    if (!expected.equals(found)) {
      wrong.add(
          "%s of %s should be as of %s, but is as of %s".formatted(metric, policy, asOf, found));
    }
  }

  /** Returns what is wrong with a published watermark's fingerprint and read start. */
  List<String> fingerprint(Mark mark, String known, String essence) {
    Mark old = before.get(mark.key());
    List<String> wrong = new ArrayList<>();
    boolean isSame = old != null && old.fingerprint().equals(mark.fingerprint());
    if (isSame != essence.equals(known)) {
      wrong.add("the fingerprint follows the definition: " + known + " to " + essence);
    }
    Policy policy = now.policies().get(mark.policy());
    if (!isSame && mark.readFrom().isAfter(policy.startsAt())) {
      wrong.add("what is new or changed is read from its start: " + mark);
    }
    return wrong;
  }

  /** Returns results that differ although the run has not published their metric. */
  List<String> untouched(
      String runId, Map<String, List<String>> latestBefore, Map<String, List<String>> latestAfter) {
    List<String> wrong = new ArrayList<>();
    Set<String> keys = new HashSet<>(latestBefore.keySet());
    keys.addAll(latestAfter.keySet());
    for (String key : keys) {
      Policy policy = now.policies().get(key.substring(0, key.indexOf('/')));
      String metric = key.substring(key.indexOf('/') + 1);
      if (policy != null && !policy.metrics().contains(metric)) {
        if (latestAfter.containsKey(key)) {
          wrong.add(key + " has left its policy, but has results");
        }
      } else if (!isOf(after.get(key), runId)
          && !Objects.equals(latestBefore.get(key), latestAfter.get(key))) {
        wrong.add(key + ": " + latestBefore.get(key) + " to " + latestAfter.get(key));
      }
    }
    return wrong;
  }

  /** Returns changes within the overlap that a run with new due windows has not brought in. */
  List<String> lateness() {
    List<String> late = new ArrayList<>();
    if (command.isBackfill()) {
      return late;
    }
    now.policies()
        .forEach(
            (key, policy) -> {
              Mark old = before.get(key + "/");
              Mark ofPolicy = after.get(key + "/");
              boolean hasNew = old == null || due().isAfter(old.windowEnd());
              if (ofPolicy != null && hasNew && !hasFailed("")) {
                Instant until = min(min(ofPolicy.windowEnd(), policy.endsAt()), floor(clock));
                late(key, "", policy.startsAt(), until, late);
                for (String metric : policy.metrics()) {
                  Mark mark = after.get(key + "/" + metric);
                  if (mark != null && !hasFailed(metric) && !mark.windowEnd().isBefore(until)) {
                    late(key, metric, policy.startsAt(), until, late);
                  }
                }
              }
            });
    return late;
  }

  private void late(
      String policy, String metric, Instant startsAt, Instant until, List<String> late) {
    sql.rows(
            """
            WITH source AS (
              SELECT * FROM shop.rows
              WHERE source = ANY (%3$s) AND (policy IS NULL OR policy = %1$s)
            ), copy AS (
              SELECT * FROM oracle.read WHERE policy_key = %1$s AND metric_key = %2$s
            ), missing AS (
              SELECT id, t, true AS is_insert FROM source WHERE id NOT IN (SELECT id FROM copy)
              UNION ALL
              SELECT id, t, false FROM copy WHERE id NOT IN (SELECT id FROM source)
            )
            SELECT m.id, m.t, m.is_insert, c.at, c.overlap
            FROM missing m JOIN oracle.change c USING (id, is_insert)
            WHERE m.t >= %4$s AND m.t < %5$s AND c.at - m.t <= c.overlap
            """
                .formatted(
                    Sql.text(policy),
                    Sql.text(metric),
                    Sql.array(now.sources(metric)),
                    Sql.time(startsAt),
                    Sql.time(until)))
        .forEach(row -> late.add(policy + "/" + metric + " lacks " + row));
  }
}
