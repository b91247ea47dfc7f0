package io.traffical.pipeline.testing;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;

/**
 * A Postgres server of another major version than the one that all tests share. Its programs come
 * from {@code target/postgres-binaries}: those of all versions have one name within their jars, so
 * no two jars can be on the class path.
 */
public final class OtherPostgres implements AutoCloseable {
  private static final Path JARS = Path.of("target", "postgres-binaries");

  private final EmbeddedPostgres server;

  private OtherPostgres(EmbeddedPostgres server) {
    this.server = server;
  }

  /** Starts the server; a test whose version is not at hand is skipped, loudly. */
  public static OtherPostgres start(int version) {
    List<Path> jars = jars(version);
    if (jars.isEmpty()) {
      System.err.println(
          "SKIPPED: there is no Postgres %d in %s; to test with it, run mvn verify on Linux, without -o"
              .formatted(version, JARS));
    }
    assumeTrue(!jars.isEmpty(), "Postgres " + version + " is not there");
    try {
      return new OtherPostgres(
          EmbeddedPostgres.builder()
              .setPgBinaryResolver((system, machine) -> programs(jars.get(0)))
              .setServerConfig("fsync", "off")
              .start());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<Path> jars(int version) {
    if (!Files.isDirectory(JARS)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(JARS)) {
      return files
          .filter(file -> file.getFileName().toString().contains("-" + version + "."))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static InputStream programs(Path jar) throws IOException {
    try (JarFile files = new JarFile(jar.toFile())) {
      ZipEntry packed =
          files.stream().filter(file -> file.getName().endsWith(".txz")).findFirst().orElseThrow();
      return new ByteArrayInputStream(files.getInputStream(packed).readAllBytes());
    }
  }

  /** Creates an empty database on it. */
  public TestDatabase createDatabase() {
    return TestDatabase.createOn(server.getPort());
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
