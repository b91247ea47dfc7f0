package io.traffical.pipeline.bench;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The job jar on a real cluster whose TaskManagers have 1.5 GiB in all: 5 million units with up to
 * 20 million facts, and skewed ones. {@code mvn -Pbench verify -Dit.test=ClusterScaleBench} runs it
 * (some 20 minutes); {@code -Dbench.size=quick} takes a tenth of the rows.
 */
class ClusterScaleBench {
  @TempDir private Path directory;

  @Test
  void twoSmallTaskManagersDoWhateverTheNumberOfRows() throws Exception {
    long units = System.getProperty("bench.size", "full").equals("quick") ? 500_000 : 5_000_000;
    new ClusterScale(directory, units).run();
  }
}
