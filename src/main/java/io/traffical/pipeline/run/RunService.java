package io.traffical.pipeline.run;

import io.traffical.pipeline.definition.Definitions;
import io.traffical.pipeline.jdbc.Event;
import io.traffical.pipeline.jdbc.PostgresConnections;
import io.traffical.pipeline.jdbc.Publication;
import io.traffical.pipeline.jdbc.ReaderGrants;
import io.traffical.pipeline.jdbc.Retries;
import io.traffical.pipeline.jdbc.RunContext;
import io.traffical.pipeline.jdbc.RunStore;
import io.traffical.pipeline.jdbc.Schema;
import io.traffical.pipeline.jdbc.SourceClock;
import io.traffical.pipeline.jdbc.SqlFailure;
import io.traffical.pipeline.jdbc.Tables;
import io.traffical.pipeline.run.ClusterFailures.OutOfReachException;
import io.traffical.pipeline.window.DefinitionRef;
import io.traffical.pipeline.window.MetricSets;
import io.traffical.pipeline.window.Planner;
import io.traffical.pipeline.window.RunPlan;
import io.traffical.pipeline.window.RunRequest;
import io.traffical.pipeline.window.Watermark;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** Runs from plan to outcome: lease, preflight, plan, job, report. */
public final class RunService {
  private static final String STOPPED =
      "CANCELLED: the program was told to stop; nothing was published | hint: run again";

  private final Definitions definitions;
  private final RunListener listener;
  private final Tables tables;

  /** Runs these definitions. */
  public RunService(Definitions definitions, RunListener listener) {
    this.definitions = definitions;
    this.listener = listener;
    this.tables = new Tables(definitions.schema());
  }

  /**
   * What the next run would do.
   *
   * @param broken definitions that it could not read, and why
   * @param source up to when the source is complete
   */
  public record Preview(RunPlan plan, Map<DefinitionRef, String> broken, SourceClock source) {}

  /**
   * Returns what a run would do, without doing or creating anything.
   *
   * @throws RunFailure if a database cannot be asked
   */
  public Preview preview(RunRequest request) {
    try {
      List<Watermark> watermarks =
          onTarget(
              target ->
                  new Schema(tables).exists(target)
                      ? new RunStore(target, tables).watermarks()
                      : List.of());
      Preflight preflight = askSource();
      RunPlan plan =
          Planner.plan(
              definitions,
              request,
              watermarks,
              preflight.broken().keySet(),
              preflight.clock().micros());
      return new Preview(plan, preflight.broken(), preflight.clock());
    } catch (SQLException e) {
      throw Failures.of(definitions, e);
    }
  }

  /**
   * Does one run and returns how it ended; how it stands, if it goes on without this process.
   *
   * @throws RunFailure if it could not start, or failed; what was published before stands
   */
  public RunReport run(RunRequest request) {
    String runId = UUID.randomUUID().toString();
    try {
      onTarget(target -> begin(runId, request, target));
      listener.began(runId);
      Event.of("run_started", runId).with("command", request.command()).log();
      CancelOnExit cancel = new CancelOnExit(() -> markFailed(runId, STOPPED, true));
      try (cancel) {
        work(runId, request, cancel);
      } catch (OutOfReachException e) {
        throw ClusterFailures.outOfReach(runId, e);
      } catch (Exception e) {
        RunFailure failure = Failures.of(definitions, e);
        RunReport report = markFailed(runId, failure.getMessage(), cancel.isStopping());
        if (report != null && RunStore.isTakenOver(report.error())) {
          throw Failures.takenOver(runId, failure); // it cannot work without what the other removed
        }
        if (report == null || report.status().equals("failed")) {
          throw failure;
        }
        return report; // what failed came after it had been published
      }
      return onTarget(target -> RunReports.read(target, tables, runId));
    } catch (SQLException | RuntimeException e) {
      throw Failures.of(definitions, e);
    }
  }

