package io.traffical.pipeline.jdbc;

import io.traffical.pipeline.definition.Definitions;
import io.traffical.pipeline.model.SliceReport;
import io.traffical.pipeline.window.DefinitionRef;
import io.traffical.pipeline.window.Micros;
import io.traffical.pipeline.window.RunPlan;
import io.traffical.pipeline.window.TimeWindow;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToLongFunction;
import org.apache.flink.connector.jdbc.internal.executor.JdbcBatchStatementExecutor;

/** Ends the run's own row and describes what was read of each definition. */
final class RunRecordWriter {
  private final Connection connection;
  private final RunContext run;
  private final RunOutcome outcome;
  private final Tables tables;

  RunRecordWriter(Connection connection, RunContext run, RunOutcome outcome) {
    this.connection = connection;
    this.run = run;
    this.outcome = outcome;
    this.tables = run.tables();
  }

  /**
   * A run's end by the server's clock.
   *
   * @param rows usable rows read
   * @param seconds how long it took
   * @param finishedAt when it ended, in microseconds since 1970
   */
  record RunEnd(long rows, double seconds, long finishedAt) {}

  /**
   * Writes the run's end and returns it.
   *
   * @throws Publication.LeaseLostException if the run is not the active one any more
   */
  RunEnd write(long lateRows) throws SQLException {
    writeDefinitions();
    writeUsers();
    return endRun(lateRows);
  }

  private RunEnd endRun(long lateRows) throws SQLException {
    String sql =
        "UPDATE "
            + tables.name("runs")
            + " SET status = ?, finished_at = pg_catalog.clock_timestamp(), rows_read = ?,"
            + " late_rows = ?, error = ?, definitions = ?, range_start = ?, range_end = ?"
            + " WHERE run_id = ? AND status = 'running' RETURNING extract(epoch FROM finished_at -"
            + " started_at)::float8, (extract(epoch FROM finished_at) * 1000000.0)::bigint";
    long rows = 0;
    Long start = null;
    for (int r = 0; r < run.plan().reads().size(); r++) {
      rows += sum(r, SliceReport::rows);
      long from = run.plan().reads().get(r).range().start();
      start = start == null ? from : Math.min(start, from);
    }
    try (PreparedStatement update = connection.prepareStatement(sql)) {
      update.setString(1, outcome.status());
      update.setLong(2, rows);
      update.setLong(3, lateRows);
      update.setString(4, outcome.error());
      update.setInt(5, run.plan().reads().size() + run.broken().size());
      update.setObject(6, start == null ? null : Times.of(start), Types.TIMESTAMP_WITH_TIMEZONE);
      update.setObject(7, Times.of(run.plan().due()));
      update.setString(8, run.runId());
      try (ResultSet row = update.executeQuery()) {
        if (!row.next()) {
          throw new Publication.LeaseLostException(run.runId(), "that it is not running");
        }
        return new RunEnd(rows, row.getDouble(1), row.getLong(2));
      }
    }
  }

  private record Entry(DefinitionRef definition, RunPlan.Read read, int place) {}

  private void writeDefinitions() throws SQLException {
    String sql =
        "INSERT INTO "
            + tables.name("run_definitions")
            + " (run_id, kind, name, status, range_start, range_end, rendered_sql, queries,"
            + " rows_read, rows_outside, rows_rejected, first_rejection, undeclared, duration_ms,"
            + " error, history_queries, history_rows)"
            + " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?::jsonb, ?, ?, ?, ?)";
    JdbcBatchStatementExecutor<Entry> insert =
        JdbcBatchStatementExecutor.simple(sql, this::bindEntry);
    insert.prepareStatements(connection);
    for (int r = 0; r < run.plan().reads().size(); r++) {
      RunPlan.Read read = run.plan().reads().get(r);
      insert.addToBatch(new Entry(read.definition(), read, r));
    }
    for (DefinitionRef broken : run.broken().keySet()) {
      insert.addToBatch(new Entry(broken, null, -1));
    }
    insert.executeBatch();
    insert.closeStatements();
  }

