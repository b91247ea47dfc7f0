package io.traffical.pipeline.jdbc;

import io.traffical.pipeline.definition.Definitions;
import io.traffical.pipeline.model.SliceReport;
import io.traffical.pipeline.window.DefinitionRef;
import io.traffical.pipeline.window.MetricSet;
import io.traffical.pipeline.window.RunPlan;
import io.traffical.pipeline.window.RunPlan.PolicyPlan;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Which definitions failed, and therefore what of the plan may be published. */
final class RunOutcome {
  private final RunContext run;
  private final Map<DefinitionRef, String> failed;
  private final List<List<SliceReport>> reports;
  private final List<List<SliceReport>> histories;

  /**
   * @throws IllegalStateException if a slice that the plan names was not reported: the job ended
   *     without having read everything
   */
  RunOutcome(RunContext run, List<SliceReport> slices) {
    this.run = run;
    this.failed = new LinkedHashMap<>(run.broken());
    this.reports = new ArrayList<>();
    this.histories = new ArrayList<>();
    for (int r = 0; r < run.plan().reads().size(); r++) {
      int read = r;
      List<SliceReport> ofRead =
          slices.stream().filter(s -> s.read() == read && !s.isHistory()).toList();
      List<SliceReport> ofHistory =
          slices.stream().filter(s -> s.read() == read && s.isHistory()).toList();
      reports.add(ofRead);
      histories.add(ofHistory);
      judge(run.plan().reads().get(r), ofRead, ofHistory);
    }
  }

  private RunOutcome(RunOutcome other, Map<DefinitionRef, String> more) {
    this.run = other.run;
    this.failed = new LinkedHashMap<>(other.failed);
    this.failed.putAll(more);
    this.reports = other.reports;
    this.histories = other.histories;
  }

  /** Returns the same outcome with more definitions that failed, and why. */
  RunOutcome withFailed(Map<DefinitionRef, String> more) {
    return new RunOutcome(this, more);
  }

  private void judge(RunPlan.Read read, List<SliceReport> slices, List<SliceReport> history) {
    long covered = slices.stream().mapToLong(s -> s.end() - s.start()).sum();
    if (covered != read.range().end() - read.range().start()) {
      throw new IllegalStateException(
          read.definition() + ": the slices read do not add up to " + read.range());
    }
    Stream.concat(slices.stream(), history.stream())
        .filter(slice -> slice.error() != null)
        .findFirst()
        .ifPresent(slice -> failed.put(read.definition(), slice.error()));
    long rejected = slices.stream().mapToLong(SliceReport::rejected).sum();
    long rows = slices.stream().mapToLong(SliceReport::rows).sum();
    double most = run.definitions().pipeline().maxRejectedShare();
    if (!failed.containsKey(read.definition()) && rejected > most * (rows + rejected)) {
      String first =
          slices.stream()
              .map(SliceReport::firstRejection)
              .filter(reason -> reason != null)
              .findFirst()
              .orElse("");
      failed.put(
          read.definition(),
          "DATA: %d of %d rows are unusable, more than maxRejectedShare %s allows; the first: %s; mend the SQL or raise maxRejectedShare"
              .formatted(rejected, rows + rejected, most, first));
    }
  }

  /** Returns the definitions that failed, before or while they were read, and why. */
  Map<DefinitionRef, String> failed() {
    return failed;
  }

  /** Returns the reports on a read, in any order. */
  List<SliceReport> reports(int read) {
    return reports.get(read);
  }

  /** Returns the reports on what was looked up of a read's history, in any order. */
  List<SliceReport> histories(int read) {
    return histories.get(read);
  }

  /** Returns whether the policy may be published: no assignment definition that it reads failed. */
  boolean publishes(int policy) {
    return !plan(policy).readsAssignments() || readsAssignmentsWhole(policy);
  }

  private PolicyPlan plan(int policy) {
    return run.plan().policies().get(policy);
  }

  private boolean readsAssignmentsWhole(int policy) {
    return run.definitions().assignments().values().stream()
        .filter(assignments -> assignments.entity().equals(plan(policy).entity()))
        .map(Definitions.Assignments::name)
        .noneMatch(name -> failed.containsKey(DefinitionRef.assignment(name)));
  }

  /** Returns whether a policy's metric may be published. */
  boolean publishes(int policy, int metric) {
    List<String> facts = run.plan().policies().get(policy).metrics().get(metric).facts();
    return publishes(policy)
        && (!plan(policy).metrics().get(metric).isPerUser() || readsAssignmentsWhole(policy))
        && facts.stream().map(DefinitionRef::fact).noneMatch(failed::containsKey);
  }

  /**
   * Returns whether a set's metrics may be published. They share their facts, so it is all or none.
   */
  boolean publishes(int policy, MetricSet set) {
    return set.metrics().stream().allMatch(metric -> publishes(policy, metric));
  }

  /** Returns the status of the run: succeeded, partial or failed. */
  String status() {
    if (failed.isEmpty()) {
      return "succeeded";
    }
    for (int p = 0; p < run.plan().policies().size(); p++) {
      if (publishesAny(p)) {
        return "partial";
      }
    }
    return "failed";
  }

  /** Returns whether anything of a policy is published: its assignments or one of its metrics. */
  boolean publishesAny(int policy) {
    boolean readsAssignments = run.plan().policies().get(policy).readsAssignments();
    return publishes(policy) && (readsAssignments || publishesAnyMetric(policy));
  }

  private boolean publishesAnyMetric(int policy) {
    for (int m = 0; m < run.plan().policies().get(policy).metrics().size(); m++) {
      if (publishes(policy, m)) {
        return true;
      }
    }
    return false;
  }

  /** Returns what failed, in one text, or null. */
  String error() {
    return failed.isEmpty()
        ? null
        : String.join(
            "\n",
            failed.entrySet().stream()
                .map(
                    entry ->
                        entry.getValue().startsWith(entry.getKey().toString())
                            ? entry.getValue()
                            : entry.getKey() + ": " + entry.getValue())
                .toList());
  }
}
