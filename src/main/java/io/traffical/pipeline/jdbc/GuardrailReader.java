package io.traffical.pipeline.jdbc;

import io.traffical.pipeline.definition.Definitions.Guardrail;
import io.traffical.pipeline.definition.Definitions.Policy;
import io.traffical.pipeline.health.GuardrailsCheck.Comparison;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/** Reads what the newest results say about a policy's guardrails. */
final class GuardrailReader {
  private final Connection connection;
  private final Tables tables;

  GuardrailReader(Connection connection, Tables tables) {
    this.connection = connection;
    this.tables = tables;
  }

  /**
   * Returns one comparison per guardrail's metric and treatment, in the file's order; one without
   * an allocation for a metric that has no results yet.
   */
  List<Comparison> read(Policy policy) throws SQLException {
    List<String> metrics = policy.guardrails().stream().map(Guardrail::metric).distinct().toList();
    List<Comparison> all = new ArrayList<>();
    for (String metric : metrics) {
      List<Comparison> found = read(policy.key(), metric);
      all.addAll(found.isEmpty() ? List.of(new Comparison(metric, null, null)) : found);
    }
    return all;
  }

  private List<Comparison> read(String policyKey, String metric) throws SQLException {
    String results = tables.name("metric_results");
    String sql =
        "SELECT allocation_key, guardrail_status FROM "
            + results
            + " WHERE policy_key = ? AND metric_key = ? AND dimension = '' AND NOT is_control"
            + " AND as_of = (SELECT pg_catalog.max(as_of) FROM "
            + results
            + " WHERE policy_key = ? AND metric_key = ?) ORDER BY allocation_key";
    try (PreparedStatement select = connection.prepareStatement(sql)) {
      select.setString(1, policyKey);
      select.setString(2, metric);
      select.setString(3, policyKey);
      select.setString(4, metric);
      List<Comparison> found = new ArrayList<>();
      try (ResultSet row = select.executeQuery()) {
        while (row.next()) {
          found.add(new Comparison(metric, row.getString(1), row.getString(2)));
        }
      }
      return found;
    }
  }
}
