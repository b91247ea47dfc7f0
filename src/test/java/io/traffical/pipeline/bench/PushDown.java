package io.traffical.pipeline.bench;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Cases b1 and b2: the same results computed by Postgres itself, each policy in one statement, with
 * the settings of a large analytical query. Of the forms tried, grouping by hash for the first
 * assignment and again per unit was the fastest; DISTINCT ON, a materialized first step, an inner
 * join with the units counted apart, an intermediate table, and plans made parallel by force were
 * no faster, or by less than the repetitions differed.
 */
final class PushDown {
  private PushDown() {}

  /** Settles the connection for large statements. */
  static void tune(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(
          """
          SET work_mem = '512MB';
          SET hash_mem_multiplier = 2;
          SET maintenance_work_mem = '1GB';
          SET max_parallel_workers_per_gather = 2;
          SET max_parallel_maintenance_workers = 2;
          SET jit = off;
          -- Text sorts slowly, and the planner takes the first assignments for few.
          SET enable_sort = off;
          """);
    }
  }

  /** Case b1: one statement per policy and metric. */
  static List<Estimate> perMetric(Dataset data) throws SQLException {
    List<Estimate> estimates = new ArrayList<>();
    try (Connection connection = data.database().connect()) {
      tune(connection);
      for (String policy : data.shape().policies()) {
        for (BenchMetric metric : data.shape().metrics()) {
          estimates.addAll(query(connection, statement(data, policy, List.of(metric))));
        }
      }
    }
    return estimates;
  }

  /** Case b2: one statement per policy, for all its metrics. */
  static List<Estimate> perPolicy(Dataset data) throws SQLException {
    List<Estimate> estimates = new ArrayList<>();
    try (Connection connection = data.database().connect()) {
      tune(connection);
      for (String policy : data.shape().policies()) {
        estimates.addAll(query(connection, statement(data, policy, data.shape().metrics())));
      }
    }
    return estimates;
  }

  static List<Estimate> query(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      return Estimate.read(rows);
    }
  }

  private static String statement(Dataset data, String policy, List<BenchMetric> metrics) {
    String values = numbered(metrics, (m, metric) -> "%s AS v%d".formatted(metric.unitValue(), m));
    return """
        WITH first AS (
          %1$s
        ), per_unit AS (
          SELECT f.user_id, f.lowest, f.highest, %2$s
          FROM first f
          LEFT JOIN %3$s o ON o.user_id = f.user_id
            AND o.event_time >= f.first_at AND o.event_time < '%4$s'
          GROUP BY f.user_id, f.lowest, f.highest
        ), per_allocation AS (
          SELECT lowest AS allocation, count(*)::float8 AS units, %5$s
          FROM per_unit WHERE lowest = highest GROUP BY lowest
        )
        %6$s
        """
        .formatted(
            firstAssignments(data, policy),
            values,
            data.facts(),
            Dataset.END,
            sums(metrics),
            estimates(policy, metrics));
  }

  /**
   * Returns the statement that finds the first assignments. A unit seen in two allocations is left
   * out of the analysis, so that the allocation of all others is both their lowest and highest.
   */
  static String firstAssignments(Dataset data, String policy) {
    return """
        SELECT user_id, min(assigned_at) AS first_at,
            min(allocation_key) AS lowest, max(allocation_key) AS highest
          FROM %s
          WHERE policy_key = '%s' AND assigned_at >= '%s' AND assigned_at < '%s'
          GROUP BY user_id"""
        .formatted(data.exposures(), policy, Dataset.START, Dataset.END);
  }

  /** Returns each metric's sum and sum of squares over units with the values v0, v1, … */
  static String sums(List<BenchMetric> metrics) {
    return numbered(
        metrics, (m, metric) -> "sum(v%1$d) AS s%1$d, sum(v%1$d * v%1$d) AS q%1$d".formatted(m));
  }

  /** Returns the statement that turns {@code per_allocation} into a row per metric. */
  static String estimates(String policy, List<BenchMetric> metrics) {
    return IntStream.range(0, metrics.size())
        .mapToObj(
            m ->
                "SELECT '%s', '%s', allocation, units::bigint, s%d / units, %s FROM per_allocation"
                    .formatted(
                        policy,
                        metrics.get(m).key(),
                        m,
                        metrics.get(m).variance("units", "s" + m, "q" + m)))
        .collect(Collectors.joining("\nUNION ALL\n"));
  }

  /** Text about a metric and its number. */
  interface Numbered {
    String of(int number, BenchMetric metric);
  }

  static String numbered(List<BenchMetric> metrics, Numbered text) {
    return IntStream.range(0, metrics.size())
        .mapToObj(m -> text.of(m, metrics.get(m)))
        .collect(Collectors.joining(", "));
  }
}
