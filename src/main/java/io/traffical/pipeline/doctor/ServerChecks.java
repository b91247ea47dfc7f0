package io.traffical.pipeline.doctor;

import io.traffical.pipeline.definition.ConnectionSettings;
import io.traffical.pipeline.definition.ConnectionSettings.Server;
import io.traffical.pipeline.definition.Definitions;
import io.traffical.pipeline.jdbc.PostgresConnections;
import io.traffical.pipeline.jdbc.SourceClock;
import io.traffical.pipeline.jdbc.SourceProbe;
import io.traffical.pipeline.jdbc.SqlFailure;
import io.traffical.pipeline.jdbc.Trouble;
import io.traffical.pipeline.run.Failures;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.postgresql.PGConnection;

/** Checks of one server: whether it is reached, what it is, and what stands in between. */
final class ServerChecks {
  private static final Duration PATIENCE = Duration.ofSeconds(5);
  private static final int OLDEST = 140_000;
  private static final double CLOCK_TOLERANCE = 10;

  private final Findings findings;
  private final String subject;
  private final ConnectionSettings settings;
  private final Definitions definitions;

  /**
   * Checks the server of these settings.
   *
   * @param subject the section of the file that names it
   */
  ServerChecks(
      Findings findings, String subject, ConnectionSettings settings, Definitions definitions) {
    this.findings = findings;
    this.subject = subject;
    this.settings = settings;
    this.definitions = definitions;
  }

  /** Returns a connection, or null after saying why there is none. */
  Connection connect() {
    if (!isReached()) {
      return null;
    }
    try {
      Connection connection =
          PostgresConnections.open(settings, definitions.pipeline().statementTimeout());
      findings.ok(
          "login",
          subject,
          "role %s, database %s".formatted(settings.username(), settings.database()));
      return connection;
    } catch (SQLException e) {
      findings.fail("login", subject, Failures.trouble(e, settings, definitions.schema()));
      return null;
    }
  }

  /** A plain connection attempt first: a host that does not answer is known within seconds. */
  private boolean isReached() {
    List<String> reasons = new ArrayList<>();
    for (Server server : settings.servers()) {
      if (isReached(server, reasons)) {
        return true;
      }
    }
    findings.fail(
        "reach",
        subject,
        new Trouble(
            SqlFailure.UNAVAILABLE,
            null,
            String.join("; ", reasons),
            "check host and port, that the server runs and listens there, and that firewalls and"
                + " security groups let this machine through"));
    return false;
  }

  private boolean isReached(Server server, List<String> reasons) {
    String reason = "";
    try {
      for (InetAddress address : InetAddress.getAllByName(server.host())) {
        long start = System.nanoTime();
        try (Socket socket = new Socket()) {
          socket.connect(new InetSocketAddress(address, server.port()), (int) PATIENCE.toMillis());
          findings.ok(
              "reach",
              subject,
              "%s answers within %d ms"
                  .formatted(server.place(), (System.nanoTime() - start) / 1_000_000 + 1));
          return true;
        } catch (SocketTimeoutException e) {
          reason = server.place() + " does not answer within " + PATIENCE.toSeconds() + " s";
        } catch (IOException e) {
          reason = server.place() + " refuses connections: " + e.getMessage();
        }
      }
    } catch (UnknownHostException e) {
      reason = "no address is known for host " + server.host();
    }
    reasons.add(reason);
    return false;
  }

  /** Asks the server about itself. */
  void examine(Connection connection) {
    findings.attempt("tls", subject, () -> examineTls(connection));
    findings.attempt("version", subject, () -> examineVersion(connection));
    findings.attempt("pooler", subject, () -> examinePooler(connection));
    findings.attempt("replica", subject, () -> examineReplica(connection));
    findings.attempt("clock", subject, () -> examineClock(connection));
    findings.attempt("address", subject, () -> examineAddress(connection));
  }

