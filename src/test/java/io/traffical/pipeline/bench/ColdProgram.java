package io.traffical.pipeline.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Cases start and g: the program in a process of its own, with the flags of bin/traffical. */
final class ColdProgram {
  private static final long LONGEST_SECONDS = 300;
  private static final int SAMPLE_MILLIS = 50;

  private ColdProgram() {}

  /**
   * How a process ended.
   *
   * @param seconds from its start to its end
   * @param peakKibibytes the most memory that was resident; 0 where /proc does not tell
   */
  record Ended(boolean isOk, double seconds, long peakKibibytes) {}

  /** Runs the program up to the end of the data, with the given heap such as {@code 1g}. */
  static Ended run(Dataset data, String heap) throws IOException, InterruptedException {
    Path file = Files.createTempFile("bench", ".yaml");
    try {
      Files.writeString(file, data.yaml());
      return run(
          List.of(
              Path.of(System.getProperty("java.home"), "bin", "java").toString(),
              "-Xmx" + heap,
              "-XX:+UseParallelGC",
              "-Xshare:auto",
              "--add-opens=java.base/java.util=ALL-UNNAMED",
              "--add-opens=java.base/java.lang=ALL-UNNAMED",
              "--add-opens=java.base/java.time=ALL-UNNAMED",
              "-Dlog4j2.configurationFile=" + Path.of("flink-conf", "log4j2-cli.properties"),
              "-cp",
              System.getProperty("java.class.path"),
              "io.traffical.pipeline.cli.Main",
              "run",
              "-c",
              file.toString(),
              "--to",
              Dataset.END.toString()));
    } finally {
      Files.delete(file);
    }
  }

  private static Ended run(List<String> command) throws IOException, InterruptedException {
    Path log = Files.createTempFile("bench", ".log");
    long begin = System.nanoTime();
    Process process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
    long peak = 0;
    while (!process.waitFor(SAMPLE_MILLIS, TimeUnit.MILLISECONDS)) {
      peak = Math.max(peak, Machine.peakKibibytes(process.pid()));
      if (seconds(begin) > LONGEST_SECONDS) {
        process.destroyForcibly().waitFor();
      }
    }
    double seconds = seconds(begin);
    if (process.exitValue() != 0) {
      Progress.say("exit code " + process.exitValue() + ": " + end(Files.readString(log)));
    }
    Files.delete(log);
    return new Ended(process.exitValue() == 0, seconds, peak);
  }

  private static String end(String log) {
    return log.substring(Math.max(0, log.length() - 600));
  }

  private static double seconds(long begin) {
    return (System.nanoTime() - begin) / 1e9;
  }
}
