package io.traffical.pipeline.jdbc;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/** Reads published results and what they rest on. */
public final class StoredResults {
  private static final String COLUMNS =
      "policy_key, metric_key, allocation_key, dimension, dimension_value, as_of, units, numerator,"
          + " denominator, value, variance, standard_error, is_control, lift, lift_standard_error,"
          + " lift_lower, lift_upper, relative_lift, relative_lift_lower, relative_lift_upper,"
          + " p_value, significant, method, cuped, variance_reduction,"
          + " steps, role, guardrail_status, p_value_adjusted, reason, run_id, computed_at";

  private final Connection connection;
  private final Tables tables;

  /** Reads the tables of one schema, which exist. */
  public StoredResults(Connection connection, Tables tables) {
    this.connection = connection;
    this.tables = tables;
  }

  /**
   * Returns the total rows of {@code metric_results}: one per policy, metric and allocation, the
   * control first.
   *
   * @param policyKey the only policy, or null for all
   * @param asOf exclusive end of the data, or null for each metric's newest
   */
  public Rows totals(String policyKey, Instant asOf) throws SQLException {
    return ofDimension(policyKey, asOf, "");
  }

  /**
   * Returns as {@link #totals} the rows of each value of a dimension; '' for those of all units.
   */
  public Rows ofDimension(String policyKey, Instant asOf, String dimension) throws SQLException {
    List<Object> parameters = new ArrayList<>();
    StringBuilder sql = new StringBuilder("SELECT " + COLUMNS + " FROM ");
    sql.append(tables.name(asOf == null ? "latest_results" : "metric_results"));
    sql.append(" WHERE dimension = ?");
    parameters.add(dimension.replace("\u0000", ""));
    if (policyKey != null) {
      sql.append(" AND policy_key = ?");
      parameters.add(policyKey.replace("\u0000", ""));
    }
    if (asOf != null) {
      sql.append(" AND as_of = ?");
      parameters.add(asOf.atOffset(ZoneOffset.UTC));
    }
    sql.append(
        " ORDER BY policy_key, metric_key, dimension_value, is_control DESC, allocation_key");
    try (PreparedStatement select = connection.prepareStatement(sql.toString())) {
      for (int i = 0; i < parameters.size(); i++) {
        select.setObject(i + 1, parameters.get(i));
      }
      return Rows.read(select);
    }
  }

  /** Returns the keys of all policies that have results, in their order as text. */
  public List<String> policies() throws SQLException {
    String sql = "SELECT DISTINCT policy_key FROM " + tables.name("metric_results") + " ORDER BY 1";
    try (PreparedStatement select = connection.prepareStatement(sql)) {
      return Rows.read(select).values().stream().map(row -> (String) row.get(0)).toList();
    }
  }

  /**
   * Returns the names of all dimensions that have results, sorted.
   *
   * @param policyKey the only policy, or null for all
   */
  public List<String> dimensions(String policyKey) throws SQLException {
    String sql =
        "SELECT DISTINCT dimension FROM "
            + tables.name("latest_results")
            + " WHERE dimension <> '' AND (policy_key = ? OR ?::text IS NULL) ORDER BY 1";
    try (PreparedStatement select = connection.prepareStatement(sql)) {
      select.setString(1, policyKey);
      select.setString(2, policyKey);
      return Rows.read(select).values().stream().map(row -> (String) row.get(0)).toList();
    }
  }

  /**
   * Returns the units of a policy as they were at a time, one row per first allocation:
   * allocation_key, units, crossovers.
   */
  public Rows units(String policyKey, Instant asOf) throws SQLException {
    String sql =
        "SELECT allocation_key, count(*) AS units, count(*) FILTER (WHERE crossed_over_at < ?) AS"
            + " crossovers FROM "
            + tables.name("assignments")
            + " WHERE policy_key = ? AND first_assigned_at < ? GROUP BY 1 ORDER BY 1";
    try (PreparedStatement select = connection.prepareStatement(sql)) {
      select.setObject(1, asOf.atOffset(ZoneOffset.UTC));
      select.setString(2, policyKey);
      select.setObject(3, asOf.atOffset(ZoneOffset.UTC));
      return Rows.read(select);
    }
  }

  /**
   * Returns how many units of a policy were first assigned within a time, and since when there are
   * any at all: new_units, first_at (null without units).
   *
   * @param allocations the only ones that count
   * @param withCrossovers whether units that crossed over before {@code until} count
   */
  public Rows arrivals(
      String policyKey,
      Collection<String> allocations,
      boolean withCrossovers,
      Instant from,
      Instant until)
      throws SQLException {
    String sql =
        "SELECT count(*) FILTER (WHERE first_assigned_at >= ? AND (? OR crossed_over_at IS NULL OR"
            + " crossed_over_at >= ?)) AS new_units, min(first_assigned_at) AS first_at FROM "
            + tables.name("assignments")
            + " WHERE policy_key = ? AND first_assigned_at < ? AND allocation_key = ANY (?)";
    try (PreparedStatement select = connection.prepareStatement(sql)) {
      select.setObject(1, from.atOffset(ZoneOffset.UTC));
      select.setBoolean(2, withCrossovers);
      select.setObject(3, until.atOffset(ZoneOffset.UTC));
      select.setString(4, policyKey);
      select.setObject(5, until.atOffset(ZoneOffset.UTC));
      select.setArray(6, connection.createArrayOf("text", allocations.toArray()));
      return Rows.read(select);
    }
  }
}
