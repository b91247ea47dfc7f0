package io.traffical.pipeline.bench;

import io.traffical.pipeline.definition.Definitions;
import io.traffical.pipeline.jdbc.JdbcSources;
import io.traffical.pipeline.jdbc.RunContext;
import io.traffical.pipeline.jdbc.RunStore;
import io.traffical.pipeline.jdbc.Schema;
import io.traffical.pipeline.jdbc.Tables;
import io.traffical.pipeline.window.MetricSets;
import io.traffical.pipeline.window.Micros;
import io.traffical.pipeline.window.Planner;
import io.traffical.pipeline.window.RunPlan;
import io.traffical.pipeline.window.RunRequest;
import java.sql.Connection;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.apache.flink.api.common.RuntimeExecutionMode;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ExecutionOptions;
import org.apache.flink.configuration.JobManagerOptions;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;

/** Case e: what a first run reads, through the job's source in an embedded Flink, discarded. */
final class SourceReading {
  private static final int PARALLELISM = 2;

  private SourceReading() {}

  static void read(Dataset data) throws Exception {
    Definitions definitions = data.definitions();
    Tables tables = new Tables(definitions.schema());
    try (Connection connection = data.database().connect()) {
      new Schema(tables).create(connection);
      RunStore store = new RunStore(connection, tables);
      String runId = UUID.randomUUID().toString();
      store.begin(runId, "run", "benchmark");
      RunPlan plan =
          Planner.plan(
              definitions,
              RunRequest.run(Micros.of(Dataset.END)),
              List.of(),
              Set.of(),
              Micros.of(Instant.now()));
      RunContext run =
          new RunContext(
              runId, definitions, plan, new MetricSets(plan, List.of()), Map.of(), false);
      StreamExecutionEnvironment environment =
          StreamExecutionEnvironment.getExecutionEnvironment(configuration());
      environment.setParallelism(PARALLELISM);
      discard(new JdbcSources(environment, run).read());
      environment.execute("read only");
      store.fail(runId, "reads only");
    }
  }

  private static <T> void discard(DataStream<T> rows) {
    rows.sinkTo(new DiscardingSink<>()).name("discard");
  }

  /** As the program configures its own jobs. */
  private static Configuration configuration() {
    Configuration configuration = new Configuration();
    configuration.set(ExecutionOptions.RUNTIME_MODE, RuntimeExecutionMode.BATCH);
    configuration.set(PipelineOptions.GENERIC_TYPES, false);
    configuration.set(PipelineOptions.OBJECT_REUSE, true);
    configuration.set(JobManagerOptions.SCHEDULER, JobManagerOptions.SchedulerType.Default);
    configuration.set(TaskManagerOptions.NUM_TASK_SLOTS, PARALLELISM);
    configuration.set(TaskManagerOptions.MANAGED_MEMORY_SIZE, MemorySize.ofMebiBytes(256));
    return configuration;
  }
}
