package io.traffical.pipeline.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.traffical.pipeline.config.DefinitionReader;
import io.traffical.pipeline.definition.Definitions;
import io.traffical.pipeline.run.Questions;
import io.traffical.pipeline.testing.Aftermath;
import io.traffical.pipeline.testing.Certificates;
import io.traffical.pipeline.testing.TcpProxy;
import io.traffical.pipeline.testing.TestDatabase;
import io.traffical.pipeline.testing.TlsServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * TLS against real servers: what is verified, what is refused, and that nothing is downgraded. The
 * servers have no tables, so that of what is asserted after every fault only the password counts.
 */
class TlsIT {
  @TempDir private static Path directory;
  private static TlsServer server;

  @BeforeAll
  static void startServer() throws IOException, SQLException {
    Certificates clients = Certificates.authority(directory, "clients");
    clients.sign("analyst", "RSA", null).sign("elliptic", "EC", null);
    Certificates.authority(directory, "others").sign("stranger", "RSA", null);
    server = new TlsServer(Certificates.authority(directory, "ca"), clients.root());
    server.execute(
        """
        CREATE ROLE analyst LOGIN; CREATE ROLE elliptic LOGIN; CREATE ROLE stranger LOGIN;
        CREATE ROLE bound LOGIN PASSWORD 'p4ss';
        DO $$ BEGIN EXECUTE format('COPY (SELECT unnest(ARRAY[%L, %L, %L, %L])) TO %L',
          'hostssl all analyst,elliptic,stranger all cert', 'hostssl all bound all scram-sha-256',
          'host all all all trust', 'local all all trust', current_setting('hba_file')); END $$;
        SELECT pg_reload_conf();
        """);
  }