  private void bindEntry(PreparedStatement row, Entry entry) throws SQLException {
    RunPlan.Read read = entry.read();
    int place = entry.place();
    row.setString(1, run.runId());
    row.setString(2, entry.definition().kind().word());
    row.setString(3, entry.definition().name());
    String error = outcome.failed().get(entry.definition());
    row.setString(4, error == null ? "succeeded" : "failed");
    row.setObject(
        5, read == null ? null : Times.of(read.range().start()), Types.TIMESTAMP_WITH_TIMEZONE);
    row.setObject(
        6, read == null ? null : Times.of(read.range().end()), Types.TIMESTAMP_WITH_TIMEZONE);
    row.setString(7, rendered(entry));
    row.setInt(8, read == null ? 0 : outcome.reports(place).size());
    row.setLong(9, sum(place, SliceReport::rows));
    row.setLong(10, sum(place, SliceReport::outside));
    row.setLong(11, sum(place, SliceReport::rejected));
    row.setString(12, read == null ? null : firstRejection(place));
    row.setString(13, undeclared(place));
    row.setLong(14, sum(place, SliceReport::durationMillis));
    row.setString(15, error);
    List<SliceReport> history = place < 0 ? List.of() : outcome.histories(place);
    row.setInt(16, history.size());
    row.setLong(17, history.stream().mapToLong(SliceReport::rows).sum());
  }

  private long sum(int read, ToLongFunction<SliceReport> count) {
    return read < 0 ? 0 : outcome.reports(read).stream().mapToLong(count).sum();
  }

  private String firstRejection(int read) {
    return outcome.reports(read).stream()
        .map(SliceReport::firstRejection)
        .filter(reason -> reason != null)
        .findFirst()
        .orElse(null);
  }

  private String undeclared(int read) {
    Map<String, Long> all = new TreeMap<>();
    if (read >= 0) {
      outcome
          .reports(read)
          .forEach(slice -> slice.undeclared().forEach((name, n) -> all.merge(name, n, Long::sum)));
    }
    return JsonText.object(all);
  }

  /** Returns the SQL over all that was read; of what could not be read, over the last window. */
  private String rendered(Entry entry) {
    long due = run.plan().due();
    TimeWindow range =
        entry.read() == null
            ? new TimeWindow(due - run.plan().window(), due)
            : entry.read().range();
    return Slices.template(run.definitions(), entry.definition())
        .render(Micros.toInstant(range.start()), Micros.toInstant(range.end()));
  }

  private record Use(
      DefinitionRef definition, String policyKey, String metricKey, long startsAt, long endsAt) {}

  private void writeUsers() throws SQLException {
    String table = tables.name("definition_users");
    try (PreparedStatement delete = connection.prepareStatement("DELETE FROM " + table)) {
      delete.executeUpdate();
    }
    String sql =
        "INSERT INTO "
            + table
            + " (kind, name, policy_key, metric_key, starts_at, ends_at, window_width, delay)"
            + " VALUES (?, ?, ?, ?, ?, ?, interval '1 microsecond' * ?, interval '1 microsecond' *"
            + " ?)";
    JdbcBatchStatementExecutor<Use> insert = JdbcBatchStatementExecutor.simple(sql, this::bindUse);
    insert.prepareStatements(connection);
    for (Use use : uses()) {
      insert.addToBatch(use);
    }
    insert.executeBatch();
    insert.closeStatements();
  }

  private List<Use> uses() {
    Definitions definitions = run.definitions();
    List<Use> uses = new ArrayList<>();
    for (Definitions.Policy policy : definitions.policies().values()) {
      long startsAt = Micros.of(policy.startsAt());
      long endsAt = policy.endsAt() == null ? Micros.AFTER_ALL : Micros.of(policy.endsAt());
      for (Definitions.Assignments assignments : definitions.assignments().values()) {
        if (assignments.entity().equals(policy.entity())) {
          DefinitionRef definition = DefinitionRef.assignment(assignments.name());
          uses.add(new Use(definition, policy.key(), "", startsAt, endsAt));
        }
      }
      for (String metric : policy.metrics()) {
        for (String fact : definitions.metrics().get(metric).facts()) {
          uses.add(new Use(DefinitionRef.fact(fact), policy.key(), metric, startsAt, endsAt));
        }
      }
    }
    return uses;
  }

  private void bindUse(PreparedStatement row, Use use) throws SQLException {
    row.setString(1, use.definition().kind().word());
    row.setString(2, use.definition().name());
    row.setString(3, use.policyKey());
    row.setString(4, use.metricKey());
    row.setObject(5, Times.of(use.startsAt()));
    row.setObject(6, Times.of(use.endsAt()));
    row.setLong(7, run.plan().window());
    row.setLong(8, Micros.of(run.definitions().pipeline().delay()));
  }
}
