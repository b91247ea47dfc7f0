package io.traffical.pipeline.cli;

import io.traffical.pipeline.definition.Metric;
import io.traffical.pipeline.jdbc.Rows;
import io.traffical.pipeline.run.Explanation;
import java.time.Instant;
import java.util.List;

/** The rows of an explanation, for people and for programs. */
final class ExplainRows {
  private ExplainRows() {}

  private static Rows empty() {
    return Rows.of("kind", "definition", "time", "value", "allocation", "counted", "reason");
  }

  static Rows table(Explanation explanation) {
    Rows rows = empty();
    for (Explanation.Row row : explanation.rows()) {
      rows.add(
          row.kind(),
          row.definition(),
          row.time(),
          row.value(),
          row.allocation(),
          row.isCounted() ? "yes" : "no",
          row.reason());
    }
    return rows;
  }

  /**
   * Returns the same rows, then the totals: what the source's facts amount to at the end of the
   * data (total) and up to the overlap (recomputed), and what is stored of the latter (stored).
   * These have no {@code counted}.
   */
  static Rows json(Explanation explanation, Metric metric, boolean isUnknown) {
    Rows rows = empty();
    for (Explanation.Row row : explanation.rows()) {
      rows.add(
          row.kind(),
          row.definition(),
          row.time(),
          row.value(),
          row.allocation(),
          row.isCounted(),
          row.reason());
    }
    if (!isUnknown) {
      String allocation = explanation.found() == null ? null : explanation.found().allocation();
      add(rows, "total", metric, explanation.asOf(), explanation.totals(), allocation);
      Explanation.Stored stored = explanation.stored();
      if (stored != null) {
        String known = stored.assigned() == null ? null : stored.assigned().allocation();
        add(rows, "recomputed", metric, stored.totalsTo(), stored.recomputed(), allocation);
        add(rows, "stored", metric, stored.totalsTo(), stored.totals(), known);
      }
    }
    return rows;
  }

  private static void add(
      Rows rows,
      String kind,
      Metric metric,
      Instant time,
      List<Explanation.Total> totals,
      String allocation) {
    for (Explanation.Total total : totals) {
      Object value = total.sum() == null ? (Object) total.count() : total.sum();
      String reason = ExplainText.total(metric, total);
      rows.add(kind, metric.key(), time, value, allocation, null, reason);
    }
  }
}