  @AfterAll
  static void stopServer() throws IOException {
    server.close();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "sslMode: require",
        "sslMode: verify-ca, sslRootCert: ca.crt",
        "sslMode: verify-full",
      })
  void a3_serverWithoutTlsIsRefusedAtOnceAndNeverUsedInPlainText(String tls) throws IOException {
    try (TestDatabase plain = TestDatabase.create();
        TcpProxy proxy = new TcpProxy(plain.port())) {
      Invocation validate =
          validate(
              "host: localhost, port: %d, database: %s, username: postgres, %s"
                  .formatted(proxy.port(), plain.name(), tls));

      assertThat(validate.err())
          .contains(
              "ERROR CONFIG [08004] host=localhost:%d/%s user=postgres: The server does not support"
                  .formatted(proxy.port(), plain.name()))
          .contains(" | hint: check sslMode: require needs a server with TLS");
      assertThat(validate.exitCode()).isEqualTo(1);
      assertThat(proxy.connections()).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "localhost | sslMode: require",
        "127.0.0.1 | sslMode: require",
        "localhost | sslMode: verify-ca, sslRootCert: ca.crt",
        "127.0.0.1 | sslMode: verify-ca, sslRootCert: ca.crt",
        "127.0.0.1 | sslRootCert: ca.crt",
        "localhost | sslMode: verify-full, sslRootCert: ca.crt",
      })
  void a5_rightCertificatesConnectWithTls(String host, String tls) throws IOException {
    assertThat(session(fields(host, "postgres", tls))).isEqualTo("t|");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "localhost | sslMode: verify-ca, sslRootCert: others.crt | PKIX path",
        "localhost | sslMode: verify-full, sslRootCert: others.crt | PKIX path",
        "localhost | sslMode: require, sslRootCert: others.crt | PKIX path",
        "localhost | sslMode: verify-full | unable to find valid certification path to requested"
            + " target",
        "127.0.0.1 | sslMode: verify-full, sslRootCert: ca.crt | The hostname 127.0.0.1 could not"
            + " be verified",
      })
  void a5_wrongAuthorityOrHostIsRefusedAtOnce(String host, String tls, String message)
      throws IOException {
    try (TcpProxy proxy = new TcpProxy(server.port())) {
      String port = Integer.toString(proxy.port());

      Invocation validate =
          validate(fields(host, "postgres", tls).replace(Integer.toString(server.port()), port));

      assertThat(validate.err())
          .contains(
              "ERROR CONFIG [08006] host=%s:%s/postgres user=postgres: ".formatted(host, port))
          .contains(message)
          .contains(
              message.contains("hostname")
                  ? " | hint: connect by a name that is in the server's certificate; "
                  : " | hint: name the CA that signed the server's certificate with sslRootCert");
      assertThat(validate.exitCode()).isEqualTo(1);
      assertThat(proxy.connections()).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"analyst", "elliptic"})
  void a5_clientCertificatesLogIn(String role) throws IOException {
    String tls = "sslMode: verify-full, sslRootCert: ca.crt, sslCert: R.crt, sslKey: R.key";

    assertThat(
            session(
                fields("localhost", role, tls.replace("R", role).replace(role + "oot", "Root"))))
        .isEqualTo("t|/CN=" + role);
  }

  @Test
  void a5_clientCertificatesOfAnotherAuthorityAreRefused() throws IOException {
    Invocation validate =
        validate(
            fields(
                "localhost",
                "stranger",
                "sslMode: require, sslCert: stranger.crt, sslKey: stranger.key"));

    assertThat(validate.err())
        .as("the driver does not even send a certificate that the server does not ask for")
        .contains("ERROR PERMISSION [28000] ")
        .contains("connection requires a valid client certificate");
    assertThat(validate.exitCode()).isEqualTo(2);
  }

  @Test
  void a5_missingClientCertificateIsRefused() throws IOException {
    Invocation validate = validate(fields("localhost", "analyst", "sslMode: require"));

    assertThat(validate.err())
        .contains("ERROR PERMISSION [28000] host=localhost:" + server.port())
        .contains("connection requires a valid client certificate");
    assertThat(validate.exitCode()).isEqualTo(2);
  }

  @Test
  void a6_theStringOfAManagedServiceConnects() throws IOException {
    String string =
        "postgresql://bound:p4ss@localhost:%d/postgres?sslmode=verify-full&sslrootcert=ca.crt"
                .formatted(server.port())
            + "&channel_binding=require&application_name=a&connect_timeout=10"
            + "&target_session_attrs=read-write";

    assertThat(session("connectionString: '" + string + "'")).isEqualTo("t|");
  }

  @Test
  void a7_serversAreTriedInTheirOrder() throws IOException {
    String string =
        "postgresql://postgres@127.0.0.1:1,localhost:%d/postgres?sslmode=require"
            .formatted(server.port());

    assertThat(session("connectionString: '" + string + "'")).isEqualTo("t|");
  }

  @ParameterizedTest
  @ValueSource(strings = {"allow", "prefer", "bogus"})
  void a4_modesThatMayGoOnWithoutTlsAreRefusedBeforeConnecting(String mode) throws IOException {
    Invocation validate = validate(fields("localhost", "postgres", "sslMode: " + mode));

    assertThat(validate.out()).contains("connection.sslMode cannot be \"" + mode + "\"");
    assertThat(validate.exitCode()).isEqualTo(1);
  }

  private static String fields(String host, String role, String tls) {
    return "host: %s, port: %d, database: postgres, username: %s, password: %s, %s"
        .formatted(host, server.port(), role, Aftermath.password(), tls);
  }

  private static Invocation validate(String connection) throws IOException {
    return Invocation.of("validate", "-c", file(connection).toString());
  }

  /** Returns whether the server sees TLS, and whom its certificate says the client is. */
  private static String session(String connection) throws IOException {
    Definitions definitions = DefinitionReader.read(file(connection), Map.of());
    return Questions.ask(
        definitions,
        asked -> {
          try (Statement statement = asked.createStatement();
              ResultSet row =
                  statement.executeQuery(
                      "SELECT ssl, client_dn FROM pg_stat_ssl WHERE pid = pg_backend_pid()")) {
            row.next();
            String client = row.getString(2);
            return row.getString(1) + "|" + (client == null ? "" : client);
          }
        });
  }

  private static Path file(String connection) throws IOException {
    return Files.writeString(
        directory.resolve("traffical.yaml"),
        "version: \"1.0\"\nconnection: { " + connection + " }\n");
  }
}
