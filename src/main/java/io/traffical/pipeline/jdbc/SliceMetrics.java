package io.traffical.pipeline.jdbc;

import io.traffical.pipeline.model.SliceReport;
import io.traffical.pipeline.window.DefinitionRef;
import io.traffical.pipeline.window.RunPlan;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.metrics.ThreadSafeSimpleCounter;

/** What a reader has read, in Flink's metric system; counted when a slice has ended. */
final class SliceMetrics {
  /** The group of all metrics of this program. */
  static final String GROUP = "traffical";

  private final Counter slicesDone;
  private final Counter slicesRetried;
  private final List<OfDefinition> reads = new ArrayList<>();

  private record OfDefinition(
      Counter read, Counter outside, Counter rejected, Counter history, Counter failed) {}

  SliceMetrics(MetricGroup reader, RunPlan plan) {
    MetricGroup group = reader.addGroup(GROUP);
    this.slicesDone = counter(group, "slicesDone");
    this.slicesRetried = counter(group, "slicesRetried");
    for (RunPlan.Read read : plan.reads()) {
      MetricGroup own = of(group, read.definition());
      reads.add(
          new OfDefinition(
              counter(own, "rowsRead"),
              counter(own, "rowsOutside"),
              counter(own, "rowsRejected"),
              counter(own, "historyRowsRead"),
              counter(own, "slicesFailed")));
    }
  }

  /** Returns the group of a definition, which is named by the variables kind and definition. */
  private static MetricGroup of(MetricGroup group, DefinitionRef definition) {
    return group
        .addGroup("kind", definition.kind().word())
        .addGroup("definition", definition.name());
  }

  /** Readers follow one another, each in a thread of its own. */
  private static Counter counter(MetricGroup group, String name) {
    return group.counter(name, new ThreadSafeSimpleCounter());
  }

  /**
   * Counts a slice that has ended.
   *
   * @param report what it brought; null for one of stored rows
   */
  void ended(SliceReport report) {
    slicesDone.inc();
    if (report == null) {
      return;
    }
    OfDefinition definition = reads.get(report.read());
    (report.isHistory() ? definition.history() : definition.read()).inc(report.rows());
    definition.outside().inc(report.outside());
    definition.rejected().inc(report.rejected());
    if (report.error() != null) {
      definition.failed().inc();
    }
  }

  void retried() {
    slicesRetried.inc();
  }
}
