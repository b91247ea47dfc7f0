package io.traffical.pipeline.jdbc;

import io.traffical.pipeline.definition.ConnectionSettings;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.postgresql.Driver;

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
