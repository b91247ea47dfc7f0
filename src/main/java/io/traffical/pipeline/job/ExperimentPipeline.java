package io.traffical.pipeline.job;

import io.traffical.pipeline.model.AllocationStats;
import io.traffical.pipeline.model.MetricResult;
import io.traffical.pipeline.model.ReadRow;
import io.traffical.pipeline.model.RunNote;
import io.traffical.pipeline.model.StagedRows;
import io.traffical.pipeline.model.UnitBlock;
import io.traffical.pipeline.model.UnitValues;
import io.traffical.pipeline.window.MetricSets;
import io.traffical.pipeline.window.RunPlan;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;

/** The whole job on one page. */
public final class ExperimentPipeline {
  private ExperimentPipeline() {}

  /** Wires sources to sinks. Nothing runs until the caller executes. */
  public static void define(Sources sources, RunPlan plan, MetricSets sets, Sinks sinks) {
    DataStream<ReadRow> read = sources.read();

    // Blocks of rows: one row per exposure, outcome, stored assignment or stored total of a unit.
    SingleOutputStreamOperator<UnitBlock> blocks =
        read.process(new SeparateReports())
            .returns(ReadRowType.blocks())
            .name("separate reports")
            .uid("separate-reports");

    // One row per (unit, policy) that is analysed: its value for every metric, 0 without facts.
    SingleOutputStreamOperator<UnitValues> values =
        Exchanges.byBucket(blocks)
            .transform(
                "first assignment, attribution, totals per unit",
                of(UnitValues.class),
                new SettleUnits(plan, sets, sources.history()))
            .uid("settle-units");

    // One row per (policy, allocation, metric, dimension value) and subtask: n, mean, M2.
    SingleOutputStreamOperator<AllocationStats> stats =
        values
            .transform("moments per allocation", of(AllocationStats.class), new FoldMoments(plan))
            .uid("fold-moments");

    // The same of metrics that are capped or percentiles, which need the values of all units.
    SingleOutputStreamOperator<AllocationStats> ranked =
        Exchanges.byMetric(stats.getSideOutput(FoldMoments.SAMPLES))
            .transform("rank samples", of(AllocationStats.class), new RankSamples(plan))
            .uid("rank-samples");

    // One row per (policy, allocation, metric, dimension value): value, lift, interval or reason.
    SingleOutputStreamOperator<MetricResult> results =
        stats
            .union(ranked)
            .transform("compare with control", of(MetricResult.class), new CompareAllocations(plan))
            .uid("compare-with-control")
            .setParallelism(1);

    // One row per writer: what it has staged, once it has seen all its rows.
    DataStream<StagedRows> staged =
        sinks
            .stageAssignments(values.getSideOutput(SettleUnits.ASSIGNMENTS))
            .union(sinks.stageTotals(values.getSideOutput(SettleUnits.TOTALS)))
            .union(sinks.stageOutcomes(values.getSideOutput(SettleUnits.OUTCOMES)));

    // One row per slice read, per writer and per result: all that the publisher waits for.
    DataStream<RunNote> notes =
        notes(
                blocks
                    .getSideOutput(SeparateReports.REPORTS)
                    .union(values.getSideOutput(SettleUnits.REPORTS))
                    .map(RunNote::of),
                "note reports")
            .union(notes(staged.map(RunNote::of), "note staged rows"))
            .union(notes(results.map(RunNote::of), "note results"));

    sinks.publish(notes);
  }

  private static DataStream<RunNote> notes(SingleOutputStreamOperator<RunNote> notes, String name) {
    return notes.returns(of(RunNote.class)).name(name).uid(name.replace(' ', '-'));
  }

  private static <T> TypeInformation<T> of(Class<T> type) {
    return TypeInformation.of(type);
  }
}
