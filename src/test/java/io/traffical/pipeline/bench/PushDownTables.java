package io.traffical.pipeline.bench;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/**
 * Case b3: the work of b2 by statements that leave the same per-unit tables behind as the program
 * does, logged, indexed and committed. Most of the time goes into one hash aggregation per policy;
 * more work_mem, plans made parallel by force, and sorting instead were no faster. Each table is
 * created filled and indexed afterwards; results come from the intermediate unlogged tables, so
 * that nothing is read or joined twice. The tables' physical form is in {@link #assignments},
 * {@link #totals} and {@link #outcomes} only.
 */
final class PushDownTables {
  private final Connection connection;
  private final Dataset data;
  private final String policy;

  private PushDownTables(Connection connection, Dataset data, String policy) {
    this.connection = connection;
    this.data = data;
    this.policy = policy;
  }

  /** Computes all results, and stores what they are made of. */
  static List<Estimate> write(Dataset data) throws SQLException {
    List<Estimate> estimates = new ArrayList<>();
    try (Connection connection = data.database().connect()) {
      PushDown.tune(connection);
      connection.setAutoCommit(false);
      try (Statement statement = connection.createStatement()) {
        statement.execute("CREATE SCHEMA pushed_down");
      }
      for (String policy : data.shape().policies()) {
        estimates.addAll(new PushDownTables(connection, data, policy).write());
      }
      connection.commit();
    }
    return estimates;
  }

  private List<Estimate> write() throws SQLException {
    assignments();
    unitDays();
    unitSums();
    totals();
    outcomes();
    List<Estimate> estimates = results();
    execute("DROP TABLE %s, %s".formatted(table("unit_days"), table("unit_sums")));
    return estimates;
  }

  /** A row per unit; those of units seen in several allocations, if any, are then set right. */
  private void assignments() throws SQLException {
    execute(
        """
        CREATE TABLE %1$s AS
        SELECT '%2$s'::text COLLATE "C" AS policy_key, user_id COLLATE "C" AS unit_key,
          lowest COLLATE "C" AS allocation_key, first_at AS first_assigned_at,
          CASE WHEN lowest <> highest THEN first_at END AS crossed_over_at,
          '{}'::jsonb AS dimensions
        FROM (%3$s) first
        """
            .formatted(table("assignments"), policy, PushDown.firstAssignments(data, policy)));
    execute(
        """
        WITH seen AS (
          SELECT user_id, allocation_key, min(assigned_at) AS at FROM %2$s
          WHERE policy_key = '%3$s' AND assigned_at >= '%4$s' AND assigned_at < '%5$s'
            AND user_id IN (SELECT unit_key FROM %1$s WHERE crossed_over_at IS NOT NULL)
          GROUP BY user_id, allocation_key
        ), ordered AS (
          SELECT user_id,
            array_agg(allocation_key ORDER BY at, allocation_key COLLATE "C") AS allocations,
            array_agg(at ORDER BY at, allocation_key COLLATE "C") AS times
          FROM seen GROUP BY user_id
        )
        UPDATE %1$s SET allocation_key = allocations[1], crossed_over_at = times[2]
        FROM ordered WHERE unit_key = user_id
        """
            .formatted(table("assignments"), data.exposures(), policy, Dataset.START, Dataset.END));
    primaryKey("assignments", "unit_key, policy_key");
    execute("ANALYZE " + table("assignments"));
  }

  /** The one join: what each unit's facts of a day add up to, those of the overlap apart. */
  private void unitDays() throws SQLException {
    execute(
        """
        CREATE UNLOGGED TABLE %s AS
        SELECT a.unit_key, (o.event_time AT TIME ZONE 'UTC')::date AS day,
          o.event_time < '%s' AS stored, count(*) AS facts, %s
        FROM %s a
        JOIN %s o ON o.user_id COLLATE "C" = a.unit_key
          AND o.event_time >= a.first_assigned_at AND o.event_time < '%s'
        GROUP BY 1, 2, 3
        """
            .formatted(
                table("unit_days"),
                Dataset.END.minus(Dataset.OVERLAP),
                metrics(
                    (m, metric) ->
                        metric.column() == null
                            ? "count(*) AS n%1$d, 0::float8 AS v%1$d".formatted(m)
                            : "count(o.%2$s) AS n%1$d, coalesce(sum(o.%2$s), 0)::float8 AS v%1$d"
                                .formatted(m, metric.column())),
                table("assignments"),
                data.facts(),
                Dataset.END));
  }

