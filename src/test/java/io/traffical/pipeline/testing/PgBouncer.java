package io.traffical.pipeline.testing;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;

/** A PgBouncer in transaction mode with a pool of two, in front of a server on localhost. */
public final class PgBouncer implements AutoCloseable {
  private final Path program = Programs.needed("pgbouncer");
  private final Path directory;
  private final int port = freePort();
  private Process process;

  /**
   * Starts it; a machine without it skips the test.
   *
   * @param server the port of the server
   * @param settings further lines of its configuration
   */
  public PgBouncer(int server, String... settings) {
    try {
      directory = Files.createTempDirectory("pgbouncer");
      Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
      Files.writeString(directory.resolve("users.txt"), "\"postgres\" \"postgres\"\n");
      Files.writeString(directory.resolve("pgbouncer.ini"), configuration(server, settings));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    start();
  }

  private String configuration(int server, String... settings) throws IOException {
    return """
        [databases]
        * = host=127.0.0.1 port=%d
        [pgbouncer]
        listen_addr = 127.0.0.1
        listen_port = %d
        unix_socket_dir =
        auth_type = trust
        auth_file = %s
        pool_mode = transaction
        default_pool_size = 2
        max_client_conn = 200
        %s
        %s
        """
        .formatted(
            server,
            port,
            directory.resolve("users.txt"),
            knowsPreparedStatements() ? "max_prepared_statements = 0" : "",
            String.join("\n", settings));
  }

  /** Since 1.21 it can follow prepared statements; these tests must not rely on that. */
  private boolean knowsPreparedStatements() throws IOException {
    Process asked = new ProcessBuilder(program.toString(), "--version").start();
    String said = new String(asked.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    String minor = said.replaceFirst("(?s)\\D*1\\.(\\d+).*", "$1");
    return Integer.parseInt(minor) >= 21;
  }

  /** Starts it, again after {@link #kill}. */
  public void start() {
    List<String> line = new ArrayList<>(List.of(program.toString()));
    if (System.getProperty("user.name").equals("root")) {
      line.addAll(List.of("-u", "nobody"));
    }
    line.add(directory.resolve("pgbouncer.ini").toString());
    try {
      process =
          new ProcessBuilder(line)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.appendTo(log().toFile()))
              .start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    await().until(this::listens);
  }

  /** Ends it as kill -9 does: no client and no server is told. */
  public void kill() {
    process.destroyForcibly();
    process.onExit().join();
  }

  /** Returns the port on localhost. */
  public int port() {
    return port;
  }

  /** Returns what it has logged. */
  public String logged() {
    try {
      return Files.readString(log());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Path log() {
    return directory.resolve("pgbouncer.log");
  }

  private boolean listens() {
    if (!process.isAlive()) {
      throw new IllegalStateException(logged());
    }
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  private static int freePort() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    kill();
  }
}
