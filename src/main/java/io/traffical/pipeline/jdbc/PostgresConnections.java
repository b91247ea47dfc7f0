package io.traffical.pipeline.jdbc;

import io.traffical.pipeline.definition.ConnectionSettings;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;
import org.postgresql.Driver;

/**
 * Opens connections without leaving any state in the session, so that a transaction pooler can sit
 * in between. User and password travel as properties, never in the URL.
 */
public final class PostgresConnections {
  private static final int TRIES = 5;
  private static final Duration BUDGET = Duration.ofSeconds(60);
  private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
  private static final Duration SHORTEST_TRY = Duration.ofSeconds(1);

  private PostgresConnections() {}

  /**
   * Opens a connection in auto-commit mode. A server that refuses for a passing reason is asked
   * again, at most {@value #TRIES} times within a minute; one that refuses for good, only once.
   *
   * @param statementTimeout longest time a statement may take; the socket gives up a little later
   * @throws SQLException if the server refuses or cannot be reached
   */
  public static Connection open(ConnectionSettings settings, Duration statementTimeout)
      throws SQLException {
    long deadline = System.nanoTime() + BUDGET.toNanos();
    for (int attempt = 1; ; attempt++) {
      Duration left = Duration.ofNanos(deadline - System.nanoTime());
      try {
        return once(settings, statementTimeout, left);
      } catch (SQLException e) {
        long pause = ThreadLocalRandom.current().nextLong(FIRST_PAUSE.toNanos() << (attempt - 1));
        boolean isTooLate =
            System.nanoTime() + pause + SHORTEST_TRY.toNanos() >= deadline || attempt == TRIES;
        if (isTooLate || !SqlFailure.isTransient(e) || Thread.currentThread().isInterrupted()) {
          throw e;
        }
        LockSupport.parkNanos(pause);
      }
    }
  }

  /**
   * Opens a connection, or fails at the first attempt.
   *
   * @param most longest time that it may take
   */
  static Connection once(ConnectionSettings settings, Duration statementTimeout, Duration most)
      throws SQLException {
    Connection connection =
        new Driver()
            .connect(
                DriverSettings.url(settings),
                DriverSettings.properties(settings, statementTimeout, most));
    if (connection == null) {
      throw new SQLException("the driver does not accept this host or database name", "08004");
    }
    return connection;
  }
}
