package io.traffical.pipeline.testing;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;

/** A Postgres server with TLS, whose certificate is for {@code localhost}. */
public final class TlsServer implements AutoCloseable {
  private final EmbeddedPostgres server;

  /**
   * Starts the server.
   *
   * @param authority signs the server's certificate
   * @param clients the certificate of the authority that signs those of clients
   */
  public TlsServer(Certificates authority, Path clients) throws IOException {
    authority.sign("server", "RSA", "localhost");
    server =
        EmbeddedPostgres.builder()
            .setServerConfig("ssl", "on")
            .setServerConfig("ssl_cert_file", authority.certificate("server").toString())
            .setServerConfig("ssl_key_file", authority.key("server").toString())
            .setServerConfig("ssl_ca_file", clients.toString())
            .setServerConfig("password_encryption", "scram-sha-256")
            .start();
  }

  /** Returns the port on localhost. */
  public int port() {
    return server.getPort();
  }

  /** Runs a statement as the superuser. */
  public void execute(String sql) throws SQLException {
    try (Connection connection = server.getPostgresDatabase().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
  }
}
