package io.traffical.pipeline.testing;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.awaitility.Awaitility;

/**
 * A primary and a hot standby that streams from it, each a Postgres server of its own. The standby
 * is a cold copy of the primary's data directory.
 */
public final class Standby implements AutoCloseable {
  private static final String CURRENT = "SELECT pg_current_wal_lsn()";

  private final Path directory;
  private EmbeddedPostgres primary;
  private EmbeddedPostgres standby;

  private Standby(Path directory) {
    this.directory = directory;
  }

  /** Starts both, with settings of the standby's own. */
  public static Standby start(Map<String, String> settings) {
    try {
      Standby pair = new Standby(Files.createTempDirectory("traffical-standby"));
      try {
        pair.startServers(settings);
        return pair;
      } catch (IOException | RuntimeException e) {
        pair.close();
        throw e;
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void startServers(Map<String, String> settings) throws IOException {
    Path original = directory.resolve("primary");
    Path copy = directory.resolve("standby");
    server(original, Map.of()).close();
    copy(original, copy);
    primary = server(original, Map.of("wal_keep_size", "256MB"));
    Files.writeString(copy.resolve("standby.signal"), "");
    Files.writeString(
        copy.resolve("postgresql.auto.conf"),
        "primary_conninfo = '" + primaryConnection() + "'\n",
        StandardOpenOption.APPEND);
    standby = server(copy, settings);
    Awaitility.await("the standby to stream").until(this::isStreaming);
  }

  private static EmbeddedPostgres server(Path data, Map<String, String> settings)
      throws IOException {
    EmbeddedPostgres.Builder builder =
        EmbeddedPostgres.builder()
            .setDataDirectory(data)
            .setCleanDataDirectory(false)
            .setServerConfig("synchronous_commit", "on") // or positions are behind commits
            .setServerConfig("wal_receiver_status_interval", "1s")
            .setServerConfig("wal_retrieve_retry_interval", "100ms");
    settings.forEach(builder::setServerConfig);
    return builder.start();
  }

  private static void copy(Path from, Path to) throws IOException {
    Files.walkFileTree(
        from,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path dir, BasicFileAttributes attributes)
              throws IOException {
            Path made = Files.createDirectories(to.resolve(from.relativize(dir)));
            Files.setPosixFilePermissions(made, Files.getPosixFilePermissions(dir));
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.copy(file, to.resolve(from.relativize(file)), StandardCopyOption.COPY_ATTRIBUTES);
            return FileVisitResult.CONTINUE;
          }
        });
  }

  private boolean isStreaming() {
    return onStandby("SELECT count(*) FROM pg_stat_wal_receiver WHERE status = 'streaming'")
        .equals(List.of("1"));
  }

  /** Creates an empty database on the primary, which the standby gets too. */
  public TestDatabase createDatabase() {
    TestDatabase database = TestDatabase.createOn(primary.getPort());
    catchUp();
    return database;
  }

  /** Returns the standby's port on localhost. */
  public int port() {
    return standby.getPort();
  }

  /** Stops replaying: what the primary commits is received and not seen. */
  public void pause() {
    onStandby("SELECT pg_wal_replay_pause()");
    Awaitility.await("the replay to pause")
        .until(() -> onStandby("SELECT pg_get_wal_replay_pause_state()").equals(List.of("paused")));
  }

  /** Goes on replaying, and returns when what was committed before can be seen. */
  public void resume() {
    onStandby("SELECT pg_wal_replay_resume()");
    catchUp();
  }

  /** Returns when the standby has received, though not replayed, what was committed before. */
  public void receive() {
    String position = TestDatabase.on(primary.getPort(), "postgres").rows(CURRENT).get(0);
    Awaitility.await("the standby to receive " + position)
        .until(
            () ->
                onStandby("SELECT pg_last_wal_receive_lsn() >= '" + position + "'")
                    .equals(List.of("t")));
  }

  /** Returns when what was committed before can be seen on the standby. */
  public void catchUp() {
    String position = TestDatabase.on(primary.getPort(), "postgres").rows(CURRENT).get(0);
    Awaitility.await("the standby to replay " + position)
        .atMost(Duration.ofMinutes(1))
        .until(
            () ->
                onStandby("SELECT pg_last_wal_replay_lsn() >= '" + position + "'")
                    .equals(List.of("t")));
  }

  /** Returns the rows of a query that the standby answers. */
  public List<String> onStandby(String sql) {
    return TestDatabase.on(standby.getPort(), "postgres").rows(sql);
  }

  /** Lets the standby receive nothing from now on; it goes on answering. */
  public void cutOff() {
    onStandbyAlone("ALTER SYSTEM SET primary_conninfo = ''");
    Awaitility.await("the standby to stop receiving").until(() -> !isStreaming());
  }

  /** Lets the standby receive again, and returns when it has caught up. */
  public void reconnect() {
    onStandbyAlone("ALTER SYSTEM SET primary_conninfo = '" + primaryConnection() + "'");
    Awaitility.await("the standby to stream").until(this::isStreaming);
    catchUp();
  }

  private void onStandbyAlone(String setting) {
    TestDatabase.on(standby.getPort(), "postgres").execute(setting);
    onStandby("SELECT pg_reload_conf()");
  }

  private String primaryConnection() {
    return "host=localhost port=%d user=postgres sslmode=disable".formatted(primary.getPort());
  }

  @Override
  public void close() {
    try {
      for (EmbeddedPostgres server : new EmbeddedPostgres[] {standby, primary}) {
        if (server != null) {
          server.close();
        }
      }
      try (Stream<Path> files = Files.walk(directory)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.deleteIfExists(file);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
