package io.traffical.pipeline.job;

import io.traffical.pipeline.model.AssignmentChange;
import io.traffical.pipeline.model.DayOutcome;
import io.traffical.pipeline.model.RunNote;
import io.traffical.pipeline.model.StagedRows;
import io.traffical.pipeline.model.TotalChange;
import org.apache.flink.streaming.api.datastream.DataStream;

/** Where the job's rows go: writers stage them in parallel, one publisher makes them visible. */
public interface Sinks {
  /** Stages changes of {@code assignments}; returns one word per writer, when it is done. */
  DataStream<StagedRows> stageAssignments(DataStream<AssignmentChange> changes);

  /** Stages changes of the units' totals; returns one word per writer, when it is done. */
  DataStream<StagedRows> stageTotals(DataStream<TotalChange> changes);

  /** Stages what was read of the units' days; returns one word per writer, when it is done. */
  DataStream<StagedRows> stageOutcomes(DataStream<DayOutcome> outcomes);

  /** Publishes everything in one transaction, once all notes are in. */
  void publish(DataStream<RunNote> notes);
}
