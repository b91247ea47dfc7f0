package io.traffical.pipeline.jdbc;

import io.traffical.pipeline.definition.ConnectionSettings;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Timer;
import java.util.TimerTask;
import org.postgresql.PGConnection;

/**
 * Ends a statement that the server itself did not end in time: SQL can catch or switch off its own
 * timeout. It is cancelled first, then its backend is ended, and the connection in any case, so
 * that nobody waits for it and nothing of it goes on in the server.
 */
final class QueryWatchdog implements AutoCloseable {
  private static final Duration GRACE = Duration.ofSeconds(5);

  private final Connection connection;
  private final ConnectionSettings settings;
  private final Duration statementTimeout;
  private final int backend;
  private final Timer timer = new Timer("traffical watchdog", true);
  private TimerTask pending;
  private volatile boolean isOverdue;
  private volatile boolean isClosed;

  /**
   * Watches a transaction.
   *
   * @param settings of another connection to the same server
   * @param backend the process that serves the transaction
   */
  QueryWatchdog(
      Connection connection, ConnectionSettings settings, Duration statementTimeout, int backend) {
    this.connection = connection;
    this.settings = settings;
    this.statementTimeout = statementTimeout;
    this.backend = backend;
  }

  /** Gives a statement that starts now its time; the one before it has ended. */
  synchronized void watch() {
    if (pending != null) {
      pending.cancel();
    }
    pending = task(this::cancel);
    timer.schedule(pending, statementTimeout.plus(GRACE).toMillis());
  }

  /** Returns whether the server was found still working after the time was up. */
  boolean isOverdue() {
    return isOverdue;
  }

  private static TimerTask task(Runnable work) {
    return new TimerTask() {
      @Override
      public void run() {
        work.run();
      }
    };
  }

  private synchronized void then(Runnable work) {
    if (!isClosed) {
      pending = task(work);
      timer.schedule(pending, GRACE.toMillis());
    }
  }

  /** The driver's way works behind poolers, too; the server's tells whether there is need. */
  private void cancel() {
    quietly(() -> connection.unwrap(PGConnection.class).cancelQuery());
    quietly(() -> ask("pg_cancel_backend"));
    then(this::terminate);
  }

  private void terminate() {
    quietly(() -> ask("pg_terminate_backend"));
    quietly(() -> connection.abort(Runnable::run));
  }

  private interface Attempt {
    void make() throws SQLException;
  }

  /**
   * Whatever does not work leaves the statement to the next attempt, and to the socket's timeout.
   */
  @SuppressWarnings("EmptyCatch")
  private static void quietly(Attempt attempt) {
    try {
      attempt.make();
    } catch (SQLException e) {
      // The reader of the statement reports how it ended.
    }
  }

  /** Calls a function on the backend if it is still busy with what should have ended. */
  private void ask(String function) throws SQLException {
    String sql =
        "SELECT pg_catalog."
            + function
            + "(pid) FROM pg_catalog.pg_stat_activity WHERE pid = ? AND usename = current_user AND"
            + " state = 'active' AND query_start < pg_catalog.clock_timestamp() -"
            + " pg_catalog.make_interval(secs => ?)";
    try (Connection other = PostgresConnections.once(settings, GRACE, GRACE);
        PreparedStatement select = other.prepareStatement(sql)) {
      select.setInt(1, backend);
      select.setDouble(2, statementTimeout.toMillis() / 1000.0);
      try (ResultSet row = select.executeQuery()) {
        isOverdue |= row.next();
      }
    }
  }

  @Override
  public synchronized void close() {
    isClosed = true;
    timer.cancel();
  }
}
