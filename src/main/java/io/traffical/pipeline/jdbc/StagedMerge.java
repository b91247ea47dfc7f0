package io.traffical.pipeline.jdbc;

import io.traffical.pipeline.model.StagedRows;
import io.traffical.pipeline.window.Micros;
import io.traffical.pipeline.window.RunPlan.MetricPlan;
import io.traffical.pipeline.window.RunPlan.PolicyPlan;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/**
 * Moves staged rows into their tables, only those of the attempts that reached their end. Sorted
 * rows go into an index several times faster than rows in hash order.
 */
final class StagedMerge {
  private static final String NONE = "";

  private final Connection connection;
  private final RunContext run;
  private final RunOutcome outcome;
  private final List<StagedRows> staged;
  private final Tables tables;

  StagedMerge(Connection connection, RunContext run, RunOutcome outcome, List<StagedRows> staged) {
    this.connection = connection;
    this.run = run;
    this.outcome = outcome;
    this.staged = staged;
    this.tables = run.tables();
  }

  /**
   * Compares what is staged with what the writers said.
   *
   * @throws IllegalStateException if a writer's rows are not all there
   */
  void verify() throws SQLException {
    for (StagedRows word : staged) {
      Staging.Table<?> table =
          Staging.ALL.stream().filter(t -> t.name().equals(word.table())).findFirst().orElseThrow();
      String sql =
          "SELECT count(*) FROM %s WHERE writer = %d AND attempt = %d"
              .formatted(staging(table), word.writer(), word.attempt());
      try (Statement statement = connection.createStatement();
          ResultSet row = statement.executeQuery(sql)) {
        row.next();
        if (row.getLong(1) != word.rows()) {
          throw new IllegalStateException(
              "run %s: %d rows of %s are staged by writer %d, which wrote %d; run again"
                  .formatted(
                      run.runId(), row.getLong(1), word.table(), word.writer(), word.rows()));
        }
      }
    }
    for (Staging.Table<?> table : Staging.ALL) {
      execute("ANALYZE " + staging(table));
    }
  }

  void assignments() throws SQLException {
    List<String> policies = new ArrayList<>();
    for (int p = 0; p < run.plan().policies().size(); p++) {
      PolicyPlan policy = run.plan().policies().get(p);
      if (outcome.publishes(p) && policy.readsAssignments()) {
        policies.add("(%d, %s)".formatted(p, Tables.literal(policy.policyKey())));
      }
    }
    if (policies.isEmpty()) {
      return;
    }
    String rows =
        staged(Staging.ASSIGNMENTS, policies, "p(policy, policy_key)", "p.policy = s.policy");
    execute(
        "DELETE FROM %s a USING %s AND s.allocation_key IS NULL AND a.policy_key = p.policy_key AND a.unit_key = s.unit_key"
            .formatted(tables.name("assignments"), rows));
    execute(
        """
        INSERT INTO %s AS a (policy_key, unit_key, allocation_key, first_assigned_at, crossed_over_at)
        SELECT p.policy_key, s.unit_key, s.allocation_key, s.first_assigned_at, s.crossed_over_at
        FROM %s AND s.allocation_key IS NOT NULL
        ORDER BY 1, 2
        ON CONFLICT (policy_key, unit_key) DO UPDATE
        SET allocation_key = excluded.allocation_key,
          first_assigned_at = excluded.first_assigned_at,
          crossed_over_at = excluded.crossed_over_at
        """
            .formatted(tables.name("assignments"), rows));
  }

  void totals() throws SQLException {
    String totals = tables.name("unit_totals");
    for (Published published : published()) {
      if (published.metric().rewrites()) {
        execute("DELETE FROM %s WHERE %s".formatted(totals, published.condition()));
      }
    }
    String rows = ofMetrics(Staging.TOTALS);
    if (!rows.equals(NONE)) {
      execute(
          """
          INSERT INTO %s AS t (policy_key, metric_key, unit_key, facts, sum_high, sum_low)
          SELECT p.policy_key, p.metric_key, s.unit_key, s.facts, s.sum_high, s.sum_low
          FROM %s
          ORDER BY 1, 2, 3
          ON CONFLICT (policy_key, metric_key, unit_key) DO UPDATE
          SET facts = excluded.facts, sum_high = excluded.sum_high, sum_low = excluded.sum_low
          """
              .formatted(totals, rows));
    }
  }

  void outcomes() throws SQLException {
    String outcomes = tables.name("unit_outcomes");
    for (Published published : published()) {
      MetricPlan metric = published.metric();
      if (metric.rewrites()) {
        String days =
            metric.isFresh()
                ? ""
                : " AND day >= " + Tables.literal(Tables.day(metric.start()).toString()) + "::date";
        execute("DELETE FROM %s WHERE %s".formatted(outcomes, published.condition() + days));
      }
    }
    String rows = ofMetrics(Staging.OUTCOMES);
    if (!rows.equals(NONE)) {
      execute(
          """
          INSERT INTO %s (policy_key, metric_key, day, seg, unit_key, facts, sum_high, sum_low)
          SELECT p.policy_key, p.metric_key, s.day, p.seg, s.unit_key, s.facts, s.sum_high, s.sum_low
          FROM %s
          """
              .formatted(outcomes, rows));
    }
  }

  /** A metric that is published, and its place in the plan. */
  private record Published(int policy, int place, String policyKey, MetricPlan metric) {
    String condition() {
      return "policy_key = %s AND metric_key = %s"
          .formatted(Tables.literal(policyKey), Tables.literal(metric.metricKey()));
    }

    String row() {
      return "(%d, %d, %s, %s, %s)"
          .formatted(
              policy,
              place,
              Tables.literal(policyKey),
              Tables.literal(metric.metricKey()),
              Tables.timestamp(Math.max(metric.start(), Micros.BEFORE_ALL)));
    }
  }

  private List<Published> published() {
    List<Published> published = new ArrayList<>();
    for (int p = 0; p < run.plan().policies().size(); p++) {
      PolicyPlan policy = run.plan().policies().get(p);
      for (int m = 0; m < policy.metrics().size(); m++) {
        if (outcome.publishes(p, m)) {
          published.add(new Published(p, m, policy.policyKey(), policy.metrics().get(m)));
        }
      }
    }
    return published;
  }

  private String ofMetrics(Staging.Table<?> table) {
    List<String> rows = published().stream().map(Published::row).toList();
    return rows.isEmpty()
        ? NONE
        : staged(
            table,
            rows,
            "p(policy, metric, policy_key, metric_key, seg)",
            "p.policy = s.policy AND p.metric = s.metric");
  }

  /** Returns a FROM list with a WHERE clause that yields valid staged rows with their keys. */
  private String staged(
      Staging.Table<?> table, List<String> values, String columns, String condition) {
    List<String> writers =
        staged.stream()
            .filter(word -> word.table().equals(table.name()))
            .map(word -> "(%d, %d)".formatted(word.writer(), word.attempt()))
            .toList();
    return "%s s, (VALUES %s) AS %s, (VALUES %s) AS w(writer, attempt) WHERE %s AND w.writer = s.writer AND w.attempt = s.attempt"
        .formatted(
            staging(table),
            String.join(", ", values),
            columns,
            String.join(", ", writers),
            condition);
  }

  private String staging(Staging.Table<?> table) {
    return tables.name(table.tableName(run.runId()));
  }

  private void execute(String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.setEscapeProcessing(false);
      statement.executeUpdate(sql);
    }
  }
}
