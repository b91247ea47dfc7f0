package io.traffical.pipeline.testing;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ConfigurationUtils;
import org.apache.flink.configuration.GlobalConfiguration;
import org.apache.flink.runtime.clusterframework.TaskExecutorProcessSpec;
import org.apache.flink.runtime.clusterframework.TaskExecutorProcessUtils;
import org.apache.flink.runtime.util.config.memory.ProcessMemoryUtils;

/**
 * A real cluster on this machine: a JobManager and TaskManagers, each a process of its own, with
 * two slots per TaskManager and heartbeats of 2 s that may be 10 s late. The job jar comes from the
 * build, as it is.
 */
public final class FlinkCluster implements AutoCloseable {
  /** The job jar. */
  public static final Path JAR = Path.of("target", "traffical.jar");

  private static final String MAIN = "io.traffical.pipeline.cli.Main";
  private static final int SLOTS = 2;
  private static final List<String> OF_THE_MACHINE =
      List.of(
          "jobmanager.rpc.address",
          "jobmanager.rpc.port",
          "rest.address",
          "rest.port",
          "taskmanager.host",
          "io.tmp.dirs");

  private final Path conf;
  private final FlinkRest rest;
  private final Map<String, FlinkProcess> taskManagers = new TreeMap<>();
  private final List<FlinkProcess> clients = new ArrayList<>();
  private List<String> taskManagerOptions =
      List.of("-Xmx320m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1");
  private final List<String> taskManagerSettings = new ArrayList<>();
  private FlinkProcess jobManager;
  private int number;

