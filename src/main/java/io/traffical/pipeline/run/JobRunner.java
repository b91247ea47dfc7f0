package io.traffical.pipeline.run;

import io.traffical.pipeline.definition.Definitions;
import io.traffical.pipeline.jdbc.JdbcSinks;
import io.traffical.pipeline.jdbc.JdbcSources;
import io.traffical.pipeline.jdbc.RunContext;
import io.traffical.pipeline.job.ExperimentPipeline;
import io.traffical.pipeline.run.ClusterFailures.NotSubmittedException;
import java.io.IOException;
import java.time.Duration;
import org.apache.flink.api.common.RuntimeExecutionMode;
import org.apache.flink.client.program.StreamContextEnvironment;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.DeploymentOptions;
import org.apache.flink.configuration.ExecutionOptions;
import org.apache.flink.configuration.JobManagerOptions;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.streaming.api.environment.LocalStreamEnvironment;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.graph.StreamGraph;
import org.apache.flink.util.ExceptionUtils;
import org.apache.flink.util.FlinkException;
import org.apache.flink.util.concurrent.FutureUtils.RetryException;

/** Submits a run's job: to the cluster that this program was started on, or to one of its own. */
final class JobRunner {
  private static final int RESTARTS = 3;

  private JobRunner() {}

  static SubmittedJob submit(RunContext run) throws Exception {
    Configuration configuration = configuration(run.definitions());
    StreamExecutionEnvironment environment =
        StreamExecutionEnvironment.getExecutionEnvironment(configuration);
    if (environment instanceof LocalStreamEnvironment) {
      environment.setParallelism(localParallelism(run.definitions()));
    } else if (run.definitions().pipeline().parallelism() > 0) {
      environment.setParallelism(run.definitions().pipeline().parallelism());
    }
    ExperimentPipeline.define(
        new JdbcSources(environment, run), run.plan(), run.sets(), new JdbcSinks(run));
    SubmittedJob.Place place = place(environment);
    StreamGraph job = environment.getStreamGraph();
    job.setJobName("traffical " + run.runId());
    if (place == SubmittedJob.Place.EMBEDDED) {
      return new SubmittedJob(EmbeddedCluster.execute(job, configuration), place);
    }
    RunEnd.watch(job, run.runId(), run.definitions());
    return new SubmittedJob(execute(environment, job), place);
  }

  private static JobClient execute(StreamExecutionEnvironment environment, StreamGraph job)
      throws Exception {
    try {
      return environment.executeAsync(job);
    } catch (FlinkException e) {
      boolean isOutOfReach =
          ExceptionUtils.findThrowable(e, RetryException.class).isPresent()
              || ExceptionUtils.findThrowable(e, IOException.class).isPresent();
      if (isOutOfReach) {
        throw new NotSubmittedException(e);
      }
      throw e;
    }
  }

  /** Returns whether this program was started on a cluster by a client that waits for no job. */
  static boolean isDetached() {
    return place(StreamExecutionEnvironment.getExecutionEnvironment())
        == SubmittedJob.Place.DETACHED;
  }

  /** A client that does not wait has said so; inside a JobManager, nobody may wait. */
  private static SubmittedJob.Place place(StreamExecutionEnvironment environment) {
    if (environment instanceof LocalStreamEnvironment) {
      return SubmittedJob.Place.EMBEDDED;
    }
    boolean isDetached =
        environment instanceof StreamContextEnvironment
            && !environment.getConfiguration().get(DeploymentOptions.ATTACHED);
    return isDetached ? SubmittedJob.Place.DETACHED : SubmittedJob.Place.ATTACHED;
  }

  private static Configuration configuration(Definitions definitions) {
    Configuration configuration = new Configuration();
    configuration.set(ExecutionOptions.RUNTIME_MODE, RuntimeExecutionMode.BATCH);
    configuration.set(PipelineOptions.GENERIC_TYPES, false);
    configuration.set(PipelineOptions.OBJECT_REUSE, true);
    // The scheduler that batch jobs get otherwise knows no exchange that runs while it is filled.
    configuration.set(JobManagerOptions.SCHEDULER, JobManagerOptions.SchedulerType.Default);
    restart(configuration);
    // Read by an embedded cluster only; a real one has its own.
    int slots = localParallelism(definitions);
    configuration.set(TaskManagerOptions.NUM_TASK_SLOTS, slots);
    // Every subtask has buffers for every other one.
    MemorySize network = MemorySize.ofMebiBytes(64 + slots * slots / 4);
    configuration.set(TaskManagerOptions.NETWORK_MEMORY_MIN, network);
    configuration.set(TaskManagerOptions.NETWORK_MEMORY_MAX, network);
    return configuration;
  }

  /** A TaskManager that dies fails many tasks at once: together they use up one attempt. */
  private static void restart(Configuration configuration) {
    configuration.set(RestartStrategyOptions.RESTART_STRATEGY, "exponential-delay");
    configuration.set(RestartStrategyOptions.RESTART_STRATEGY_EXPONENTIAL_DELAY_ATTEMPTS, RESTARTS);
    configuration.set(
        RestartStrategyOptions.RESTART_STRATEGY_EXPONENTIAL_DELAY_INITIAL_BACKOFF,
        Duration.ofSeconds(1));
    configuration.set(
        RestartStrategyOptions.RESTART_STRATEGY_EXPONENTIAL_DELAY_MAX_BACKOFF,
        Duration.ofSeconds(10));
  }

  private static int localParallelism(Definitions definitions) {
    int wanted = definitions.pipeline().parallelism();
    return wanted > 0 ? wanted : Runtime.getRuntime().availableProcessors();
  }
}
