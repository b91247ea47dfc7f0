package io.traffical.pipeline.jdbc;

import io.traffical.pipeline.definition.ConnectionOptions.Target;
import io.traffical.pipeline.definition.ConnectionSettings;
import io.traffical.pipeline.definition.ConnectionSettings.Server;
import io.traffical.pipeline.definition.ConnectionSettings.SslMode;
import io.traffical.pipeline.definition.TlsSettings;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.Properties;
import java.util.stream.Collectors;
import org.postgresql.ssl.DefaultJavaSSLFactory;

/** A connection's settings in the driver's words. The URL holds no user and no password. */
final class DriverSettings {
  private static final Duration CONNECT = Duration.ofSeconds(10);
  private static final Duration LOGIN_MARGIN = Duration.ofSeconds(5);
  private static final Duration SOCKET_MARGIN = Duration.ofSeconds(15);

  private DriverSettings() {}

  static String url(ConnectionSettings settings) {
    return "jdbc:postgresql://"
        + settings.servers().stream().map(Server::place).collect(Collectors.joining(","))
        + "/"
        + URLEncoder.encode(settings.database(), StandardCharsets.UTF_8);
  }

  /**
   * Returns all properties. No setting of the session is among them: a pooler would refuse those,
   * or leave them to the next client.
   *
   * @param statementTimeout longest time a statement may take
   * @param most longest time that connecting may take
   */
  static Properties properties(
      ConnectionSettings settings, Duration statementTimeout, Duration most) {
    Properties properties = new Properties();
    properties.setProperty("user", settings.username());
    properties.setProperty("password", settings.password().reveal());
    properties.setProperty("ApplicationName", settings.options().applicationName());
    properties.setProperty("prepareThreshold", "0");
    properties.setProperty("reWriteBatchedInserts", "true");
    properties.setProperty("autosave", "never");
    properties.setProperty("preferQueryMode", "extended");
    properties.setProperty("logServerErrorDetail", "false");
    properties.setProperty("targetServerType", serverType(settings.options().target()));
    if (settings.options().endpoint() != null) {
      properties.setProperty("options", "endpoint=" + settings.options().endpoint());
    }
    timeouts(properties, settings, statementTimeout, most);
    tls(properties, settings.tls());
    return properties;
  }

  private static void timeouts(
      Properties properties,
      ConnectionSettings settings,
      Duration statementTimeout,
      Duration most) {
    Duration given = settings.options().connectTimeout();
    Duration perServer = given == null ? CONNECT : given;
    Duration login = perServer.multipliedBy(settings.servers().size()).plus(LOGIN_MARGIN);
    properties.setProperty("connectTimeout", seconds(least(perServer, most)));
    properties.setProperty("loginTimeout", seconds(least(login, most)));
    properties.setProperty("socketTimeout", seconds(statementTimeout.plus(SOCKET_MARGIN)));
    properties.setProperty("tcpKeepAlive", "true");
  }

  private static Duration least(Duration one, Duration other) {
    return one.compareTo(other) < 0 ? one : other;
  }

  /** At least one second: to the driver, 0 means for ever. */
  private static String seconds(Duration duration) {
    return Long.toString(Math.max(1, duration.toSeconds()));
  }

  private static void tls(Properties properties, TlsSettings tls) {
    properties.setProperty("sslmode", word(tls.mode()));
    properties.setProperty("channelBinding", word(tls.channelBinding()));
    // Given as nothing, so that the driver does not take files from the user's home directory.
    properties.setProperty("sslcert", "");
    properties.setProperty("sslkey", "");
    if (tls.client() != null) {
      properties.setProperty("sslcert", tls.client().cert());
      properties.setProperty("sslkey", tls.client().key());
      properties.setProperty("pemKeyAlgorithm", tls.client().keyAlgorithm());
    }
    if (tls.rootCert() != null) {
      properties.setProperty("sslrootcert", tls.rootCert());
    } else if (tls.mode() == SslMode.VERIFY_FULL) {
      properties.setProperty("sslfactory", DefaultJavaSSLFactory.class.getName());
    }
  }

  private static String word(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  private static String serverType(Target target) {
    return switch (target) {
      case ANY -> "any";
      case READ_WRITE, PRIMARY -> "primary";
      case READ_ONLY, STANDBY -> "secondary";
      case PREFER_STANDBY -> "preferSecondary";
    };
  }
}
