package io.traffical.pipeline.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.traffical.pipeline.run.FollowLoop.Position;
import io.traffical.pipeline.run.RunFailure.Kind;
import io.traffical.pipeline.window.Micros;
import io.traffical.pipeline.window.RunRequest;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What following does, with a clock that only moves when it waits or a run takes time. */
class FollowLoopTest {
  private static final Schedule HOURLY =
      new Schedule(Micros.of(Duration.ofHours(1)), Micros.of(Duration.ofMinutes(5)));

  private final World world = new World("2026-01-05T10:20:00Z", "2026-01-05T10:00:00Z");

  /** A database whose runs publish, unless they are told how to end; events as lines. */
  private static final class World implements FollowLoop.World, FollowListener {
    final List<String> events = new ArrayList<>();
    final Deque<Object> endings = new ArrayDeque<>();
    long clock;
    long published;
    long lag;
    double dice;
    int stepsLeft = 100;
    boolean publishes = true;
    RunFailure unreachable;
    boolean hasJustFailed;
    Runnable onPause = () -> {};

    World(String clock, String published) {
      this.clock = Micros.of(Instant.parse(clock));
      this.published = Micros.of(Instant.parse(published));
    }

    @Override
    public Position position() {
      if (unreachable != null) {
        hasJustFailed = true;
        throw unreachable;
      }
      return new Position(clock - lag, lag > 0, published);
    }

    @Override
    public RunReport run(RunRequest request) {
      Instant to = Micros.toInstant(request.to());
      events.add("run to " + to);
      clock += Micros.of(Duration.ofSeconds(10));
      Object ending = endings.isEmpty() ? "succeeded" : endings.poll();
      if (ending instanceof RunFailure failure) {
        hasJustFailed = true;
        throw failure;
      }
      if (!ending.equals("failed") && publishes) {
        published = request.to();
      }
      return new RunReport("id", (String) ending, to, to, 0, 0, Duration.ZERO, null);
    }

    @Override
    public String runId() {
      return "id";
    }

    @Override
    public void pause(Duration pause) {
      events.add("pause " + pause);
      clock += Micros.of(pause);
      onPause.run();
    }

    @Override
    public boolean isStopped() {
      if (hasJustFailed) { // asked within a step: was it told to stop while the run failed?
        hasJustFailed = false;
        return false;
      }
      return stepsLeft-- <= 0;
    }

    @Override
    public double dice() {
      return dice;
    }

    @Override
    public long nanos() {
      return clock * 1000;
    }

    @Override
    public void waits(Instant due) {
      events.add("waits for " + due.truncatedTo(ChronoUnit.SECONDS));
    }

    @Override
    public void ended(RunReport report) {
      events.add(report.status());
    }

    @Override
    public void failed(String runId, RunFailure failure, Duration took, Duration pause) {
      events.add(runId + " failed after " + took + ", again " + pause);
    }

    @Override
    public void recovered(int failures) {
      events.add("works again after " + failures);
    }

    @Override
    public void busy(RunFailure busy) {
      events.add("busy");
    }

    @Override
    public void stopped() {
      events.add("stopped");
    }
  }

  private List<String> follow(int steps) {
    world.stepsLeft = steps;
    new FollowLoop(HOURLY, world, world).run();
    return world.events;
  }

  private static RunFailure failure(Kind kind) {
    return new RunFailure(kind, kind.name(), null);
  }

  @Test
  void runsEachWindowWhenTheDatabasesClockIsPastItsEndAndTheDelay() {
    assertThat(follow(4))
        .containsExactly(
            "waits for 2026-01-05T11:05:00Z",
            "pause PT45M",
            "run to 2026-01-05T11:00:00Z",
            "succeeded",
            "waits for 2026-01-05T12:05:00Z",
            "pause PT59M50S",
            "run to 2026-01-05T12:00:00Z",
            "succeeded",
            "stopped");
  }

  @Test
  void addsAJitterOfAtMostHalfAMinute() {
    world.dice = 0.5;
    assertThat(follow(1)).contains("pause PT45M15S");
  }

  @Test
  void addsAJitterOfAtMostATwentiethOfASmallWindow() {
    world.dice = 0.5;
    world.stepsLeft = 1;
    new FollowLoop(new Schedule(Micros.of(Duration.ofMinutes(1)), 0), world, world).run();
    // The window that ends at 10:01 is long due, and with it all up to 10:20.
    assertThat(world.events).containsExactly("run to 2026-01-05T10:20:00Z", "succeeded", "stopped");
    world.stepsLeft = 1;
    new FollowLoop(new Schedule(Micros.of(Duration.ofMinutes(1)), 0), world, world).run();
    assertThat(world.events).contains("pause PT51.5S");
  }

