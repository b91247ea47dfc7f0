package io.traffical.pipeline.testing;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A Postgres server that a test does not share, so that it can be broken. */
public final class OwnPostgres implements AutoCloseable {
  private static final String TABLESPACE = "small";

  private final EmbeddedPostgres server;

  /** Starts it. */
  public OwnPostgres() {
    try {
      // A commit that was answered must survive the end of a process, though not that of the
      // machine.
      server =
          EmbeddedPostgres.builder()
              .setServerConfig("fsync", "off")
              .setServerConfig("synchronous_commit", "on")
              .start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Creates an empty database on it. */
  public TestDatabase createDatabase() {
    return TestDatabase.createOn(server.getPort());
  }

  /**
   * Ends one of its processes as kill -9 does. The server then ends all others, empties unlogged
   * tables and recovers, as after any crash.
   */
  public void kill(long pid) {
    if (!ProcessHandle.of(pid).map(ProcessHandle::destroyForcibly).orElse(false)) {
      throw new IllegalStateException("there is no process " + pid);
    }
  }

  /** A tablespace that is soon full. */
  public final class SmallDisk implements AutoCloseable {
    private final Path directory;

    private SmallDisk(int megabytes) {
      try {
        directory = Files.createTempDirectory("small");
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      boolean isMounted =
          Programs.succeeds(
              List.of(
                  "mount",
                  "-t",
                  "tmpfs",
                  "-o",
                  "size=" + megabytes + "m",
                  "tmpfs",
                  "" + directory));
      if (!isMounted) {
        System.err.println(
            "SKIPPED: only root can mount a small disk; run as root to test a full one");
      }
      assumeTrue(isMounted, "a small disk can be mounted");
      admin().execute("CREATE TABLESPACE " + TABLESPACE + " LOCATION '" + directory + "'");
    }

    /** Lets new tables of a database be on it. */
    public void use(TestDatabase database) {
      database.execute(
          "ALTER DATABASE " + database.name() + " SET default_tablespace = " + TABLESPACE);
    }

    /** Returns its free space to the system; what used it must be gone. */
    @Override
    public void close() {
      admin().execute("DROP TABLESPACE " + TABLESPACE);
      Programs.run(directory, List.of("umount", "-l", "" + directory));
    }
  }

  /** Mounts a tablespace of so many megabytes; a test that may not is skipped, loudly. */
  public SmallDisk smallDisk(int megabytes) {
    return new SmallDisk(megabytes);
  }

  private TestDatabase admin() {
    return TestDatabase.on(server.getPort(), "postgres");
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
