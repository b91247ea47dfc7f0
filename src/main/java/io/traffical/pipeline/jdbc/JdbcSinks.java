package io.traffical.pipeline.jdbc;

import io.traffical.pipeline.job.Sinks;
import io.traffical.pipeline.model.AssignmentChange;
import io.traffical.pipeline.model.DayOutcome;
import io.traffical.pipeline.model.PolicyRow;
import io.traffical.pipeline.model.RunNote;
import io.traffical.pipeline.model.StagedRows;
import io.traffical.pipeline.model.TotalChange;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.streaming.api.datastream.DataStream;

/** Stages in parallel, publishes once: the Postgres end of the job. */
public final class JdbcSinks implements Sinks {
  private final RunContext run;

  /** Writes what the run produces. */
  public JdbcSinks(RunContext run) {
    this.run = run;
  }

  @Override
  public DataStream<StagedRows> stageAssignments(DataStream<AssignmentChange> changes) {
    return stage(changes, Staging.ASSIGNMENTS);
  }

  @Override
  public DataStream<StagedRows> stageTotals(DataStream<TotalChange> changes) {
    return stage(changes, Staging.TOTALS);
  }

  @Override
  public DataStream<StagedRows> stageOutcomes(DataStream<DayOutcome> outcomes) {
    return stage(outcomes, Staging.OUTCOMES);
  }

  private <T extends PolicyRow> DataStream<StagedRows> stage(
      DataStream<T> rows, Staging.Table<T> table) {
    StagingWriter<T> writer = new StagingWriter<>(table, run);
    return rows.transform("stage " + table.name(), TypeInformation.of(StagedRows.class), writer)
        .uid("stage-" + table.name());
  }

  @Override
  public void publish(DataStream<RunNote> notes) {
    notes.transform("publish", Types.BOOLEAN, new Publisher(run)).uid("publish").setParallelism(1);
  }
}
