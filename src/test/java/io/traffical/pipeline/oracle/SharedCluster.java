package io.traffical.pipeline.oracle;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.runtime.client.JobStatusMessage;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.minicluster.MiniClusterConfiguration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.test.util.MiniClusterPipelineExecutorServiceLoader;

/**
 * One embedded cluster for many runs, as a cluster is to the program: jobs are submitted to it with
 * the program's own configuration, which Flink's TestStreamEnvironment would partly draw at random.
 */
public final class SharedCluster implements AutoCloseable {
  private final MiniCluster cluster;
  private final List<CompletableFuture<Void>> ending = new ArrayList<>();
  private int taskManager;

  private SharedCluster(MiniCluster cluster) {
    this.cluster = cluster;
  }

  /** Starts a cluster with so many slots and makes it the one that jobs go to. */
  public static SharedCluster start(int slots) throws Exception {
    return start(slots, new Configuration());
  }

  /** Starts a cluster with settings of its own. */
  public static SharedCluster start(int slots, Configuration configuration) throws Exception {
    configuration.set(TaskManagerOptions.MANAGED_MEMORY_SIZE, MemorySize.ofMebiBytes(256));
    configuration.set(RestOptions.BIND_PORT, "0");
    MiniCluster cluster =
        new MiniCluster(
            new MiniClusterConfiguration.Builder()
                .setConfiguration(configuration)
                .setNumTaskManagers(1)
                .setNumSlotsPerTaskManager(slots)
                .build());
    cluster.start();
    Environment.submitTo(cluster);
    return new SharedCluster(cluster);
  }

  /** Tells the task manager to end, and starts another one. */
  public synchronized void replaceTaskManager() {
    try {
      CompletableFuture<Void> ended = cluster.terminateTaskManager(taskManager++);
      cluster.startTaskManager();
      ending.add(ended);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  /** Cancels all jobs that run, and waits until they have ended. */
  public void cancelJobs() {
    try {
      for (JobStatusMessage job : cluster.listJobs().get()) {
        if (!job.getJobState().isGloballyTerminalState()) {
          cluster.cancelJob(job.getJobId()).get();
        }
      }
    } catch (InterruptedException | ExecutionException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() throws Exception {
    Environment.submitElsewhere();
    cluster.close();
    CompletableFuture.allOf(ending.toArray(CompletableFuture[]::new)).get();
  }

  private static final class Environment extends StreamExecutionEnvironment {
    Environment(MiniCluster cluster, Configuration configuration) {
      super(
          new MiniClusterPipelineExecutorServiceLoader(cluster),
          MiniClusterPipelineExecutorServiceLoader.updateConfigurationForMiniCluster(
              configuration, List.of(), List.of()),
          null);
    }

    static void submitTo(MiniCluster cluster) {
      initializeContextEnvironment(configuration -> new Environment(cluster, configuration));
    }

    static void submitElsewhere() {
      resetContextEnvironment();
    }
  }
}
