package io.traffical.pipeline.bench;

import io.traffical.pipeline.testing.TestDatabase;
import java.lang.management.ManagementFactory;
import org.apache.flink.runtime.util.EnvironmentInformation;

/** What a benchmark ran on. */
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
}