  private RunStore begin(String runId, RunRequest request, Connection target) throws SQLException {
    ReaderGrants readers = new ReaderGrants(target, tables);
    readers.checkRoles(definitions.pipeline().readers());
    new Schema(tables).create(target);
    readers.checkSchema(definitions.pipeline().readers());
    RunStore store = new RunStore(target, tables);
    try {
      store.begin(runId, request.command(), Owner.name());
    } catch (SQLException e) {
      if (!SqlFailure.isTransient(e)) {
        // It may hold the lease already: nobody else could run until that expires.
        markFailed(runId, Failures.of(definitions, e).getMessage(), false);
      }
      throw e;
    }
    return store;
  }

  private void work(String runId, RunRequest request, CancelOnExit cancel) throws Exception {
    Preflight preflight = askSource();
    RunContext run =
        onTarget(target -> prepare(runId, request, preflight, new RunStore(target, tables)));
    listener.planned(run.plan());
    if (run.plan().isEmpty()) {
      new Publication(run, List.of()).publish();
      return;
    }
    try (Connection target = connect()) {
      if (cancel.isStopping()) {
        throw new RunFailure(RunFailure.Kind.FAILED, STOPPED, null);
      }
      SubmittedJob job = JobRunner.submit(run);
      if (job.place() != SubmittedJob.Place.DETACHED) {
        cancel.alsoCancel(job.client());
        RunStore store = new RunStore(target, tables);
        job.await(() -> showProgress(runId, store));
      }
    }
  }

  private RunContext prepare(String runId, RunRequest request, Preflight preflight, RunStore store)
      throws SQLException {
    store.beat(runId);
    if (preflight.clock().isReplica()) {
      store.noteSourceLag(runId, preflight.clock().lagMicros());
      listener.readsReplica(preflight.clock());
    }
    RunPlan plan =
        Planner.plan(
            definitions,
            request,
            store.watermarks(),
            preflight.broken().keySet(),
            preflight.clock().micros());
    MetricSets sets = new MetricSets(plan, store.metricSets());
    RunContext run =
        new RunContext(runId, definitions, plan, sets, preflight.broken(), request.acceptsShrink());
    if (!plan.isEmpty()) {
      store.prepare(run);
    }
    return run;
  }

  /** Does a unit of work on a connection of its own, again if need be. */
  private <T> T onTarget(Questions.Question<T> work) throws SQLException {
    return Retries.run(
        () -> {
          try (Connection target = connect()) {
            return work.ask(target);
          }
        });
  }

  private Preflight askSource() {
    try {
      return Retries.run(() -> Preflight.of(definitions));
    } catch (SQLException e) {
      throw Failures.ofSource(definitions, e);
    }
  }

  private void showProgress(String runId, RunStore store) {
    try {
      int[] progress = store.progress(runId);
      listener.reading(progress[0], progress[1]);
    } catch (SQLException e) {
      // Progress is a courtesy: the job has connections of its own, and the end tells.
      listener.reading(0, 0);
    }
  }

  /**
   * Ends the run's row on a connection of its own; the old one may be what broke. Returns how the
   * run has ended, or null if that cannot be known.
   *
   * @param isStopping whether the process is about to end, and a database that is away must not
   *     keep it
   */
  private RunReport markFailed(String runId, String error, boolean isStopping) {
    Duration timeout = definitions.pipeline().statementTimeout();
    try (Connection connection =
        isStopping
            ? PostgresConnections.once(definitions.connection(), timeout, CancelOnExit.MOST)
            : connect()) {
      new RunStore(connection, tables).fail(runId, error);
      return RunReports.read(connection, tables, runId);
    } catch (SQLException e) {
      // The lease expires by itself, and the next run says so.
      return null;
    }
  }

  private Connection connect() throws SQLException {
    return PostgresConnections.open(
        definitions.connection(), definitions.pipeline().statementTimeout());
  }
}
