package io.traffical.pipeline.config;

import io.traffical.pipeline.definition.ConnectionSettings;
import io.traffical.pipeline.definition.ConnectionSettings.Server;
import io.traffical.pipeline.definition.Secret;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads {@code postgresql://user:password@host:port,host:port/database?sslmode=require} as libpq
 * does: {@code %XX} is decoded, {@code +} is a plus. What is not supported is refused, never
 * ignored, and no message quotes any part in which a password may be.
 */
final class ConnectionString {
  static final String ENCODE = "write special characters of user and password as %XX";

  private static final Pattern SHAPE =
      Pattern.compile("postgres(?:ql)?://(?:([^@/?]*)@)?([^/?]*)(?:/([^?]*))?(?:\\?(.*))?");
  private static final Pattern ADDRESS = Pattern.compile("(\\[[^\\]]*\\]|[^:]*)(?::([0-9]*))?");

  private ConnectionString() {}

  /**
   * Returns what the text says; the port is 5432 and TLS is required unless it says otherwise.
   *
   * @param files where its paths start
   */
  static ConnectionSettings parse(String text, TlsFiles files) throws RefusedException {
    Matcher shape = SHAPE.matcher(text);
    if (!shape.matches()) {
      throw new RefusedException(
          "does not start with postgresql:// or postgres://",
          "write postgresql://user:password@host:5432/database");
    }
    int authorityEnd = shape.end(2);
    if (text.indexOf('@', Math.max(shape.start(2), 0)) >= 0) {
      throw new RefusedException("has an @ after the one before the host", ENCODE);
    }
    if (authorityEnd == text.length() || shape.group(3) == null || shape.group(3).isEmpty()) {
      throw new RefusedException("names no database", "add /database after the host");
    }
    String user = shape.group(1) == null ? "" : shape.group(1);
    int colon = user.indexOf(':');
    String name = PercentCode.decoded(colon < 0 ? user : user.substring(0, colon));
    if (name.isEmpty()) {
      throw new RefusedException("names no user", "write user:password@ before the host");
    }
    String password = colon < 0 ? "" : PercentCode.decoded(user.substring(colon + 1));
    ConnectionParameters parameters = ConnectionParameters.parse(shape.group(4));
    return new ConnectionSettings(
        servers(shape.group(2)),
        PercentCode.decoded(shape.group(3)),
        name,
        Secret.of(password),
        parameters.tls(files),
        parameters.options());
  }

  private static List<Server> servers(String authority) throws RefusedException {
    List<Server> servers = new ArrayList<>();
    for (String part : authority.split(",", -1)) {
      Matcher address = ADDRESS.matcher(part);
      if (!address.matches()) {
        throw new RefusedException(
            "has a host or port that cannot be read",
            "write host:port, an IPv6 address in [ ]; " + ENCODE);
      }
      String host = HostName.parse(PercentCode.decoded(address.group(1)));
      servers.add(new Server(host, port(address.group(2))));
    }
    return List.copyOf(servers);
  }

  private static int port(String digits) throws RefusedException {
    if (digits == null || digits.isEmpty()) {
      return ConnectionReader.DEFAULT_PORT;
    }
    int port = digits.length() > 5 ? 0 : Integer.parseInt(digits);
    if (port < 1 || port > 65535) {
      throw new RefusedException("has a port outside 1 to 65535", "correct the port");
    }
    return port;
  }
}
