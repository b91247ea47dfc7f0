package io.traffical.pipeline.testing;

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
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * One embedded cluster for many runs, as a cluster is to the program: jobs are submitted to it with
 * the program's own configuration, which Flink's TestStreamEnvironment would partly draw at random.
 * A run that starts a cluster of its own takes some seconds for that.
 */
public final class SharedCluster implements AutoCloseable {
  private static SharedCluster ofAll;
  private static boolean isUsed;

  private final MiniCluster cluster;
  private final List<CompletableFuture<Void>> ending = new ArrayList<>();
  private int taskManager;

  private SharedCluster(MiniCluster cluster) {
    this.cluster = cluster;
  }

  /**
   * Lets the jobs of a class go to a cluster that all such classes of the JVM share:
   * {@code @ExtendWith(SharedCluster.ForJobs.class)}.
   */
  public static final class ForJobs implements BeforeAllCallback, AfterAllCallback {
    @Override
    public void beforeAll(ExtensionContext context) {
      ofAll().use();
    }

    @Override
    public void afterAll(ExtensionContext context) {
      submitElsewhere();
    }
  }

  /** Starts a cluster with so many slots and settings, and makes it the one that jobs go to. */
  public static SharedCluster start(int slots, Configuration configuration) {
    SharedCluster started = started(slots, configuration);
    started.use();
    return started;
  }

  private static SharedCluster started(int slots, Configuration configuration) {
    configuration.set(TaskManagerOptions.MANAGED_MEMORY_SIZE, MemorySize.ofMebiBytes(256));
    configuration.set(RestOptions.BIND_PORT, "0");
    MiniCluster cluster =
        new MiniCluster(
            new MiniClusterConfiguration.Builder()
                .setConfiguration(configuration)
                .setNumTaskManagers(1)
                .setNumSlotsPerTaskManager(slots)
                .build());
    try {
      cluster.start();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
    return new SharedCluster(cluster);
  }

  /** Returns the JVM's own, which ends with it. */
  private static synchronized SharedCluster ofAll() {
    if (ofAll == null) {
      ofAll = started(16, new Configuration());
    }
    return ofAll;
  }

  /** Does something whose jobs need no cluster of their own. */
  static void within(Runnable something) {
    if (isUsed) {
      something.run();
      return;
    }
    ofAll().use();
    try {
      something.run();
    } finally {
      submitElsewhere();
    }
  }

  private void use() {
    Environment.submitTo(cluster);
    isUsed = true;
  }

  private static void submitElsewhere() {
    Environment.submitElsewhere();
    isUsed = false;
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
  public void close() {
    submitElsewhere();
    cluster.closeAsync().join();
    CompletableFuture.allOf(ending.toArray(CompletableFuture[]::new)).join();
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
