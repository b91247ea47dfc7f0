package io.traffical.pipeline.run;

import io.traffical.pipeline.definition.Definitions;
import io.traffical.pipeline.jdbc.Retries;
import io.traffical.pipeline.jdbc.RunStore;
import io.traffical.pipeline.jdbc.Schema;
import io.traffical.pipeline.jdbc.SourceClock;
import io.traffical.pipeline.jdbc.SourceProbe;
import io.traffical.pipeline.jdbc.Tables;
import io.traffical.pipeline.window.RunRequest;
import io.traffical.pipeline.window.Watermark;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/** Stays up and runs each window when it is due, until the process is told to stop. */
public final class FollowService {
  private final Definitions definitions;
  private final FollowListener listener;

  /** Follows these definitions. */
  public FollowService(Definitions definitions, FollowListener listener) {
    this.definitions = definitions;
    this.listener = listener;
  }

  /** Returns whether it cannot be done here: on a cluster, by a client that waits for no job. */
  public static boolean isDetached() {
    return JobRunner.isDetached();
  }

  /**
   * Runs until the process is told to stop. Failures are told to the listener and do not end it.
   *
   * @throws RunFailure if the settings or the credentials are refused before anything has worked
   */
  public void follow() {
    try (StopSignal stop = new StopSignal()) {
      new FollowLoop(Schedule.of(definitions), new Databases(stop), listener).run();
    }
  }

  /** The real world: two databases, a process that may be told to stop, and a dice. */
  private final class Databases implements FollowLoop.World, RunListener {
    private final Tables tables = new Tables(definitions.schema());
    private final StopSignal stop;
    private String runId;

    Databases(StopSignal stop) {
      this.stop = stop;
    }

    @Override
    public FollowLoop.Position position() {
      return stop.ask(this::askDatabases);
    }

    private FollowLoop.Position askDatabases() {
      List<Watermark> watermarks =
          Questions.ask(
              definitions,
              target ->
                  new Schema(tables).exists(target)
                      ? new RunStore(target, tables).watermarks()
                      : List.of());
      SourceClock clock = clock();
      return new FollowLoop.Position(
          clock.micros(), clock.lagMicros() > 0, Schedule.published(definitions, watermarks));
    }

    private SourceClock clock() {
      try {
        return Retries.run(
            () -> {
              try (SourceProbe probe = new SourceProbe(definitions)) {
                return probe.clock();
              }
            });
      } catch (SQLException e) {
        throw Failures.ofSource(definitions, e);
      }
    }

    @Override
    public RunReport run(RunRequest request) {
      runId = null;
      return new RunService(definitions, this).run(request);
    }

    @Override
    public void began(String id) {
      runId = id;
    }

    @Override
    public String runId() {
      return runId;
    }

    @Override
    public void pause(Duration pause) {
      stop.pause(pause);
    }

    @Override
    public boolean isStopped() {
      return stop.isAsked();
    }

    @Override
    public double dice() {
      return ThreadLocalRandom.current().nextDouble();
    }

    @Override
    public long nanos() {
      return System.nanoTime();
    }
  }
}
