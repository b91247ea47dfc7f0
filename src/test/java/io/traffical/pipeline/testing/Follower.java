package io.traffical.pipeline.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.traffical.pipeline.window.Micros;
import io.traffical.pipeline.window.RunRequest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** {@code run --follow} in a process of its own, which gets real signals. */
public final class Follower implements AutoCloseable {
  private static final String MAIN = "io.traffical.pipeline.cli.Main";
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  private final Path said;
  private final Path temporary;
  private final Process process;

  /** Starts it on a file of definitions; what it says goes into the directory of that. */
  public Follower(Path file) {
    try {
      Path directory = file.toAbsolutePath().getParent();
      said = Files.createTempFile(directory, "said", ".txt");
      temporary = Files.createTempDirectory(directory, "tmp");
      ProcessBuilder builder =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "--add-opens=java.base/java.util=ALL-UNNAMED",
                  "-XX:TieredStopAtLevel=1",
                  "-Xmx512m",
                  "-Djava.io.tmpdir=" + temporary,
                  "-cp",
                  System.getProperty("java.class.path"),
                  MAIN,
                  "run",
                  "--follow",
                  "-c",
                  file.toString())
              .redirectErrorStream(true)
              .redirectOutput(said.toFile());
      builder.environment().keySet().removeAll(List.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS"));
      process = builder.start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Asserts that what was published bit by bit is what one run publishes, which it does. */
  public static void assertEqualsOneRun(Shop shop) {
    List<String> followed = shop.resultsAndAssignments();
    String seconds =
        shop.database()
            .rows("SELECT extract(epoch FROM max(range_end))::bigint FROM traffical.runs")
            .get(0);
    long to = Micros.of(Instant.ofEpochSecond(Long.parseLong(seconds)));
    shop.database().execute("ALTER SCHEMA traffical RENAME TO traffical_followed");
    assertThat(shop.run(RunRequest.run(to)).status()).isEqualTo("succeeded");
    assertThat(followed).isNotEmpty().isEqualTo(shop.resultsAndAssignments());
  }

  /** Returns the number of the process. */
  public long pid() {
    return process.pid();
  }

  /** Returns what it says; Flink, whose log the program's own start switches off, warns too. */
  public List<String> said() {
    try {
      return Files.readAllLines(said).stream()
          .filter(line -> !line.matches("\\d\\d:\\d\\d:\\d\\d WARN .*"))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Returns what there is in its temporary directory, of files that are not directories. */
  public List<Path> temporaryFiles() {
    try (Stream<Path> all = Files.walk(temporary)) {
      return all.filter(Files::isRegularFile).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Returns the lines that match. */
  public List<String> said(String pattern) {
    return said().stream().filter(line -> line.matches(pattern)).toList();
  }

  /** Waits until so many lines match. */
  public void awaitLine(String pattern, int times) {
    await()
        .atMost(PATIENCE)
        .failFast("it has ended", () -> !process.isAlive())
        .untilAsserted(
            () -> assertThat(said(pattern)).as("%s", said()).hasSizeGreaterThanOrEqualTo(times));
    assertIsUp();
  }

  /** Asserts that it has not ended. */
  public void assertIsUp() {
    assertThat(process.isAlive()).as("%s", said()).isTrue();
  }

  /** Returns whether it has not ended. */
  public boolean isUp() {
    return process.isAlive();
  }

  /** Sends SIGTERM, and returns how long the process takes to end. */
  public Duration terminate() {
    long begun = System.nanoTime();
    process.destroy();
    waitFor();
    return Duration.ofNanos(System.nanoTime() - begun);
  }

  /** Ends it as {@code kill -9} does. */
  public void kill() {
    process.destroyForcibly();
    waitFor();
  }

  /** Waits for its end and returns the exit code. */
  public int waitFor() {
    try {
      assertThat(process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
      return process.exitValue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
