package io.traffical.pipeline.run;

import io.traffical.pipeline.definition.Definitions;
import io.traffical.pipeline.jdbc.JdbcSinks;
import io.traffical.pipeline.jdbc.JdbcSources;
import io.traffical.pipeline.jdbc.RunContext;
import io.traffical.pipeline.job.ExperimentPipeline;
import java.time.Duration;
import org.apache.flink.api.common.RuntimeExecutionMode;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ExecutionOptions;
import org.apache.flink.configuration.JobManagerOptions;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.streaming.api.environment.LocalStreamEnvironment;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/** Submits a run's job: to the cluster that this program was started on, or to one of its own. */
final class JobRunner {
  private JobRunner() {}

  static JobClient submit(RunContext run) throws Exception {
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
    return environment.executeAsync("traffical " + run.runId());
  }

  private static Configuration configuration(Definitions definitions) {
    Configuration configuration = new Configuration();
    configuration.set(ExecutionOptions.RUNTIME_MODE, RuntimeExecutionMode.BATCH);
    configuration.set(PipelineOptions.GENERIC_TYPES, false);
    configuration.set(PipelineOptions.OBJECT_REUSE, true);
    // The scheduler that batch jobs get otherwise knows no exchange that runs while it is filled.
    configuration.set(JobManagerOptions.SCHEDULER, JobManagerOptions.SchedulerType.Default);
    configuration.set(RestartStrategyOptions.RESTART_STRATEGY, "fixed-delay");
    configuration.set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_ATTEMPTS, 3);
    configuration.set(
        RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_DELAY, Duration.ofSeconds(1));
    // Read by an embedded cluster only; a real one has its own.
    int slots = localParallelism(definitions);
    configuration.set(TaskManagerOptions.NUM_TASK_SLOTS, slots);
    // Every subtask has buffers for every other one.
    MemorySize network = MemorySize.ofMebiBytes(64 + slots * slots / 4);
    configuration.set(TaskManagerOptions.NETWORK_MEMORY_MIN, network);
    configuration.set(TaskManagerOptions.NETWORK_MEMORY_MAX, network);
    return configuration;
  }

  private static int localParallelism(Definitions definitions) {
    int wanted = definitions.pipeline().parallelism();
    return wanted > 0 ? wanted : Runtime.getRuntime().availableProcessors();
  }
}
