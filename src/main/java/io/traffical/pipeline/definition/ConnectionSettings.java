package io.traffical.pipeline.definition;

import java.io.Serializable;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Where a Postgres is and how to log in.
 *
 * @param servers where to connect to, tried in this order; at least one
 * @param database database name
 * @param username role to connect as
 * @param password the role's password; empty when the server asks for none
 * @param tls whether and how TLS is demanded
 * @param options what else the connection asks for
 */
public record ConnectionSettings(
    List<Server> servers,
    String database,
    String username,
    Secret password,
    TlsSettings tls,
    ConnectionOptions options)
    implements Serializable {

  /** The settings of one server, without certificates and options. */
  public ConnectionSettings(
      String host, int port, String database, String username, Secret password, SslMode sslMode) {
    this(
        List.of(new Server(host, port)),
        database,
        username,
        password,
        TlsSettings.of(sslMode),
        ConnectionOptions.NONE);
  }

  /**
   * One server.
   *
   * @param host host name or IP address, an IPv6 address without brackets
   * @param port TCP port, 1 to 65535
   */
  public record Server(String host, int port) implements Serializable {
    /** Returns {@code host:port}, an IPv6 address in brackets. */
    public String place() {
      return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
    }
  }

  /** How TLS is used. Nothing is ever downgraded: all but the first fail on a server without it. */
  public enum SslMode {
    /** No TLS; for local development only. */
    DISABLE,
    /** TLS, without verifying the server's certificate. The default. */
    REQUIRE,
    /** TLS, and the server's certificate is signed by a given CA. */
    VERIFY_CA,
    /** As before, and the certificate is for the host that is connected to. */
    VERIFY_FULL
  }

  /** Returns {@code host:port/database}, the part of the settings that may be shown. */
  public String place() {
    return servers.stream().map(Server::place).collect(Collectors.joining(",")) + "/" + database;
  }

  /** Returns whether TLS is demanded, and what of the server's certificate is verified. */
  public SslMode sslMode() {
    return tls.mode();
  }
}
