package io.traffical.pipeline.window;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/**
 * Time as Postgres counts it: whole microseconds, here since 1970-01-01T00:00:00Z, with sentinels
 * for "before everything" and "after everything" that leave room for adding a duration.
 */
public final class Micros {
  /** Before every time; Postgres {@code -infinity}. */
  public static final long BEFORE_ALL = Long.MIN_VALUE / 4;

  /** After every time; Postgres {@code infinity}. */
  public static final long AFTER_ALL = Long.MAX_VALUE / 4;

  /** One day. Days are UTC. */
  public static final long DAY = of(Duration.ofDays(1));

  private Micros() {}

  /** Returns the instant in microseconds, rounded down. */
  public static long of(Instant instant) {
    return Math.addExact(
        Math.multiplyExact(instant.getEpochSecond(), 1_000_000L), instant.getNano() / 1000);
  }

  /** Returns the duration in microseconds. */
  public static long of(Duration duration) {
    return duration.toNanos() / 1000;
  }

  /** Returns the microseconds as an instant. The sentinels have no instant. */
  public static Instant toInstant(long micros) {
    return Instant.EPOCH.plus(micros, ChronoUnit.MICROS);
  }

  /** Returns the start of the step of the given width that the time lies in. Sentinels stay. */
  public static long floor(long micros, long width) {
    return isFinite(micros) ? micros - Math.floorMod(micros, width) : micros;
  }

  /** Returns the first step boundary at or after the time. Sentinels stay. */
  public static long ceil(long micros, long width) {
    long floor = floor(micros, width);
    return floor == micros ? micros : floor + width;
  }

  /** Returns whether the time is a real one, not a sentinel or beyond it. */
  public static boolean isFinite(long micros) {
    return micros > BEFORE_ALL / 2 && micros < AFTER_ALL / 2;
  }
}