  private FlinkCluster(Path directory) {
    int port = freePort();
    this.rest = new FlinkRest(port);
    try {
      this.conf = Files.createDirectories(directory.resolve("conf")).toAbsolutePath();
      Path tmp = Files.createDirectories(directory.resolve("tmp")).toAbsolutePath();
      Files.writeString(conf.resolve("config.yaml"), settings(port, freePort(), tmp));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private FlinkCluster(Path directory, Map<String, String> settings) {
    this(directory);
    Configuration own = GlobalConfiguration.loadConfiguration(conf.toString());
    Configuration all = GlobalConfiguration.loadConfiguration("flink-conf");
    settings.forEach(all::setString);
    for (String key : OF_THE_MACHINE) {
      all.setString(key, own.toMap().get(key));
    }
    // What Flink's scripts do before they start a TaskManager.
    TaskExecutorProcessSpec memory = TaskExecutorProcessUtils.processSpecFromConfig(all);
    taskManagerOptions =
        List.of(ProcessMemoryUtils.generateJvmParametersStr(memory).split(" ", -1));
    taskManagerSettings.addAll(
        List.of(
            TaskExecutorProcessUtils.generateDynamicConfigsStr(memory).strip().split(" +", -1)));
    try {
      Files.write(
          conf.resolve("config.yaml"), ConfigurationUtils.convertConfigToWritableLines(all, true));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Starts a session cluster with two TaskManagers. */
  public static FlinkCluster session(Path directory) {
    return started(new FlinkCluster(directory));
  }

  /**
   * Starts a session cluster with the settings of {@code flink-conf}, and two TaskManagers that are
   * started as Flink's scripts would, so that their memory is what the settings say.
   *
   * @param settings what is set otherwise
   */
  public static FlinkCluster asConfigured(Path directory, Map<String, String> settings) {
    return started(new FlinkCluster(directory, settings));
  }

  private static FlinkCluster started(FlinkCluster cluster) {
    try {
      cluster.restore();
      return cluster;
    } catch (RuntimeException e) {
      cluster.close();
      throw e;
    }
  }

  /** Starts a cluster for one run, with one TaskManager, which runs the jar in its JobManager. */
  public static FlinkCluster application(Path directory, String... arguments) {
    FlinkCluster cluster = new FlinkCluster(directory);
    List<String> line = new ArrayList<>(List.of("--configDir", cluster.conf.toString()));
    line.addAll(List.of("--jars", JAR.toAbsolutePath().toString(), "--job-classname", MAIN));
    line.addAll(List.of(arguments));
    cluster.jobManager =
        cluster.start(
            "org.apache.flink.container.entrypoint.StandaloneApplicationClusterEntryPoint",
            320,
            line);
    cluster.startTaskManager();
    return cluster;
  }

  private static String settings(int restPort, int rpcPort, Path tmp) {
    return """
    jobmanager.rpc.address: localhost
    jobmanager.rpc.port: %d
    rest.address: localhost
    rest.port: %d
    rest.retry.max-attempts: 2
    rest.retry.delay: 500 ms
    taskmanager.host: localhost
    taskmanager.numberOfTaskSlots: %d
    taskmanager.cpu.cores: 1.0
    taskmanager.memory.framework.heap.size: 64m
    taskmanager.memory.framework.off-heap.size: 64m
    taskmanager.memory.task.heap.size: 192m
    taskmanager.memory.task.off-heap.size: 16m
    taskmanager.memory.managed.size: 0m
    taskmanager.memory.network.min: 32m
    taskmanager.memory.network.max: 32m
    taskmanager.network.sort-shuffle.min-buffers: 16
    taskmanager.memory.jvm-metaspace.size: 128m
    taskmanager.memory.jvm-overhead.min: 64m
    taskmanager.memory.jvm-overhead.max: 64m
    heartbeat.interval: 2 s
    heartbeat.timeout: 10 s
    io.tmp.dirs: %s
    # Where application mode copies the jar to, unless one of that name is there.
    user.artifacts.base-dir: %s
    """
        .formatted(rpcPort, restPort, SLOTS, tmp, tmp);
  }

  private static int freePort() {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private FlinkProcess start(String mainClass, int megabytes, List<String> arguments) {
    return FlinkProcess.start(conf, mainClass, megabytes, arguments);
  }

  /** Starts whatever was killed, and waits until all slots are free. */
  public void restore() {
    restoreJobManager();
    taskManagers.values().removeIf(process -> !process.isAlive());
    while (taskManagers.size() < 2) {
      startTaskManager();
    }
    await()
        .atMost(Duration.ofMinutes(3))
        .until(
            () -> {
              requireAlive(jobManager);
              taskManagers.values().forEach(FlinkCluster::requireAlive);
              return rest.freeSlots() == SLOTS * taskManagers.size();
            });
  }

  /** Starts the JobManager if it was killed, and waits for nothing. */
  public void restoreJobManager() {
    if (jobManager == null || !jobManager.isAlive()) {
      jobManager =
          start(
              "org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint",
              320,
              List.of("--configDir", conf.toString()));
    }
  }

  private static void requireAlive(FlinkProcess process) {
    if (!process.isAlive()) {
      throw new IllegalStateException("ended: " + process.said());
    }
  }

  private void startTaskManager() {
    String id = "tm-" + ++number;
    List<String> line = new ArrayList<>(List.of("--configDir", conf.toString()));
    line.add("-Dtaskmanager.resource-id=" + id);
    line.addAll(taskManagerSettings);
    taskManagers.put(
        id,
        FlinkProcess.start(
            conf,
            "org.apache.flink.runtime.taskexecutor.TaskManagerRunner",
            taskManagerOptions,
            line));
  }

  /** Runs {@code flink run} with options of its own and the program's arguments. */
  public FlinkProcess submit(List<String> options, String... arguments) {
    List<String> line = new ArrayList<>(List.of("run"));
    line.addAll(options);
    line.add(JAR.toString());
    line.addAll(List.of(arguments));
    FlinkProcess client = start("org.apache.flink.client.cli.CliFrontend", 200, line);
    clients.add(client);
    return client;
  }

  /** Returns the REST API. */
  public FlinkRest rest() {
    return rest;
  }

  /** Returns the JobManager's process. */
  public FlinkProcess jobManager() {
    return jobManager;
  }

  /** Returns the TaskManagers' processes by their ids. */
  public Map<String, FlinkProcess> taskManagers() {
    return taskManagers;
  }

  /** Ends all processes. */
  @Override
  public void close() {
    clients.forEach(FlinkProcess::kill);
    taskManagers.values().forEach(FlinkProcess::kill);
    jobManager.kill();
  }
}