  private void unitSums() throws SQLException {
    execute(
        """
        CREATE UNLOGGED TABLE %s AS
        SELECT unit_key, sum(facts)::bigint AS facts,
          sum(facts) FILTER (WHERE stored) AS stored_facts, %s
        FROM %s GROUP BY unit_key
        """
            .formatted(
                table("unit_sums"),
                metrics(
                    (m, metric) ->
                        ("sum(v%1$d) AS v%1$d, (sum(n%1$d) FILTER (WHERE stored))::bigint AS n%1$d,"
                                + " sum(v%1$d) FILTER (WHERE stored) AS w%1$d")
                            .formatted(m)),
                table("unit_days")));
  }

  /** A row per unit: for each metric its facts behind the overlap. */
  private void totals() throws SQLException {
    execute(
        """
        CREATE TABLE %s AS
        SELECT '%s'::text COLLATE "C" AS policy_key, 1 AS set_id, unit_key, ARRAY[%s]::float8[] AS tallies
        FROM %s WHERE stored_facts > 0
        """
            .formatted(
                table("unit_total_sets"),
                policy,
                metrics((m, metric) -> "nullif(n%1$d, 0), nullif(w%1$d, 0), NULL".formatted(m)),
                table("unit_sums")));
    primaryKey("unit_total_sets", "unit_key, set_id, policy_key");
  }

  /** A row per unit and day: for each metric its facts behind the overlap. */
  private void outcomes() throws SQLException {
    execute(
        """
        CREATE TABLE %s AS
        SELECT '%s'::text COLLATE "C" AS policy_key, 1 AS set_id, day, unit_key,
          ARRAY[%s]::float8[] AS tallies
        FROM %s WHERE stored
        """
            .formatted(
                table("unit_outcome_sets"),
                policy,
                metrics((m, metric) -> "nullif(n%1$d, 0), nullif(v%1$d, 0), NULL".formatted(m)),
                table("unit_days")));
  }

  private List<Estimate> results() throws SQLException {
    return PushDown.query(
        connection,
        """
        WITH per_unit AS (
          SELECT a.allocation_key AS allocation, %s
          FROM %s a LEFT JOIN %s u USING (unit_key) WHERE a.crossed_over_at IS NULL
        ), per_allocation AS (
          SELECT allocation, count(*)::float8 AS units, %s FROM per_unit GROUP BY allocation
        )
        %s
        """
            .formatted(
                metrics((m, metric) -> "%s AS v%d".formatted(result(m, metric), m)),
                table("assignments"),
                table("unit_sums"),
                PushDown.sums(data.shape().metrics()),
                PushDown.estimates(policy, data.shape().metrics())));
  }

  private static String result(int m, BenchMetric metric) {
    return switch (metric.aggregation()) {
      case "conversion_rate" -> "(u.facts IS NOT NULL)::int::float8";
      case "count" -> "coalesce(u.facts, 0)::float8";
      default -> "coalesce(u.v%d, 0)".formatted(m);
    };
  }

  private void primaryKey(String table, String columns) throws SQLException {
    execute("ALTER TABLE %s ADD PRIMARY KEY (%s)".formatted(table(table), columns));
  }

  private String metrics(PushDown.Numbered text) {
    return PushDown.numbered(data.shape().metrics(), text);
  }

  private String table(String name) {
    return "pushed_down." + policy + "_" + name;
  }

  private void execute(String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }
}
