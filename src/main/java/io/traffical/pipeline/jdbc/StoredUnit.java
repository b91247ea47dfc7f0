package io.traffical.pipeline.jdbc;

import io.traffical.pipeline.window.RunPlan.MetricPlan;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** Reads what the program's own tables hold of one unit. */
public final class StoredUnit {
  private static final int TALLY = 3;

  private final Connection connection;
  private final Tables tables;

  /** Reads the tables of one schema, which exist. */
  public StoredUnit(Connection connection, Tables tables) {
    this.connection = connection;
    this.tables = tables;
  }

  /**
   * A row of {@code assignments}.
   *
   * @param crossedOverAt null if the unit never did
   */
  public record Assignment(String allocation, Instant firstAssignedAt, Instant crossedOverAt) {}

  /**
   * What is stored of the unit's facts for a metric, all of them before its {@code totals_to}.
   *
   * @param tallies three numbers per slot of the metric
   * @param entries what it has instead of tallies, in parts
   */
  public record Totals(double[] tallies, List<byte[]> entries) {}

  /** Returns the unit's assignment in a policy; null when there is none. */
  public Assignment assignment(String policyKey, String unit) throws SQLException {
    String sql =
        "SELECT allocation_key, first_assigned_at, crossed_over_at FROM "
            + tables.name("assignments")
            + " WHERE policy_key = ? AND unit_key = ?";
    try (PreparedStatement select = connection.prepareStatement(sql)) {
      select.setString(1, policyKey);
      select.setString(2, unit);
      Rows rows = Rows.read(select);
      return rows.isEmpty()
          ? null
          : new Assignment(
              (String) rows.get(0, "allocation_key"),
              (Instant) rows.get(0, "first_assigned_at"),
              (Instant) rows.get(0, "crossed_over_at"));
    }
  }

  /**
   * Returns the unit's totals for a metric that is stored. Of what has no totals, because it keeps
   * every value, all days are read, for which there is no index.
   */
  public Totals totals(String policyKey, MetricPlan metric, String unit) throws SQLException {
    boolean isInDays = metric.isPercentileOfEvents();
    String sql =
        "SELECT m.slot, t.tallies[3 * m.place + 1], t.tallies[3 * m.place + 2],"
            + " t.tallies[3 * m.place + 3], t.entries FROM "
            + tables.name(isInDays ? "unit_outcome_sets" : "unit_total_sets")
            + " t JOIN "
            + tables.name("metric_sets")
            + " m USING (policy_key, set_id) WHERE t.policy_key = ? AND m.metric_key = ? AND"
            + " t.unit_key = ? AND "
            + (isInDays
                ? "(m.days_before IS NULL OR t.day - date '1970-01-01' < m.days_before)"
                : "m.holds_totals");
    double[] tallies = new double[TALLY * metric.slots()];
    List<byte[]> entries = new ArrayList<>();
    try (PreparedStatement select = connection.prepareStatement(sql)) {
      select.setString(1, policyKey);
      select.setString(2, metric.metricKey());
      select.setString(3, unit);
      try (ResultSet row = select.executeQuery()) {
        while (row.next()) {
          if (row.getBytes(5) != null) {
            entries.add(row.getBytes(5));
          }
          int slot = row.getInt(1);
          for (int i = 0; slot < metric.slots() && i < TALLY; i++) {
            tallies[TALLY * slot + i] = row.getDouble(i + 2);
          }
        }
      }
    }
    return new Totals(tallies, entries);
  }
}
