package io.traffical.pipeline.demo;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;

/** The one directory that all files of a demo are in; only its owner may look inside. */
final class DemoDirectory {
  private DemoDirectory() {}

  static Path create() {
    try {
      return Files.createTempDirectory("traffical-demo-").toRealPath();
    } catch (IOException e) {
      throw new DemoFailure(
          "no temporary directory can be made in "
              + System.getProperty("java.io.tmpdir")
              + " ("
              + e.getMessage()
              + "); make room there, or set TMPDIR to another place",
          e);
    }
  }

  /** Removes the directory with everything in it. */
  static void remove(Path directory) throws IOException {
    if (!Files.exists(directory)) {
      return;
    }
    Files.walkFileTree(
        directory,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.deleteIfExists(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path visited, IOException e)
              throws IOException {
            Files.deleteIfExists(visited);
            return FileVisitResult.CONTINUE;
          }
        });
  }
}
