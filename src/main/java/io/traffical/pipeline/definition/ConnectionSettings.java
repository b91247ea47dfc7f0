package io.traffical.pipeline.definition;

import java.io.Serializable;

/**
 * Where a Postgres is and how to log in.
 *
 * @param host host name or IP address
 * @param port TCP port, 1 to 65535
 * @param database database name
 * @param username role to connect as
 * @param password the role's password; empty when the server asks for none
 * @param sslMode whether TLS is demanded
 */
public record ConnectionSettings(
    String host, int port, String database, String username, Secret password, SslMode sslMode)
    implements Serializable {

  /** How TLS is used. Nothing is ever downgraded: {@code REQUIRE} fails on a server without TLS. */
  public enum SslMode {
    /** No TLS; for local development only. */
    DISABLE,
    /** TLS, without verifying the server's certificate. The default. */
    REQUIRE
  }

  /** Returns {@code host:port/database}, the part of the settings that may be shown. */
  public String place() {
    return host + ":" + port + "/" + database;
  }
}
