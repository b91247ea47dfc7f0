package io.traffical.pipeline.jdbc;

import io.traffical.pipeline.health.Check;
import io.traffical.pipeline.health.Status;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The rows of {@code policy_health}, rewritten only when they differ, and one of {@code
 * policy_health_events} for every check whose status differs from the one before. Before a policy's
 * first row all its checks count as passing.
 */
final class HealthTable {
  private final Connection connection;
  private final String table;
  private final String events;
  private final String runId;

  HealthTable(Connection connection, Tables tables, String runId) {
    this.connection = connection;
    this.table = tables.name("policy_health");
    this.events = tables.name("policy_health_events");
    this.runId = runId;
  }

  /** Puts a policy's whole row. */
  void put(String policyKey, long asOf, List<Check> checks, Map<String, Object> series)
      throws SQLException {
    Map<String, Status> before = statuses(policyKey);
    String sql =
        "INSERT INTO "
            + table
            + " AS h (policy_key, as_of, status, checks, series, run_id, computed_at) VALUES (?, ?,"
            + " ?, ?::jsonb, ?::jsonb, ?, pg_catalog.now()) ON CONFLICT (policy_key) DO UPDATE SET"
            + " as_of = excluded.as_of, status = excluded.status, checks = excluded.checks, series"
            + " = excluded.series, run_id = excluded.run_id, computed_at = excluded.computed_at"
            + " WHERE (h.as_of, h.status, h.checks, h.series) IS DISTINCT FROM (excluded.as_of,"
            + " excluded.status, excluded.checks, excluded.series)";
    try (PreparedStatement upsert = connection.prepareStatement(sql)) {
      upsert.setString(1, policyKey);
      upsert.setObject(2, Times.of(asOf));
      upsert.setString(3, Status.worst(checks.stream().map(Check::status).toList()).word());
      upsert.setString(4, json(checks));
      upsert.setString(5, JsonText.of(series));
      upsert.setString(6, runId);
      upsert.executeUpdate();
    }
    recordChanges(policyKey, before, checks);
  }

  /** Replaces one check of a policy that has a row. */
  void update(String policyKey, Check check) throws SQLException {
    Map<String, Status> statuses = statuses(policyKey);
    if (statuses.isEmpty()) {
      return;
    }
    Map<String, Status> after = new LinkedHashMap<>(statuses);
    after.put(check.key(), check.status());
    String sql =
        "UPDATE "
            + table
            + " SET checks = checks || ?::jsonb, status = ?, run_id = ?, computed_at ="
            + " pg_catalog.now() WHERE policy_key = ? AND checks <> checks || ?::jsonb";
    try (PreparedStatement update = connection.prepareStatement(sql)) {
      update.setString(1, json(List.of(check)));
      update.setString(2, Status.worst(after.values()).word());
      update.setString(3, runId);
      update.setString(4, policyKey);
      update.setString(5, json(List.of(check)));
      update.executeUpdate();
    }
    recordChanges(policyKey, statuses, List.of(check));
  }

  /** Returns the status of every check of a policy; empty when it has no row. */
  private Map<String, Status> statuses(String policyKey) throws SQLException {
    String sql =
        "SELECT c.key, c.value ->> 'status' FROM "
            + table
            + ", pg_catalog.jsonb_each(checks) c WHERE policy_key = ?";
    Map<String, Status> statuses = new LinkedHashMap<>();
    try (PreparedStatement select = connection.prepareStatement(sql)) {
      select.setString(1, policyKey);
      try (ResultSet row = select.executeQuery()) {
        while (row.next()) {
          statuses.put(row.getString(1), Status.of(row.getString(2)));
        }
      }
    }
    return statuses;
  }

  private void recordChanges(String policyKey, Map<String, Status> before, List<Check> checks)
      throws SQLException {
    String sql =
        "INSERT INTO "
            + events
            + " (policy_key, check_key, as_of, old_status, status, detail, run_id, recorded_at)"
            + " SELECT policy_key, ?, as_of, ?, ?, ?, ?, pg_catalog.now() FROM "
            + table
            + " WHERE policy_key = ?";
    try (PreparedStatement insert = connection.prepareStatement(sql)) {
      for (Check check : checks) {
        Status old = before.get(check.key());
        if (check.status() != (old == null ? Status.PASS : old)) {
          insert.setString(1, check.key());
          insert.setString(2, old == null ? null : old.word());
          insert.setString(3, check.status().word());
          insert.setString(4, check.detail());
          insert.setString(5, runId);
          insert.setString(6, policyKey);
          insert.executeUpdate();
        }
      }
    }
  }

  private static String json(List<Check> checks) {
    Map<String, Object> fields = new LinkedHashMap<>();
    checks.forEach(check -> fields.put(check.key(), check.fields()));
    return JsonText.of(fields);
  }
}