  @Test
  void catchesUpInStepsOfADayWithoutWaiting() {
    world.published = Micros.of(Instant.parse("2026-01-02T15:00:00Z"));

    assertThat(follow(4))
        .containsExactly(
            "run to 2026-01-03T15:00:00Z",
            "succeeded",
            "run to 2026-01-04T15:00:00Z",
            "succeeded",
            "run to 2026-01-05T10:00:00Z",
            "succeeded",
            "waits for 2026-01-05T11:05:00Z",
            "pause PT44M30S",
            "stopped");
  }

  @Test
  void aPartialRunGoesOnWithTheNextWindow() {
    world.published = Micros.of(Instant.parse("2026-01-05T09:00:00Z"));
    world.endings.add("partial");

    assertThat(follow(2))
        .containsExactly(
            "run to 2026-01-05T10:00:00Z",
            "partial",
            "waits for 2026-01-05T11:05:00Z",
            "pause PT44M50S",
            "stopped");
  }

  @Test
  void aRunThatHasNothingToPublishIsNotRepeatedAtOnce() {
    world.published = Micros.of(Instant.parse("2026-01-05T09:00:00Z"));
    world.publishes = false; // its policies have ended

    assertThat(follow(3))
        .containsExactly(
            "run to 2026-01-05T10:00:00Z",
            "succeeded",
            "waits for 2026-01-05T11:05:00Z",
            "pause PT44M50S",
            "run to 2026-01-05T11:00:00Z",
            "succeeded",
            "stopped");
  }

  @Test
  void aRunThatFailsIsTriedAgainWhenTheNextWindowIsDueFromWhereItStands() {
    world.published = Micros.of(Instant.parse("2026-01-05T09:00:00Z"));
    world.endings.add("failed");
    world.endings.add(failure(Kind.FAILED));

    assertThat(follow(5))
        .containsExactly(
            "run to 2026-01-05T10:00:00Z",
            "failed",
            "waits for 2026-01-05T11:05:00Z",
            "pause PT44M50S",
            "run to 2026-01-05T11:00:00Z",
            "id failed after PT10S, again null",
            "waits for 2026-01-05T12:05:00Z",
            "pause PT59M50S",
            "run to 2026-01-05T12:00:00Z",
            "succeeded",
            "stopped");
  }

  @Test
  void aDatabaseThatCannotBeReachedIsTriedAgainAfterGrowingPauses() {
    world.unreachable = failure(Kind.UNAVAILABLE);

    assertThat(follow(8).stream().filter(event -> event.startsWith("pause")))
        .containsExactly(
            "pause PT5S",
            "pause PT10S",
            "pause PT20S",
            "pause PT40S",
            "pause PT1M20S",
            "pause PT2M40S",
            "pause PT5M",
            "pause PT5M");
    assertThat(world.events)
        .contains("null failed after PT0S, again PT5S")
        .noneMatch(event -> event.startsWith("run"));
    world.unreachable = null;
    assertThat(follow(2)).endsWith("succeeded", "stopped");
  }

  @Test
  void aRunThatLosesItsDatabaseIsTriedAgainSoonAndThePausesBeginAnew() {
    world.published = Micros.of(Instant.parse("2026-01-05T09:00:00Z"));
    world.endings.add(failure(Kind.UNAVAILABLE));
    world.endings.add(failure(Kind.UNAVAILABLE));
    world.endings.add("succeeded");

    assertThat(follow(3).stream().filter(event -> !event.startsWith("id")))
        .containsExactly(
            "run to 2026-01-05T10:00:00Z",
            "pause PT5S",
            "run to 2026-01-05T10:00:00Z",
            "pause PT10S",
            "run to 2026-01-05T10:00:00Z",
            "works again after 2",
            "succeeded",
            "stopped");
  }

  @Test
  void anotherActiveRunIsWaitedForAndSaidOnce() {
    world.published = Micros.of(Instant.parse("2026-01-05T09:00:00Z"));
    world.endings.add(failure(Kind.BUSY));
    world.endings.add(failure(Kind.BUSY));

    assertThat(follow(3))
        .containsExactly(
            "run to 2026-01-05T10:00:00Z",
            "busy",
            "pause PT10S",
            "run to 2026-01-05T10:00:00Z",
            "pause PT10S",
            "run to 2026-01-05T10:00:00Z",
            "succeeded",
            "stopped");
  }

