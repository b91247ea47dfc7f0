package io.traffical.pipeline.testing;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Programs of the machine that tests run. */
public final class Programs {
  private Programs() {}

  /** Runs a program to its end, which must be a good one. */
  public static void run(Path directory, List<String> line) {
    try {
      Process process =
          new ProcessBuilder(line).directory(directory.toFile()).redirectErrorStream(true).start();
      process.getOutputStream().close();
      String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (process.waitFor() != 0) {
        throw new IllegalStateException(line + ": " + said);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** Runs a program to its end, and returns whether it was a good one. */
  static boolean succeeds(List<String> line) {
    try {
      run(Path.of("."), line);
      return true;
    } catch (UncheckedIOException | IllegalStateException e) {
      return false;
    }
  }

  /** Returns where a program is; a test that needs one that is missing is skipped, loudly. */
  public static Path needed(String program) {
    Optional<Path> found =
        Stream.concat(
                Stream.of(System.getenv("PATH").split(File.pathSeparator, -1)),
                Stream.of("/usr/sbin", "/usr/local/sbin"))
            .map(directory -> Path.of(directory, program))
            .filter(Files::isExecutable)
            .findFirst();
    if (found.isEmpty()) {
      System.err.println(
          "SKIPPED: there is no " + program + " on this machine; install it to test");
    }
    assumeTrue(found.isPresent(), program + " is not installed");
    return found.orElseThrow();
  }
}
