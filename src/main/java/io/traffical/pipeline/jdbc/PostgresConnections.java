package io.traffical.pipeline.jdbc;

import io.traffical.pipeline.definition.ConnectionSettings;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Properties;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;
import org.postgresql.Driver;

/**
 * Opens connections without leaving any state in the session, so that a transaction pooler can sit
 * in between. User and password travel as properties, never in the URL.
 */
public final class PostgresConnections {
  private static final int TRIES = 5;
  private static final Duration SOCKET_MARGIN = Duration.ofSeconds(60);

  private PostgresConnections() {}

  /**
   * Opens a connection in auto-commit mode. A server that refuses for a passing reason is asked
   * again, at most {@value #TRIES} times within about 15 seconds.
   *
   * @param statementTimeout longest time a statement may take; the socket gives up a minute later
   * @throws SQLException if the server refuses or cannot be reached
   */
  public static Connection open(ConnectionSettings settings, Duration statementTimeout)
      throws SQLException {
    for (int attempt = 1; ; attempt++) {
      try {
        Connection connection =
            new Driver().connect(url(settings), properties(settings, statementTimeout));
        if (connection == null) {
          throw new SQLException("the driver does not accept this host or database name", "08001");
        }
        return connection;
      } catch (SQLException e) {
        if (attempt == TRIES
            || !SqlFailure.isTransient(e)
            || Thread.currentThread().isInterrupted()) {
          throw e;
        }
        long ceiling = Duration.ofMillis(500).toNanos() << attempt;
        LockSupport.parkNanos(ThreadLocalRandom.current().nextLong(ceiling / 4, ceiling / 2));
      }
    }
  }

  private static String url(ConnectionSettings settings) {
    String host = settings.host().contains(":") ? "[" + settings.host() + "]" : settings.host();
    return "jdbc:postgresql://" + host + ":" + settings.port() + "/" + encoded(settings.database());
  }

  private static String encoded(String name) {
    return java.net.URLEncoder.encode(name, java.nio.charset.StandardCharsets.UTF_8);
  }

  private static Properties properties(ConnectionSettings settings, Duration statementTimeout) {
    Properties properties = new Properties();
    properties.setProperty("user", settings.username());
    properties.setProperty("password", settings.password().reveal());
    properties.setProperty(
        "sslmode",
        settings.sslMode() == ConnectionSettings.SslMode.DISABLE ? "disable" : "require");
    properties.setProperty("ApplicationName", "traffical");
    properties.setProperty("prepareThreshold", "0");
    properties.setProperty("autosave", "never");
    properties.setProperty("preferQueryMode", "extended");
    properties.setProperty("connectTimeout", "10");
    properties.setProperty("loginTimeout", "15");
    properties.setProperty(
        "socketTimeout", Long.toString(statementTimeout.plus(SOCKET_MARGIN).toSeconds()));
    properties.setProperty("tcpKeepAlive", "true");
    properties.setProperty("logServerErrorDetail", "false");
    return properties;
  }
}
