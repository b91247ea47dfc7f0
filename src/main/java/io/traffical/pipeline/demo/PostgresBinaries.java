package io.traffical.pipeline.demo;

import io.zonky.test.db.postgres.embedded.DefaultPostgresBinaryResolver;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Locale;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.tukaani.xz.XZInputStream;

/** The Postgres programs that come beside the jar, for the machine that this runs on. */
final class PostgresBinaries {
  private static final int EXECUTABLE = 0100;

  private PostgresBinaries() {}

  /** Unpacks the programs (about 60 MB) into the directory. */
  static void unpack(Path directory) {
    String system = System.getProperty("os.name").split(" ", 2)[0].replace("Mac", "Darwin");
    String machine = System.getProperty("os.arch").toLowerCase(Locale.ROOT);
    machine = machine.equals("amd64") ? "x86_64" : machine;
    try (InputStream packed = open(system, machine);
        TarArchiveInputStream files =
            new TarArchiveInputStream(new XZInputStream(new BufferedInputStream(packed)))) {
      for (TarArchiveEntry file = files.getNextEntry(); file != null; file = files.getNextEntry()) {
        unpack(file, files, directory);
      }
    } catch (IOException e) {
      throw new DemoFailure(
          "Postgres cannot be unpacked into "
              + directory
              + " ("
              + e.getMessage()
              + "); it takes about 60 MB, and the demo 300 MB; make room, or set TMPDIR to another"
              + " place",
          e);
    }
  }

  private static InputStream open(String system, String machine) {
    try {
      InputStream packed = DefaultPostgresBinaryResolver.INSTANCE.getPgBinary(system, machine);
      if (packed != null) {
        return packed;
      }
    } catch (IOException | RuntimeException | LinkageError e) {
      throw unsupported(system, machine, e);
    }
    throw unsupported(system, machine, null);
  }

  private static DemoFailure unsupported(String system, String machine, Throwable cause) {
    return new DemoFailure(
        "no Postgres for "
            + system
            + " on "
            + machine
            + " comes with the demo (it has Linux and macOS, each for x86_64 and aarch64); use"
            + " a database of your own with init and run",
        cause);
  }

  private static void unpack(TarArchiveEntry file, InputStream content, Path directory)
      throws IOException {
    Path target = directory.resolve(file.getName()).normalize();
    if (!target.startsWith(directory)) {
      throw new IOException("not a file of Postgres: " + file.getName());
    }
    if (file.isDirectory()) {
      Files.createDirectories(target);
      return;
    }
    Files.createDirectories(target.getParent());
    if (file.isSymbolicLink()) {
      Files.createSymbolicLink(target, Path.of(file.getLinkName()));
      return;
    }
    Files.copy(content, target);
    if ((file.getMode() & EXECUTABLE) != 0) {
      Files.setPosixFilePermissions(target, PosixFilePermissions.fromString("rwx------"));
    }
  }
}
