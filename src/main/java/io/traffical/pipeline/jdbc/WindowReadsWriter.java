package io.traffical.pipeline.jdbc;

import io.traffical.pipeline.definition.Definitions;
import io.traffical.pipeline.jdbc.StoredWindows.Window;
import io.traffical.pipeline.window.DefinitionRef;
import io.traffical.pipeline.window.Fingerprint;
import io.traffical.pipeline.window.Micros;
import io.traffical.pipeline.window.RunPlan;
import io.traffical.pipeline.window.RunPlan.PolicyPlan;
import io.traffical.pipeline.window.Watermark;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Types;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.flink.connector.jdbc.internal.executor.JdbcBatchStatementExecutor;

/**
 * Records what each window held when it was read. A window that not every user of its definition
 * has absorbed keeps no checksum when it has changed: it is drift until a repair.
 */
final class WindowReadsWriter {
  private final Connection connection;
  private final RunContext run;
  private final RunOutcome outcome;
  private final String table;

  /** A policy or metric that uses a definition, and from where on it knows what was just read. */
  private record User(long startsAt, long endsAt, long absorbsFrom) {
    boolean hasAbsorbed(long start, long end) {
      return end <= startsAt || start >= endsAt || start >= absorbsFrom;
    }
  }

  WindowReadsWriter(Connection connection, RunContext run, RunOutcome outcome) {
    this.connection = connection;
    this.run = run;
    this.outcome = outcome;
    this.table = run.tables().name("window_reads");
  }

  /** Writes the windows and returns how many rows came late into windows read before. */
  long write() throws SQLException {
    List<Watermark> watermarks = new RunStore(connection, run.tables()).watermarks();
    long lateRows = 0;
    for (int r = 0; r < run.plan().reads().size(); r++) {
      RunPlan.Read read = run.plan().reads().get(r);
      if (!outcome.failed().containsKey(read.definition())) {
        String hash = Fingerprint.of(run.definitions(), read.definition());
        List<Window> windows = StoredWindows.read(outcome.reports(r), run.plan().window(), hash);
        lateRows += write(read, windows, users(read.definition(), watermarks));
      }
    }
    return lateRows;
  }

  private List<User> users(DefinitionRef definition, List<Watermark> watermarks) {
    List<User> users = new ArrayList<>();
    for (Watermark watermark : watermarks) {
      Definitions.Policy policy = run.definitions().policies().get(watermark.policyKey());
      if (policy != null
          && DefinitionUsers.uses(run.definitions(), policy, watermark.metricKey(), definition)) {
        long endsAt = policy.endsAt() == null ? Micros.AFTER_ALL : Micros.of(policy.endsAt());
        users.add(new User(Micros.of(policy.startsAt()), endsAt, absorbsFrom(watermark)));
      }
    }
    return users;
  }

  private long absorbsFrom(Watermark watermark) {
    for (int p = 0; p < run.plan().policies().size(); p++) {
      PolicyPlan policy = run.plan().policies().get(p);
      if (policy.policyKey().equals(watermark.policyKey())) {
        if (watermark.metricKey().isEmpty() && policy.readsAssignments() && outcome.publishes(p)) {
          return policy.assignmentsFrom();
        }
        for (int m = 0; m < policy.metrics().size(); m++) {
          boolean isIt = policy.metrics().get(m).metricKey().equals(watermark.metricKey());
          if (isIt && outcome.publishes(p, m)) {
            return policy.metrics().get(m).start();
          }
        }
      }
    }
    return watermark.metricKey().isEmpty()
        ? watermark.windowEnd()
        : Math.min(watermark.totalsTo(), watermark.restartFrom());
  }

  private long write(RunPlan.Read read, List<Window> windows, List<User> users)
      throws SQLException {
    Map<Long, Window> known = new StoredWindows(connection, run.tables()).known(read);
    makeRoom(read);
    String sql =
        "INSERT INTO "
            + table
            + " (kind, name, window_start, window_end, rows, checksum, sql_hash, read_at,"
            + " run_id) VALUES (?, ?, ?, ?, ?, ?, ?, pg_catalog.now(), ?)"
            + " ON CONFLICT (kind, name, window_start) DO UPDATE SET window_end ="
            + " excluded.window_end, rows = excluded.rows, checksum = excluded.checksum, sql_hash ="
            + " excluded.sql_hash, read_at = excluded.read_at, run_id = excluded.run_id";
    JdbcBatchStatementExecutor<Window> upsert =
        JdbcBatchStatementExecutor.simple(
            sql, (statement, window) -> bind(statement, read.definition(), window));
    upsert.prepareStatements(connection);
    long lateRows = 0;
    for (Window window : windows) {
      Window before = known.get(window.start());
      boolean isAbsorbed =
          users.stream().allMatch(user -> user.hasAbsorbed(window.start(), window.end()));
      boolean isSame =
          before != null
              && before.end() == window.end()
              && window.checksum().equals(before.checksum())
              && window.rows() == before.rows();
      boolean isKnown = isAbsorbed || isSame || (before == null && !overlapsOther(known, window));
      upsert.addToBatch(isKnown ? window : withoutChecksum(window));
      if (before != null && before.end() == window.end()) {
        lateRows += Math.max(0, window.rows() - before.rows());
      }
    }
    upsert.executeBatch();
    upsert.closeStatements();
    return lateRows;
  }

  private static Window withoutChecksum(Window window) {
    return new Window(window.start(), window.end(), window.rows(), null, window.sqlHash());
  }

  private static boolean overlapsOther(Map<Long, Window> known, Window window) {
    return known.values().stream()
        .anyMatch(other -> other.start() < window.end() && other.end() > window.start());
  }

  private void bind(PreparedStatement statement, DefinitionRef definition, Window window)
      throws SQLException {
    statement.setString(1, definition.kind().word());
    statement.setString(2, definition.name());
    statement.setObject(3, Times.of(window.start()));
    statement.setObject(4, Times.of(window.end()));
    statement.setLong(5, window.rows());
    statement.setObject(6, window.checksum(), Types.BIGINT);
    statement.setString(7, window.sqlHash());
    statement.setString(8, run.runId());
  }

  /**
   * Removes windows of another width. Of one that reaches beyond what was read, the rest stays
   * without a checksum: what it held is not known, but that it was read must not be forgotten.
   */
  private void makeRoom(RunPlan.Read read) throws SQLException {
    String otherWidth =
        " WHERE kind = ? AND name = ? AND window_start < ? AND window_end > ? AND"
            + " window_end - window_start <> interval '1 microsecond' * "
            + run.plan().window();
    String start = Tables.timestamp(read.range().start());
    String end = Tables.timestamp(read.range().end());
    String noSql = Tables.literal(StoredWindows.NO_SQL);
    String[] statements = {
      "INSERT INTO "
          + table
          + " (kind, name, window_start, window_end, rows, checksum, sql_hash, read_at, run_id)"
          + (" SELECT kind, name, " + end + ", window_end, rows, NULL, " + noSql)
          + ", read_at, run_id FROM "
          + (table + otherWidth + " AND window_end > " + end)
          + " ON CONFLICT (kind, name, window_start) DO NOTHING",
      "DELETE FROM " + table + otherWidth + " AND window_start >= " + start,
      "UPDATE "
          + table
          + " SET window_end = "
          + start
          + ", checksum = NULL, sql_hash = "
          + noSql
          + otherWidth
    };
    for (String sql : statements) {
      try (PreparedStatement statement = connection.prepareStatement(sql)) {
        StoredWindows.bindRange(statement, read);
        statement.executeUpdate();
      }
    }
  }
}