  private void examineTls(Connection connection) throws SQLException {
    String sql =
        "SELECT ssl, version, cipher FROM pg_catalog.pg_stat_ssl WHERE pid ="
            + " pg_catalog.pg_backend_pid()";
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      boolean isEncrypted = row.next() && row.getBoolean(1);
      String mode = settings.sslMode().name().toLowerCase(Locale.ROOT).replace('_', '-');
      if (mode.equals("disable")) {
        if (isLoopback()) {
          findings.ok("tls", subject, "none; the server is on this machine");
        } else {
          findings.warn(
              "tls",
              subject,
              "none: everything is sent in the clear, the data and what the password proves",
              "write sslMode: require, or better verify-full");
        }
        return;
      }
      // Behind a pooler, this is the leg from the pooler to the server.
      String inForce =
          isEncrypted ? row.getString(2) + ", " + row.getString(3) : "up to the pooler only";
      if (mode.equals("require")) {
        findings.warn(
            "tls",
            subject,
            inForce + "; sslMode require does not verify who the server is",
            "write sslMode: verify-full, with sslRootCert where the CA is not a public one");
      } else {
        findings.ok("tls", subject, inForce + "; sslMode " + mode);
      }
    }
  }

  private boolean isLoopback() {
    for (Server server : settings.servers()) {
      try {
        if (!InetAddress.getByName(server.host()).isLoopbackAddress()) {
          return false;
        }
      } catch (UnknownHostException e) {
        return false;
      }
    }
    return true;
  }

  private void examineVersion(Connection connection) throws SQLException {
    String sql =
        "SELECT pg_catalog.current_setting('server_version'),"
            + " pg_catalog.current_setting('server_version_num')::int";
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      row.next();
      String version = "PostgreSQL " + row.getString(1);
      if (row.getInt(2) < OLDEST) {
        findings.warn(
            "version",
            subject,
            version + " is older than 14",
            "upgrade it: 14 is the oldest tested");
      } else {
        findings.ok("version", subject, version);
      }
    }
  }

  /** A pooler invents the number of the process that the client is told at the beginning. */
  private void examinePooler(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT pg_catalog.pg_backend_pid()")) {
      row.next();
      boolean isDirect = row.getInt(1) == connection.unwrap(PGConnection.class).getBackendPID();
      findings.ok(
          "pooler",
          subject,
          isDirect
              ? "none"
              : "there is one; it may be in transaction mode, no session state is used");
    }
  }

  @SuppressWarnings("resource") // the connection is the caller's, and stays open
  private void examineReplica(Connection connection) throws SQLException {
    SourceClock clock = new SourceProbe(definitions, connection).clock();
    long lag = clock.lagMicros() / 1_000_000;
    if (!clock.isReplica()) {
      findings.ok("replica", subject, "no, a primary");
    } else if (lag > definitions.pipeline().window().toSeconds()) {
      findings.warn(
          "replica",
          subject,
          "a standby, %d s behind: runs read only what it has replayed".formatted(lag),
          "find out why it lags, or read from the primary");
    } else {
      findings.ok("replica", subject, "a standby, %d s behind".formatted(lag));
    }
  }

  private void examineClock(Connection connection) throws SQLException {
    String sql = "SELECT extract(epoch FROM pg_catalog.clock_timestamp())::float8";
    try (Statement statement = connection.createStatement()) {
      long before = System.currentTimeMillis();
      try (ResultSet row = statement.executeQuery(sql)) {
        long after = System.currentTimeMillis();
        row.next();
        double ahead = row.getDouble(1) - (before + after) / 2000.0;
        String message =
            String.format(
                Locale.ROOT,
                "the server's is %.1f s %s this machine's",
                Math.abs(ahead),
                ahead < 0 ? "behind" : "ahead of");
        if (Math.abs(ahead) > CLOCK_TOLERANCE) {
          findings.warn(
              "clock",
              subject,
              message,
              "set the clock that is wrong; windows follow the server's alone");
        } else {
          findings.ok("clock", subject, message);
        }
      }
    }
  }

  private void examineAddress(Connection connection) throws SQLException {
    String sql = "SELECT pg_catalog.host(pg_catalog.inet_client_addr())";
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      row.next();
      String address = row.getString(1);
      findings.ok(
          "address",
          subject,
          "the server sees "
              + (address == null ? "a socket of its own machine" : address)
              + "; that is what firewalls and pg_hba.conf have to allow");
    }
  }
}
