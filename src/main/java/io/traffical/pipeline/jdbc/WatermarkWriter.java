package io.traffical.pipeline.jdbc;

import io.traffical.pipeline.definition.Definitions;
import io.traffical.pipeline.window.RunPlan.MetricPlan;
import io.traffical.pipeline.window.RunPlan.PolicyPlan;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Types;
import java.util.ArrayList;
import java.util.List;

/**
 * Moves the watermarks of what is published, and marks where the metrics that are not published
 * must start again, because assignments have changed behind their back.
 */
final class WatermarkWriter {
  private final Connection connection;
  private final RunContext run;
  private final RunOutcome outcome;
  private final String table;

  WatermarkWriter(Connection connection, RunContext run, RunOutcome outcome) {
    this.connection = connection;
    this.run = run;
    this.outcome = outcome;
    this.table = run.tables().name("watermarks");
  }

  void write() throws SQLException {
    for (int p = 0; p < run.plan().policies().size(); p++) {
      PolicyPlan policy = run.plan().policies().get(p);
      List<String> published = new ArrayList<>();
      for (int m = 0; m < policy.metrics().size(); m++) {
        if (outcome.publishes(p, m)) {
          MetricPlan metric = policy.metrics().get(m);
          published.add(metric.metricKey());
          move(policy, metric.metricKey(), metric.start(), metric.fingerprint(), metric.totalsTo());
        }
      }
      if (outcome.publishes(p) && policy.readsAssignments()) {
        move(policy, "", policy.assignmentsFrom(), policy.fingerprint(), null);
        pullBack(policy, published);
      }
    }
    for (Definitions.Policy policy : run.definitions().policies().values()) {
      startOver(policy);
    }
  }

  private void move(
      PolicyPlan policy, String metricKey, long readFrom, String fingerprint, Long totalsTo)
      throws SQLException {
    String sql =
        "INSERT INTO "
            + table
            + " (policy_key, metric_key, window_end, read_from, fingerprint, totals_to,"
            + " restart_from, run_id) VALUES (?, ?, ?, ?, ?, ?, NULL, ?)"
            + " ON CONFLICT (policy_key, metric_key) DO UPDATE SET window_end ="
            + " excluded.window_end, read_from = excluded.read_from, fingerprint ="
            + " excluded.fingerprint, totals_to = excluded.totals_to, restart_from = NULL, run_id ="
            + " excluded.run_id";
    try (PreparedStatement upsert = connection.prepareStatement(sql)) {
      upsert.setString(1, policy.policyKey());
      upsert.setString(2, metricKey);
      upsert.setObject(3, Times.of(policy.end()));
      upsert.setObject(4, Times.of(readFrom));
      upsert.setString(5, fingerprint);
      upsert.setObject(
          6, totalsTo == null ? null : Times.of(totalsTo), Types.TIMESTAMP_WITH_TIMEZONE);
      upsert.setString(7, run.runId());
      upsert.executeUpdate();
    }
  }

  private void pullBack(PolicyPlan policy, List<String> published) throws SQLException {
    String sql =
        "UPDATE "
            + table
            + " SET restart_from = LEAST(restart_from, ?) WHERE policy_key = ? AND metric_key <> ''"
            + " AND metric_key <> ALL (?)";
    try (PreparedStatement update = connection.prepareStatement(sql)) {
      update.setObject(1, Times.of(policy.assignmentsFrom()));
      update.setString(2, policy.policyKey());
      update.setArray(3, connection.createArrayOf("text", published.toArray()));
      update.executeUpdate();
    }
  }

  /** A metric that has left its policy starts over if it comes back. */
  private void startOver(Definitions.Policy policy) throws SQLException {
    String sql =
        "UPDATE "
            + table
            + " SET restart_from = '-infinity' WHERE policy_key = ? AND metric_key <> ''"
            + " AND metric_key <> ALL (?) AND restart_from IS DISTINCT FROM '-infinity'";
    try (PreparedStatement update = connection.prepareStatement(sql)) {
      update.setString(1, policy.key());
      update.setArray(2, connection.createArrayOf("text", policy.metrics().toArray()));
      update.executeUpdate();
    }
  }
}
