package io.traffical.pipeline.run;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import org.apache.flink.client.deployment.executors.LocalExecutor;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.DeploymentOptions;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.rpc.RpcSystem;
import org.apache.flink.streaming.api.graph.StreamGraph;
import org.apache.flink.util.Reference;

/**
 * A cluster in this process, for one job. What its parts talk through is loaded once per process,
 * not once per cluster as Flink does: that takes longer than many of the runs of {@code --follow}.
 */
final class EmbeddedCluster {
  private static RpcSystem rpc;

  private EmbeddedCluster() {}

  /**
   * Starts a cluster with the job; it ends with it.
   *
   * @throws Exception if it cannot be started
   */
  static JobClient execute(StreamGraph job, Configuration configuration) throws Exception {
    Configuration embedded = new Configuration(configuration);
    embedded.set(DeploymentOptions.TARGET, LocalExecutor.NAME);
    embedded.set(DeploymentOptions.ATTACHED, true);
    RpcSystem shared = rpc();
    return LocalExecutor.createWithFactory(
            embedded, cluster -> new MiniCluster(cluster, () -> Reference.borrowed(shared)))
        .execute(job, embedded, EmbeddedCluster.class.getClassLoader())
        .get();
  }

  /** Flink unpacks a jar, and deletes it when the system is closed, which this one never is. */
  private static synchronized RpcSystem rpc() throws IOException {
    if (rpc == null) {
      File directory = Files.createTempDirectory("traffical-").toFile();
      directory.deleteOnExit();
      Configuration configuration = new Configuration();
      configuration.set(CoreOptions.TMP_DIRS, directory.toString());
      rpc = RpcSystem.load(configuration);
      File[] unpacked = directory.listFiles();
      for (File file : unpacked == null ? new File[0] : unpacked) {
        file.deleteOnExit();
      }
    }
    return rpc;
  }
}
