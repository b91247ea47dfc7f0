package io.traffical.pipeline.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import org.postgresql.PGConnection;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Ends connections of tasks, which may be busy or broken by then; never throws. */
final class ConnectionEnds {
  private static final Logger LOG = LoggerFactory.getLogger(ConnectionEnds.class);

  private ConnectionEnds() {}

  /**
   * Ends, from any thread, what a connection is doing, here and in the server: one that computes
   * and sends nothing would not notice for long that nobody listens any more.
   */
  static void abandon(Connection connection) {
    end(connection, true);
  }

  /** Does so, or ends a connection that is doing nothing. */
  static void end(Connection connection, boolean isBusy) {
    try {
      if (isBusy) {
        connection.unwrap(PGConnection.class).cancelQuery();
      }
    } catch (SQLException e) {
      LOG.debug("a statement could not be cancelled; its connection ends all the same", e);
    }
    try {
      connection.abort(Runnable::run);
    } catch (SQLException e) {
      LOG.debug("a connection was closed already", e);
    }
  }

  /**
   * Closes a connection that may be broken, or null. An operator that cannot be closed would take
   * its task manager with it.
   */
  static void close(Connection connection) {
    try {
      if (connection != null) {
        connection.close();
      }
    } catch (SQLException e) {
      LOG.debug("a connection was broken before it was closed", e);
    }
  }
}
