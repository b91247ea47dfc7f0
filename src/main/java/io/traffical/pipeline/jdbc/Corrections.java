package io.traffical.pipeline.jdbc;

import io.traffical.pipeline.definition.Definitions;
import io.traffical.pipeline.definition.Definitions.Correction;
import io.traffical.pipeline.model.MetricResult;
import io.traffical.pipeline.stats.Method;
import io.traffical.pipeline.stats.MultipleComparisons;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Adjusts the p-values of a policy for the number of its comparisons: those over all units, of all
 * its metrics as they will stand after this run, also of metrics that it does not publish.
 */
final class Corrections {
  private final Connection connection;
  private final RunContext run;
  private final Map<Row, Double> adjusted = new HashMap<>();

  /** A comparison over all units. */
  private record Row(String policy, String metric, String allocation) {}

  /**
   * Adjusts what is about to be published and, in the table, what stays.
   *
   * @param published the rows that this run publishes
   */
  Corrections(Connection connection, RunContext run, List<MetricResult> published)
      throws SQLException {
    this.connection = connection;
    this.run = run;
    for (Definitions.Policy policy : run.definitions().policies().values()) {
      if (policy.correction() != Correction.NONE) {
        adjust(policy, published);
      }
    }
  }

  private void adjust(Definitions.Policy policy, List<MetricResult> published) throws SQLException {
    Map<Row, Double> family = new HashMap<>();
    Set<String> metrics = new HashSet<>();
    for (MetricResult result : published) {
      if (result.policyKey().equals(policy.key())) {
        metrics.add(result.metricKey());
        if (result.dimension().isEmpty() && result.pValue() != null) {
          family.put(row(result), result.pValue());
        }
      }
    }
    Map<Row, Double> staying = staying(policy, metrics);
    family.putAll(staying);
    List<Row> rows = new ArrayList<>(family.keySet());
    double[] pValues = rows.stream().mapToDouble(family::get).toArray();
    double[] all =
        policy.correction() == Correction.HOLM
            ? MultipleComparisons.holm(pValues)
            : MultipleComparisons.benjaminiHochberg(pValues);
    for (int i = 0; i < all.length; i++) {
      adjusted.put(rows.get(i), all[i]);
    }
    for (Row row : staying.keySet()) {
      update(policy, row);
    }
  }

  private Map<Row, Double> staying(Definitions.Policy policy, Set<String> published)
      throws SQLException {
    String sql =
        "SELECT metric_key, allocation_key, p_value FROM "
            + run.tables().name("latest_results")
            + " WHERE policy_key = ? AND dimension = '' AND p_value IS NOT NULL"
            + " AND metric_key = ANY (?) AND metric_key <> ALL (?)";
    Map<Row, Double> staying = new HashMap<>();
    try (PreparedStatement select = connection.prepareStatement(sql)) {
      select.setString(1, policy.key());
      select.setArray(2, connection.createArrayOf("text", policy.metrics().toArray()));
      select.setArray(3, connection.createArrayOf("text", published.toArray()));
      try (ResultSet found = select.executeQuery()) {
        while (found.next()) {
          Row row = new Row(policy.key(), found.getString(1), found.getString(2));
          staying.put(row, found.getDouble(3));
        }
      }
    }
    return staying;
  }

  /** A row that would not change is not rewritten. */
  private void update(Definitions.Policy policy, Row row) throws SQLException {
    String results = run.tables().name("metric_results");
    String sql =
        "UPDATE "
            + results
            + " r SET p_value_adjusted = ?, significant = ? WHERE policy_key = ? AND metric_key = ?"
            + " AND allocation_key = ? AND dimension = '' AND as_of = (SELECT pg_catalog.max(as_of)"
            + " FROM "
            + results
            + " n WHERE n.policy_key = r.policy_key AND n.metric_key = r.metric_key)"
            + " AND (p_value_adjusted, significant) IS DISTINCT FROM (?, ?)";
    double p = adjusted.get(row);
    try (PreparedStatement update = connection.prepareStatement(sql)) {
      update.setDouble(1, p);
      update.setBoolean(2, isSignificant(policy, p));
      update.setString(3, row.policy());
      update.setString(4, row.metric());
      update.setString(5, row.allocation());
      update.setDouble(6, p);
      update.setBoolean(7, isSignificant(policy, p));
      update.executeUpdate();
    }
  }

  private static Row row(MetricResult result) {
    return new Row(result.policyKey(), result.metricKey(), result.allocationKey());
  }

  /** Returns the row's adjusted p-value, or null. */
  Double pValue(MetricResult result) {
    return result.dimension().isEmpty() ? adjusted.get(row(result)) : null;
  }

  /**
   * Returns whether the row is significant, which follows the adjusted p-value where there is one.
   */
  Boolean isSignificant(MetricResult result) {
    Double p = pValue(result);
    return p == null
        ? result.significant()
        : Boolean.valueOf(isSignificant(run.definitions().policies().get(result.policyKey()), p));
  }

  private static boolean isSignificant(Definitions.Policy policy, double pValue) {
    return pValue < Method.fixed(policy.confidence()).alpha();
  }
}
