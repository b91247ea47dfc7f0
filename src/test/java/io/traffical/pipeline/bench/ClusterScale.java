package io.traffical.pipeline.bench;

import io.traffical.pipeline.testing.FlinkCluster;
import io.traffical.pipeline.testing.FlinkProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * First backfills on real clusters, a new one for each, so that the most that was resident is that
 * of one run. Each one must succeed, agree with SQL, lose no TaskManager, and stay within the
 * memory that Flink was told the TaskManagers have.
 */
final class ClusterScale {
  private static final int PROCESS_MEBIBYTES = 768;

  /** What flink-conf advises for TaskManagers of that size. */
  private static final Map<String, String> SETTINGS =
      Map.of(
          "taskmanager.memory.process.size",
          PROCESS_MEBIBYTES + "m",
          "taskmanager.memory.jvm-metaspace.size",
          "128m");

  private static final Path TABLE = Path.of("target", "scale-table.md");
  private static final Duration LONGEST = Duration.ofMinutes(30);

  private final Path directory;
  private final long units;
  private final List<String> lines = new ArrayList<>();

  ClusterScale(Path directory, long units) {
    this.directory = directory;
    this.units = units;
  }

  /**
   * Runs all cases, and leaves their table in target/scale-table.md.
   *
   * @throws AssertionError if a run fails, its results are not those of SQL, or its memory is more
   *     than it may be
   */
  void run() throws Exception {
    lines.add("| case | facts | seconds | peak RSS of the TaskManagers, MiB |");
    lines.add("| --- | ---: | ---: | --- |");
    try (Warehouse warehouse = new Warehouse(4 * units, units)) {
      Progress.say(Machine.describe(warehouse.database()));
      ScaleData data = new ScaleData(warehouse);
      measure("even", data.quarters(4));
      measure("skewed", data.skewed());
      measure("even", data.quarters(1));
      measure("even", data.quarters(2));
      Files.createDirectories(TABLE.getParent());
      Files.writeString(TABLE, String.join("\n", lines) + "\n");
    }
  }

  private void measure(String name, Dataset data) throws Exception {
    data.reset();
    Path own = directory.resolve(data.facts());
    long facts =
        Long.parseLong(data.database().rows("SELECT count(*) FROM " + data.facts()).get(0));
    try (FlinkCluster cluster = FlinkCluster.asConfigured(own, SETTINGS)) {
      long begin = System.nanoTime();
      FlinkProcess client =
          cluster.submit(List.of(), "run", "-c", file(own, data), "--to", Dataset.END.toString());
      int code = client.waitFor(LONGEST);
      double seconds = (System.nanoTime() - begin) / 1e9;
      List<FlinkProcess> taskManagers = List.copyOf(cluster.taskManagers().values());
      List<Long> peaks =
          taskManagers.stream().map(each -> Machine.peakKibibytes(each.pid()) >> 10).toList();
      String line =
          String.format(Locale.ROOT, "| %s | %,d | %.0f | %s |", name, facts, seconds, peaks);
      lines.add(line);
      Progress.say(line);
      if (code != 0) {
        throw new AssertionError(
            end(client) + "\n" + taskManagers.stream().map(ClusterScale::end).toList());
      }
      for (int i = 0; i < taskManagers.size(); i++) {
        if (!taskManagers.get(i).isAlive() || peaks.get(i) > PROCESS_MEBIBYTES) {
          throw new AssertionError(peaks + " MiB: " + end(taskManagers.get(i)));
        }
      }
    }
    Estimate.assertEqual(ProgramRuns.results(data), PushDown.perPolicy(data));
    data.reset();
  }

  private static String file(Path directory, Dataset data) throws IOException {
    String yaml = data.yaml().replace("parallelism: 2", "parallelism: 4");
    return Files.writeString(directory.resolve("traffical.yaml"), yaml).toString();
  }

  private static String end(FlinkProcess process) {
    String said = process.said();
    return said.substring(Math.max(0, said.length() - 4000));
  }
}
