package io.traffical.pipeline.jdbc;

import io.traffical.pipeline.definition.Definitions;
import io.traffical.pipeline.model.AssignmentChange;
import io.traffical.pipeline.model.DayOutcome;
import io.traffical.pipeline.model.PolicyRow;
import io.traffical.pipeline.model.RunNote;
import io.traffical.pipeline.model.SliceReport;
import io.traffical.pipeline.model.StagedRows;
import io.traffical.pipeline.model.TotalChange;
import io.traffical.pipeline.window.MetricSets;
import io.traffical.pipeline.window.Micros;
import io.traffical.pipeline.window.Planner;
import io.traffical.pipeline.window.RunPlan;
import io.traffical.pipeline.window.RunRequest;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.OneInputStreamOperatorTestHarness;

/**
 * The database end of a first run without the rest of it: one writer per table stages generated
 * rows, and the publication makes them visible. Each unit has one assignment, one total and three
 * days with outcomes, of the first policy and metric.
 */
public final class FirstPublication {
  private static final int DAYS = 30;
  private static final int DAYS_PER_UNIT = 3;

  private final RunContext run;
  private final long units;

  private FirstPublication(RunContext run, long units) {
    this.run = run;
    this.units = units;
  }

  /** Stages and publishes the rows of so many units; there must be no schema yet. */
  public static void publish(Connection connection, Definitions definitions, long end, long units)
      throws Exception {
    FirstPublication publication = begin(connection, definitions, end, units);
    publication.publish(publication.stage());
  }

  /** Begins a run up to the given time over so many units; nothing must be published yet. */
  static FirstPublication begin(
      Connection connection, Definitions definitions, long end, long units) throws SQLException {
    Tables tables = new Tables(definitions.schema());
    new Schema(tables).create(connection);
    RunStore store = new RunStore(connection, tables);
    String runId = UUID.randomUUID().toString();
    store.begin(runId, "run", "benchmark");
    RunPlan plan =
        Planner.plan(
            definitions, RunRequest.run(end), List.of(), Set.of(), Micros.of(Instant.now()));
    RunContext run =
        new RunContext(runId, definitions, plan, new MetricSets(plan, List.of()), Map.of(), false);
    store.prepare(run);
    return new FirstPublication(run, units);
  }

  String runId() {
    return run.runId();
  }

  /** Stages all rows, and returns what the writers say of it. */
  List<StagedRows> stage() throws Exception {
    List<StagedRows> words = new ArrayList<>();
    words.addAll(stage(Staging.ASSIGNMENTS, rows().mapToObj(this::assignment)));
    words.addAll(stage(Staging.TOTALS, rows().mapToObj(this::total)));
    words.addAll(stageOutcomes());
    return words;
  }

  List<StagedRows> stageOutcomes() throws Exception {
    return stage(Staging.OUTCOMES, rows().boxed().flatMap(this::outcomes));
  }

  /** Publishes what the writers have given their word of. */
  void publish(List<StagedRows> words) throws SQLException {
    List<RunNote> notes = new ArrayList<>();
    for (int read = 0; read < run.plan().reads().size(); read++) {
      notes.add(RunNote.of(report(read)));
    }
    words.stream().map(RunNote::of).forEach(notes::add);
    new Publication(run, notes).publish();
  }

  private LongStream rows() {
    return LongStream.range(0, units);
  }

  private SliceReport report(int read) {
    RunPlan.Read planned = run.plan().reads().get(read);
    long start = planned.range().start();
    long end = planned.range().end();
    int windows = Math.toIntExact((end - start) / run.plan().window());
    return new SliceReport(
        read, start, end, 0, 0, 0, new long[windows], new long[windows], Map.of(), null, 0, null);
  }

  /** Units come in an order that is not that of the index, as they do from the job. */
  private String unit(long u) {
    return "user-" + u * 7919 % units;
  }

  private AssignmentChange assignment(long u) {
    long time = run.plan().due() - Micros.DAY * DAYS + u % DAYS * Micros.DAY;
    return new AssignmentChange(
        0, unit(u), u % 2 == 0 ? "control" : "treatment", "", time, AssignmentChange.NEVER);
  }

  private TotalChange total(long u) {
    return new TotalChange(0, 0, unit(u), new double[] {DAYS_PER_UNIT, u % 1000, 0}, null);
  }

  private Stream<DayOutcome> outcomes(long u) {
    int last = Math.toIntExact(run.plan().due() / Micros.DAY) - 1;
    return LongStream.range(0, DAYS_PER_UNIT)
        .mapToObj(
            k ->
                new DayOutcome(
                    0,
                    0,
                    unit(u),
                    last - (int) ((u + 11 * k) % DAYS),
                    new double[] {1, u % 100, 0},
                    null));
  }

  private <T extends PolicyRow> List<StagedRows> stage(Staging.Table<T> table, Stream<T> rows)
      throws Exception {
    try (OneInputStreamOperatorTestHarness<T, StagedRows> writer =
        new OneInputStreamOperatorTestHarness<>(new StagingWriter<>(table, run))) {
      writer.open();
      for (T row : (Iterable<T>) rows::iterator) {
        writer.processElement(new StreamRecord<>(row));
      }
      writer.endInput();
      return writer.extractOutputValues();
    }
  }
}
