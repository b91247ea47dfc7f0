package io.traffical.pipeline.jdbc;

import java.sql.SQLException;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/** Does a whole unit of work again, from its beginning, when a failure may pass. */
public final class Retries {
  private static final int TRIES = 5;
  private static final Duration BUDGET = Duration.ofSeconds(60);
  private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);

  /** Until a command listens, as in a process of a cluster, what is said goes to the JDK's log. */
  private static volatile Consumer<String> listener =
      line -> System.getLogger(Retries.class.getName()).log(System.Logger.Level.WARNING, line);

  private final long start = System.nanoTime();
  private int attempt = 1;

  /** Work that leaves nothing behind when it fails, and may be done twice. */
  public interface Work<T> {
    /** Does it, on a connection that it opens itself. */
    T run() throws SQLException;
  }

  /** That trying again was given up, how often it was tried, and for how long. */
  private static final class GaveUpException extends Exception {
    private static final long serialVersionUID = 1L;

    GaveUpException(int tries, Duration time) {
      super("tried %d times in %d s".formatted(tries, time.toSeconds()));
    }
  }

  /**
   * Returns what the work returns, after at most {@value #TRIES} tries within a minute, with pauses
   * of random length (full jitter, doubling) between them.
   *
   * @throws SQLException if the work fails for good, or too often
   */
  public static <T> T run(Work<T> work) throws SQLException {
    Retries retries = new Retries();
    while (true) {
      try {
        return work.run();
      } catch (SQLException e) {
        retries.pauseOrThrow(e);
      }
    }
  }

  /**
   * Says from now on to somebody, once for each further try, why and when there is one. It may be
   * called from any thread.
   */
  public static void tell(Consumer<String> everyRetry) {
    listener = everyRetry;
  }

  /** Returns the time that is left of the minute. */
  Duration left() {
    return BUDGET.minusNanos(System.nanoTime() - start);
  }

  /** Waits for the next try; throws the failure when there should be none. */
  void pauseOrThrow(SQLException e) throws SQLException {
    long pause = ThreadLocalRandom.current().nextLong(FIRST_PAUSE.toNanos() << (attempt - 1));
    boolean isOver = attempt == TRIES || left().minusNanos(pause).compareTo(FIRST_PAUSE) < 0;
    if (!SqlFailure.isTransient(e) || hasGivenUp(e) || Thread.currentThread().isInterrupted()) {
      throw e;
    }
    if (isOver) {
      e.addSuppressed(new GaveUpException(attempt, BUDGET.minus(left())));
      throw e;
    }
    attempt++;
    listener.accept(
        String.format(Locale.ROOT, "retrying in %.1f s: %s", pause / 1e9, SqlFailure.describe(e)));
    LockSupport.parkNanos(pause);
  }

  /** A connection that could not be opened has been tried for long enough. */
  private static boolean hasGivenUp(SQLException e) {
    for (Throwable suppressed : e.getSuppressed()) {
      if (suppressed instanceof GaveUpException) {
        return true;
      }
    }
    return false;
  }
}
