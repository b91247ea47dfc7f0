package io.traffical.pipeline.jdbc;

import io.traffical.pipeline.definition.ConnectionSettings;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.postgresql.Driver;
import org.postgresql.PGConnection;
import org.slf4j.LoggerFactory;

/**
 * Opens connections without leaving any state in the session, so that a transaction pooler can sit
 * in between. User and password travel as properties, never in the URL.
 */
public final class PostgresConnections {
  /** The driver's own log repeats what its exceptions say; held, since loggers can be collected. */
  private static final Logger DRIVER_LOG = Logger.getLogger("org.postgresql");

  static {
    DRIVER_LOG.setLevel(Level.OFF);
    forgetDriver();
  }

  private static final org.slf4j.Logger LOG = LoggerFactory.getLogger(PostgresConnections.class);

  private PostgresConnections() {}

  /**
   * On a cluster, every job has a class loader of its own. The JDK's list of drivers, in which the
   * driver has put itself, would keep it for ever, and with it the classes of every run.
   */
  private static void forgetDriver() {
    if (Driver.class.getClassLoader() == ClassLoader.getSystemClassLoader()) {
      return;
    }
    try {
      if (Driver.isRegistered()) {
        Driver.deregister();
      }
    } catch (SQLException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  /**
   * Opens a connection in auto-commit mode. A server that refuses for a passing reason is asked
   * again, as often as {@link Retries} says; one that refuses for good, only once.
   *
   * @param statementTimeout longest time a statement may take; the socket gives up a little later
   * @throws SQLException if the server refuses or cannot be reached
   */
  public static Connection open(ConnectionSettings settings, Duration statementTimeout)
      throws SQLException {
    Retries retries = new Retries();
    while (true) {
      try {
        return once(settings, statementTimeout, retries.left());
      } catch (SQLException e) {
        retries.pauseOrThrow(e);
      }
    }
  }

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

  /**
   * Opens a connection, or fails at the first attempt.
   *
   * @param statementTimeout longest time a statement may take
   * @param most longest time that connecting may take
   * @throws SQLException if the server refuses or cannot be reached
   */
  public static Connection once(
      ConnectionSettings settings, Duration statementTimeout, Duration most) throws SQLException {
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