  @Test
  void settingsAndCredentialsThatNeverWorkedEndIt() {
    for (Kind kind : List.of(Kind.CONFIG, Kind.PERMISSION)) {
      world.unreachable = failure(kind);
      assertThatThrownBy(() -> follow(1)).isSameAs(world.unreachable);
    }
  }

  @Test
  void credentialsThatAreRefusedLaterDoNot() {
    world.published = Micros.of(Instant.parse("2026-01-05T09:00:00Z"));
    assertThat(follow(1)).contains("succeeded");
    FollowLoop loop = new FollowLoop(HOURLY, world, world);
    world.published = Micros.of(Instant.parse("2026-01-05T09:00:00Z"));
    world.endings.add("succeeded");
    world.endings.add(failure(Kind.PERMISSION));
    world.stepsLeft = 4;
    loop.run();

    assertThat(world.events).contains("id failed after PT10S, again null");
  }

  @Test
  void aReplicaThatIsFarBehindIsAskedEveryMinute() {
    world.lag = Micros.of(Duration.ofDays(30));
    world.published = Micros.of(Instant.parse("2026-01-05T09:00:00Z"));

    assertThat(follow(2)).containsOnlyOnce("waits for 2026-01-05T10:05:00Z").contains("pause PT1M");
  }

  @Test
  void whatIsTriedAgainSoonIsSaidOnceUntilItWorksAgainOrFailsOtherwise() {
    world.published = Micros.of(Instant.parse("2026-01-05T09:00:00Z"));
    world.endings.add(failure(Kind.UNAVAILABLE));
    world.endings.add(failure(Kind.UNAVAILABLE));
    world.endings.add(failure(Kind.CLUSTER));
    world.endings.add(failure(Kind.UNAVAILABLE));
    world.endings.add("succeeded");

    assertThat(follow(6).stream().filter(event -> !event.startsWith("pause")))
        .containsExactly(
            "run to 2026-01-05T10:00:00Z",
            "id failed after PT10S, again PT5S",
            "run to 2026-01-05T10:00:00Z",
            "run to 2026-01-05T10:00:00Z",
            "id failed after PT10S, again PT20S",
            "run to 2026-01-05T10:00:00Z",
            "run to 2026-01-05T10:00:00Z",
            "works again after 4",
            "succeeded",
            "waits for 2026-01-05T11:05:00Z",
            "stopped");
  }

  @Test
  void aClusterThatIsAwayIsTriedAgainWithinTheWindowAfterGrowingPauses() {
    world.published = Micros.of(Instant.parse("2026-01-05T09:00:00Z"));
    for (int i = 0; i < 8; i++) {
      world.endings.add(failure(Kind.CLUSTER));
    }

    assertThat(follow(9).stream().filter(event -> event.startsWith("pause")))
        .containsExactly(
            "pause PT5S",
            "pause PT10S",
            "pause PT20S",
            "pause PT40S",
            "pause PT1M20S",
            "pause PT2M40S",
            "pause PT5M",
            "pause PT5M");
    assertThat(world.events).contains("works again after 8", "succeeded");
  }

  @Test
  void aRunThatWasLostAndThenEndedByItselfIsNotRepeated() {
    world.published = Micros.of(Instant.parse("2026-01-05T09:00:00Z"));
    world.endings.add(failure(Kind.CLUSTER));
    world.onPause = () -> world.published = Micros.of(Instant.parse("2026-01-05T10:00:00Z"));

    assertThat(follow(2))
        .containsExactly(
            "run to 2026-01-05T10:00:00Z",
            "id failed after PT10S, again PT5S",
            "pause PT5S",
            "works again after 1",
            "waits for 2026-01-05T11:05:00Z",
            "pause PT44M45S",
            "stopped");
  }

  @Test
  void whenAllPoliciesHaveEndedTheWindowsSinceThenAreOneRunAndThenOneEach() {
    world.published = Micros.AFTER_ALL;
    world.publishes = false;

    assertThat(follow(3))
        .containsExactly(
            "run to 2026-01-05T10:00:00Z",
            "succeeded",
            "waits for 2026-01-05T11:05:00Z",
            "pause PT44M50S",
            "run to 2026-01-05T11:00:00Z",
            "succeeded",
            "stopped");
  }

  @Test
  void withoutPoliciesItWaits() {
    world.published = Micros.BEFORE_ALL;

    assertThat(follow(2))
        .containsExactly("waits for 2026-01-05T11:05:00Z", "pause PT45M", "pause PT1H", "stopped");
  }
}
