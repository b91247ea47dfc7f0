package io.traffical.pipeline.bench;

import io.traffical.pipeline.testing.TestDatabase;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.apache.flink.runtime.util.EnvironmentInformation;

/** What a benchmark ran on, and what a process took of it. */
final class Machine {
  private Machine() {}

  static String describe(TestDatabase database) {
    var system =
        ManagementFactory.getPlatformMXBean(com.sun.management.OperatingSystemMXBean.class);
    return "%d cores, %d GiB memory, heap %d MiB; Java %s, Flink %s, Postgres %s (%s)"
        .formatted(
            Runtime.getRuntime().availableProcessors(),
            Math.round(system.getTotalMemorySize() / (double) (1L << 30)),
            Runtime.getRuntime().maxMemory() >> 20,
            Runtime.version(),
            EnvironmentInformation.getVersion(),
            database.rows("SHOW server_version").get(0),
            String.join(
                ", ",
                database.rows(
                    """
                    SELECT name || ' ' || current_setting(name) FROM pg_settings
                    WHERE name IN ('fsync', 'jit', 'shared_buffers', 'max_wal_size') ORDER BY 1
                    """)));
  }

  /** Returns the kernel's high-water mark of the process's resident memory, or 0. */
  static long peakKibibytes(long pid) {
    try (Stream<String> lines = Files.lines(Path.of("/proc", String.valueOf(pid), "status"))) {
      return lines
          .filter(line -> line.startsWith("VmHWM:"))
          .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
          .findFirst()
          .orElse(0);
    } catch (IOException e) {
      return 0; // not Linux, or the process has just ended
    }
  }
}
