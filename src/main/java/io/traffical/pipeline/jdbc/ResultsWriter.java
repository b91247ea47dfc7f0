package io.traffical.pipeline.jdbc;

import io.traffical.pipeline.model.MetricResult;
import io.traffical.pipeline.window.RunPlan.MetricPlan;
import io.traffical.pipeline.window.RunPlan.PolicyPlan;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Types;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.flink.connector.jdbc.internal.executor.JdbcBatchStatementExecutor;
import org.postgresql.util.PGobject;

/** Replaces the results of published metrics from their as_of on. */
final class ResultsWriter {
  private static final List<String> KEY =
      List.of(
          "policy_key", "metric_key", "allocation_key", "dimension", "dimension_value", "as_of");
  private static final List<String> VALUES =
      List.of(
          "units",
          "numerator",
          "denominator",
          "value",
          "variance",
          "standard_error",
          "is_control",
          "lift",
          "lift_standard_error",
          "lift_lower",
          "lift_upper",
          "relative_lift",
          "relative_lift_lower",
          "relative_lift_upper",
          "p_value",
          "significant",
          "method",
          "cuped",
          "variance_reduction",
          "steps",
          "role",
          "guardrail_status",
          "p_value_adjusted",
          "reason");

  private final Connection connection;
  private final RunContext run;
  private final RunOutcome outcome;
  private final String table;
  private Corrections corrections;

  ResultsWriter(Connection connection, RunContext run, RunOutcome outcome) {
    this.connection = connection;
    this.run = run;
    this.outcome = outcome;
    this.table = run.tables().name("metric_results");
  }

  /** Writes what may be published, and returns how many rows that are. */
  long write(List<MetricResult> results) throws SQLException {
    List<MetricResult> published = new ArrayList<>();
    for (int p = 0; p < run.plan().policies().size(); p++) {
      PolicyPlan policy = run.plan().policies().get(p);
      for (int m = 0; m < policy.metrics().size(); m++) {
        if (outcome.publishes(p, m)) {
          MetricPlan metric = policy.metrics().get(m);
          List<MetricResult> own =
              results.stream().filter(result -> isOf(policy, metric, result)).toList();
          deleteReplaced(policy, metric, own);
          published.addAll(own);
        }
      }
    }
    corrections = new Corrections(connection, run, published);
    upsert(published);
    return published.size();
  }

  private void upsert(List<MetricResult> published) throws SQLException {
    JdbcBatchStatementExecutor<MetricResult> upsert =
        JdbcBatchStatementExecutor.simple(upsertStatement(), this::bind);
    upsert.prepareStatements(connection);
    for (MetricResult result : published) {
      upsert.addToBatch(result);
    }
    upsert.executeBatch();
    upsert.closeStatements();
  }

  private static boolean isOf(PolicyPlan policy, MetricPlan metric, MetricResult result) {
    return result.policyKey().equals(policy.policyKey())
        && result.metricKey().equals(metric.metricKey());
  }

  /** Later results are undone, and rows of the same as_of that this run does not have. */
  private void deleteReplaced(PolicyPlan policy, MetricPlan metric, List<MetricResult> results)
      throws SQLException {
    String sql =
        "DELETE FROM "
            + table
            + " WHERE policy_key = ? AND metric_key = ? AND (as_of > ? OR as_of = ?"
            + " AND (allocation_key, dimension, dimension_value) NOT IN"
            + " (SELECT * FROM ROWS FROM (pg_catalog.unnest(?::text[]),"
            + " pg_catalog.unnest(?::text[]), pg_catalog.unnest(?::text[]))))";
    try (PreparedStatement delete = connection.prepareStatement(sql)) {
      delete.setString(1, policy.policyKey());
      delete.setString(2, metric.metricKey());
      delete.setObject(3, Times.of(policy.until()));
      delete.setObject(4, Times.of(policy.until()));
      delete.setArray(5, texts(results, MetricResult::allocationKey));
      delete.setArray(6, texts(results, MetricResult::dimension));
      delete.setArray(7, texts(results, MetricResult::dimensionValue));
      delete.executeUpdate();
    }
  }

  private Array texts(List<MetricResult> results, Function<MetricResult, String> text)
      throws SQLException {
    return connection.createArrayOf("text", results.stream().map(text).toArray());
  }

  /** A row that would not change is not rewritten. */
  private String upsertStatement() {
    String columns = String.join(", ", KEY) + ", " + String.join(", ", VALUES);
    String places = "?, ".repeat(KEY.size() + VALUES.size());
    String sets =
        VALUES.stream().map(c -> c + " = excluded." + c).collect(Collectors.joining(", "));
    String old = VALUES.stream().map(c -> "r." + c).collect(Collectors.joining(", "));
    String fresh = VALUES.stream().map(c -> "excluded." + c).collect(Collectors.joining(", "));
    return "INSERT INTO %s AS r (%s, run_id, computed_at) VALUES (%s?, pg_catalog.now()) ON CONFLICT (%s) DO UPDATE SET %s, run_id = excluded.run_id, computed_at = excluded.computed_at WHERE (%s) IS DISTINCT FROM (%s)"
        .formatted(table, columns, places, String.join(", ", KEY), sets, old, fresh);
  }

  private void bind(PreparedStatement row, MetricResult result) throws SQLException {
    int i = 1;
    row.setString(i++, result.policyKey());
    row.setString(i++, result.metricKey());
    row.setString(i++, result.allocationKey());
    row.setString(i++, result.dimension());
    row.setString(i++, result.dimensionValue());
    row.setObject(i++, Times.of(result.asOf()));
    row.setLong(i++, result.units());
    row.setObject(i++, result.numerator(), Types.DOUBLE);
    row.setObject(i++, result.denominator(), Types.DOUBLE);
    row.setObject(i++, result.value(), Types.DOUBLE);
    row.setObject(i++, result.variance(), Types.DOUBLE);
    row.setObject(i++, result.standardError(), Types.DOUBLE);
    row.setBoolean(i++, result.isControl());
    row.setObject(i++, result.lift(), Types.DOUBLE);
    row.setObject(i++, result.liftStandardError(), Types.DOUBLE);
    row.setObject(i++, result.liftLower(), Types.DOUBLE);
    row.setObject(i++, result.liftUpper(), Types.DOUBLE);
    row.setObject(i++, result.relativeLift(), Types.DOUBLE);
    row.setObject(i++, result.relativeLiftLower(), Types.DOUBLE);
    row.setObject(i++, result.relativeLiftUpper(), Types.DOUBLE);
    row.setObject(i++, result.pValue(), Types.DOUBLE);
    row.setObject(i++, corrections.isSignificant(result), Types.BOOLEAN);
    row.setString(i++, result.method());
    row.setBoolean(i++, result.cuped());
    row.setObject(i++, result.varianceReduction(), Types.DOUBLE);
    row.setObject(i++, result.steps() == null ? null : steps(result.steps()), Types.OTHER);
    row.setString(i++, result.role());
    row.setString(i++, result.guardrailStatus());
    row.setObject(i++, corrections.pValue(result), Types.DOUBLE);
    row.setString(i++, result.reason());
    row.setString(i, run.runId());
  }

  private static PGobject steps(long[] taken) throws SQLException {
    PGobject json = new PGobject();
    json.setType("jsonb");
    json.setValue(Arrays.toString(taken));
    return json;
  }
}
