package io.traffical.pipeline.testing;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.awaitility.Awaitility;

/** A Postgres server of its own that can be stopped, and started again on the same port. */
public final class RestartedPostgres implements AutoCloseable {
  private final Path data;
  private EmbeddedPostgres server;

  /** Starts it. */
  public RestartedPostgres() {
    try {
      data = Files.createTempDirectory("traffical-restarted");
      server = builder().start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private EmbeddedPostgres.Builder builder() {
    return EmbeddedPostgres.builder().setDataDirectory(data).setCleanDataDirectory(false);
  }

  /** Creates an empty database. */
  public TestDatabase createDatabase() {
    return TestDatabase.createOn(server.getPort());
  }

  /** Stops it as {@code pg_ctl stop -m fast -W} does: every session is ended, nobody waits. */
  public void stopFast() {
    String pid =
        TestDatabase.on(server.getPort(), "postgres")
            .rows("SELECT split_part(pg_read_file('postmaster.pid'), E'\\n', 1)")
            .get(0);
    Programs.run(data, List.of("kill", "-INT", pid));
  }

  /** Starts it again, as soon as it has stopped. */
  public void start() {
    Awaitility.await("the server to stop")
        .until(() -> !Files.exists(data.resolve("postmaster.pid")));
    try {
      Files.deleteIfExists(data.resolve("epg-lock")); // which this process holds on the old server
      server = builder().setPort(server.getPort()).start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    try {
      server.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
