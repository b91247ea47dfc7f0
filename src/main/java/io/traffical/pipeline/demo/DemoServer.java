package io.traffical.pipeline.demo;

import io.traffical.pipeline.definition.ConnectionSettings;
import io.traffical.pipeline.definition.ConnectionSettings.SslMode;
import io.traffical.pipeline.definition.Secret;
import io.traffical.pipeline.jdbc.PostgresConnections;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HexFormat;

/**
 * A Postgres server of the demo's own: on a free port of this machine, with a password of its own,
 * and all of its files in one directory. It is a process group of its own and goes on when this
 * program ends, unless it is stopped.
 */
final class DemoServer {
  private static final Duration STATEMENT_TIMEOUT = Duration.ofMinutes(5);

  private final Path directory;
  private final PostgresUser user;
  private final String password;
  private final int port;

  private DemoServer(Path directory, PostgresUser user, String password, int port) {
    this.directory = directory;
    this.user = user;
    this.password = password;
    this.port = port;
  }

  /**
   * Starts a server in the directory.
   *
   * @throws DemoFailure if there is none for this machine, or it does not start
   */
  static DemoServer start(Path directory) {
    PostgresUser user = PostgresUser.of(directory);
    PostgresBinaries.unpack(directory.resolve("postgres"));
    DemoServer server = new DemoServer(directory, user, newPassword(), freePort());
    try {
      server.initialize();
      server.control("start", "-l", server.log().toString());
    } catch (DemoFailure e) {
      throw new DemoFailure("Postgres does not start: " + server.reason(e), e);
    }
    return server;
  }

  /** Stops the server at once; nobody needs its data any more. */
  void stop() {
    if (Files.exists(directory.resolve("data/postmaster.pid"))) {
      control("stop", "-m", "immediate");
    }
  }

  /** Returns the shell script that stops the server and removes all of its files. */
  String stopScript() {
    return """
        #!/bin/sh
        # Stops the demo's Postgres and removes all of its files, this one included.
        cd / || exit 1
        %s '%s/postgres/bin/pg_ctl' -D '%s/data' -s -m immediate stop
        rm -rf '%s'
        """
        .formatted(String.join(" ", user.prefix()), directory, directory, directory);
  }

  int port() {
    return port;
  }

  /** Returns the superuser's password, which is the role's of the demo, too. */
  String password() {
    return password;
  }

  /** Opens a connection as the superuser. */
  Connection connect(String database) throws SQLException {
    ConnectionSettings settings =
        new ConnectionSettings(
            "127.0.0.1", port, database, "postgres", Secret.of(password), SslMode.DISABLE);
    return PostgresConnections.open(settings, STATEMENT_TIMEOUT);
  }

  /** Makes the data directory. What is written after a crash does not matter: no fsync. */
  private void initialize() {
    Path passwordFile = directory.resolve("password");
    try {
      Files.writeString(passwordFile, password + "\n");
      user.take(directory);
      program("initdb")
          .and("-D", directory.resolve("data").toString(), "-U", "postgres", "-E", "UTF8")
          .and("--locale=C", "--no-sync", "-A", "scram-sha-256", "--pwfile=" + passwordFile)
          .and("-c", "port=" + port, "-c", "listen_addresses=127.0.0.1")
          .and("-c", "unix_socket_directories=", "-c", "fsync=off", "-c", "full_page_writes=off")
          .and("-c", "jit=off", "-c", "max_parallel_workers_per_gather=0")
          .run(directory);
      Files.delete(passwordFile);
    } catch (IOException e) {
      throw new DemoFailure(e.toString(), e);
    }
  }

  private Path log() {
    return directory.resolve("server.log");
  }

  /** The server's own words, if it came to say any, else those of the program that failed. */
  private String reason(DemoFailure failure) {
    try {
      return Files.exists(log())
          ? Command.reason(Files.readString(log()).strip())
          : failure.getMessage();
    } catch (IOException e) {
      return failure.getMessage();
    }
  }

  private void control(String action, String... more) {
    program("pg_ctl")
        .and("-D", directory.resolve("data").toString(), "-s", "-w", "-t", "60")
        .and(action)
        .and(more)
        .run(directory);
  }

  private Command program(String name) {
    return Command.of(user.prefix()).and(directory.resolve("postgres/bin/" + name).toString());
  }

  private static String newPassword() {
    byte[] bytes = new byte[12];
    new SecureRandom().nextBytes(bytes);
    return HexFormat.of().formatHex(bytes);
  }

  private static int freePort() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new DemoFailure("no free port on 127.0.0.1 (" + e.getMessage() + ")", e);
    }
  }
}
