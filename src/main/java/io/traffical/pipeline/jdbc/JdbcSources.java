package io.traffical.pipeline.jdbc;

import io.traffical.pipeline.job.History;
import io.traffical.pipeline.job.ReadRowType;
import io.traffical.pipeline.job.Sources;
import io.traffical.pipeline.model.ReadRow;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/** Reads the run's slices from Postgres: the team's SQL and what earlier runs have stored. */
public final class JdbcSources implements Sources {
  private final StreamExecutionEnvironment environment;
  private final RunContext run;

  /** Reads for the run, in the given environment. */
  public JdbcSources(StreamExecutionEnvironment environment, RunContext run) {
    this.environment = environment;
    this.run = run;
  }

  @Override
  public DataStream<ReadRow> read() {
    SliceSource source = new SliceSource(run);
    return environment
        .fromSource(source, WatermarkStrategy.noWatermarks(), "read slices", ReadRowType.readRows())
        .uid("read-slices");
  }

  @Override
  public History history() {
    return new JdbcHistory(run.plan(), run.definitions());
  }
}
