package io.traffical.pipeline.run;

import io.traffical.pipeline.run.RunFailure.Kind;
import io.traffical.pipeline.window.Micros;
import io.traffical.pipeline.window.RunRequest;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.HashSet;
import java.util.Set;

/**
 * What following does next: run what is due, in steps of at most a day; wait for the next window;
 * or, after a failure, try again later. The only clock is the database's.
 */
final class FollowLoop {
  /** How often another one's run is looked at. */
  static final Duration LOOK_AGAIN = Duration.ofSeconds(10);

  /** The first and the longest pause while a database or the cluster is away; they double. */
  static final Duration FIRST_PAUSE = Duration.ofSeconds(5);

  static final Duration LONGEST_PAUSE = Duration.ofMinutes(5);

  /** The most that is added to the time at which a window is due. */
  static final Duration MOST_JITTER = Duration.ofSeconds(30);

  /** How often a replica that is behind is asked how far it has come. */
  static final Duration REPLICA_LOOK = Duration.ofMinutes(1);

  private static final Duration SHORTEST_WAIT = Duration.ofMillis(200);
  private static final Duration LONGEST_WAIT = Duration.ofDays(1);

  private final Schedule schedule;
  private final World world;
  private final FollowListener listener;
  private boolean hasWorked;
  private boolean saidBusy;
  private boolean saidWaiting;
  private int failures;
  private final Set<String> said = new HashSet<>();
  private long done = Micros.BEFORE_ALL;
  private long notBefore = Micros.BEFORE_ALL;

  /** What following needs to know and to do, so that tests can stand in for it. */
  interface World {
    /** Asks the databases; throws {@link RunFailure} when they do not answer. */
    Position position();

    /** Does a run. */
    RunReport run(RunRequest request);

    /** Returns the id of the last run that was begun; null if the last one could not begin. */
    String runId();

    /** Waits, or until the process is to stop. */
    void pause(Duration pause);

    boolean isStopped();

    /** Returns a random number in [0, 1). */
    double dice();

    /** Returns a time to measure durations with. */
    long nanos();
  }

  /**
   * Where things are.
   *
   * @param clock up to when the source is complete; microseconds since 1970
   * @param isBehind whether the source is a replica that has not replayed all
   * @param published exclusive end of what is published, as {@link Schedule#published} has it
   */
  record Position(long clock, boolean isBehind, long published) {}

  FollowLoop(Schedule schedule, World world, FollowListener listener) {
    this.schedule = schedule;
    this.world = world;
    this.listener = listener;
  }

  /** Goes on until the process is to stop. */
  void run() {
    while (!world.isStopped()) {
      step();
    }
    listener.stopped();
  }

  private void step() {
    long start = world.nanos();
    Position position;
    try {
      position = world.position();
    } catch (RunFailure e) {
      failed(null, e, start, Long.MIN_VALUE);
      return;
    }
    long clock = position.clock();
    long published = published(position);
    long dueAt = Math.max(notBefore, schedule.nextDueAt(published));
    if (clock < dueAt) {
      awaitNext(dueAt, position);
      return;
    }
    saidWaiting = false;
    runTo(schedule.to(clock, published), schedule.nextDueAt(schedule.due(clock)), start);
  }

  /**
   * Returns up to where there is nothing to do. Where all policies have ended, all windows since
   * then are done as one: a run finds nothing in them, or repairs what is left to repair.
   */
  private long published(Position position) {
    long due = schedule.due(position.clock());
    if (position.published() == Micros.AFTER_ALL) {
      return Math.max(done, due - schedule.window());
    }
    long published = Math.max(done, position.published());
    return Micros.isFinite(published) ? published : due;
  }

  private void awaitNext(long dueAt, Position position) {
    worksAgain();
    if (!saidWaiting) {
      listener.waits(Micros.toInstant(dueAt));
      saidWaiting = true;
    }
    long jitter = Math.min(Micros.of(MOST_JITTER), schedule.window() / 20);
    long micros = dueAt - position.clock() + Math.round(jitter * world.dice());
    Duration wait = Duration.of(micros, ChronoUnit.MICROS);
    Duration most = position.isBehind() ? REPLICA_LOOK : LONGEST_WAIT;
    wait = wait.compareTo(SHORTEST_WAIT) < 0 ? SHORTEST_WAIT : wait;
    world.pause(wait.compareTo(most) < 0 ? wait : most);
  }

  private void runTo(long to, long nextDueAt, long start) {
    RunReport report;
    try {
      report = world.run(RunRequest.run(to));
    } catch (RunFailure e) {
      failed(world.runId(), e, start, nextDueAt);
      return;
    }
    hasWorked = true;
    saidBusy = false;
    worksAgain();
    listener.ended(report);
    if (report.status().equals("failed")) {
      notBefore = nextDueAt;
    } else {
      done = to; // also where nothing was to be published, so that it is not done over and over
    }
  }

  /**
   * Decides when to try again. What passes by itself is tried soon; what somebody has to mend when
   * the next window is due, so that nothing is hammered and no account locked.
   */
  private void failed(String runId, RunFailure failure, long start, long nextDueAt) {
    if (world.isStopped()) {
      return;
    }
    Kind kind = failure.kind();
    if (!hasWorked && (kind == Kind.CONFIG || kind == Kind.PERMISSION)) {
      throw failure;
    }
    if (kind == Kind.BUSY) {
      if (!saidBusy) {
        listener.busy(failure);
        saidBusy = true;
      }
      world.pause(LOOK_AGAIN);
      return;
    }
    Duration took = Duration.ofNanos(world.nanos() - start);
    boolean isPassing = kind == Kind.UNAVAILABLE || kind == Kind.CLUSTER;
    if (isPassing || nextDueAt == Long.MIN_VALUE) {
      Duration pause = isPassing ? growing() : LONGEST_PAUSE;
      failures++;
      if (said.add(failure.getMessage())) {
        listener.failed(runId, failure, took, pause);
      }
      world.pause(pause);
    } else {
      notBefore = nextDueAt;
      listener.failed(runId, failure, took, null);
    }
  }

  private void worksAgain() {
    if (failures > 0) {
      listener.recovered(failures);
    }
    failures = 0;
    said.clear();
  }

  private Duration growing() {
    Duration pause = FIRST_PAUSE.multipliedBy(1L << Math.min(failures, 6));
    return pause.compareTo(LONGEST_PAUSE) < 0 ? pause : LONGEST_PAUSE;
  }
}
