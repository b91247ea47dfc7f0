package io.traffical.pipeline.jdbc;

import static io.traffical.pipeline.window.MetricSets.NO_DAYS;

import io.traffical.pipeline.window.MetricSets;
import io.traffical.pipeline.window.MetricSets.StoredPlace;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Records where the published metrics' tallies are now, and deletes those that no longer count: the
 * totals of metrics that have all moved to newer sets, and days that were read again.
 */
final class MetricSetWriter {
  private final Connection connection;
  private final RunContext run;
  private final RunOutcome outcome;
  private final String table;

  MetricSetWriter(Connection connection, RunContext run, RunOutcome outcome) {
    this.connection = connection;
    this.run = run;
    this.outcome = outcome;
    this.table = run.tables().name("metric_sets");
  }

  void write() throws SQLException {
    for (int p = 0; p < run.plan().policies().size(); p++) {
      int policy = p;
      List<StoredPlace> before = run.sets().stored(p);
      List<StoredPlace> after =
          run.sets().afterwards(p, metric -> outcome.publishes(policy, metric)).stream()
              .map(this::withoutRemoved)
              .toList();
      if (!after.equals(before)) {
        replace(run.plan().policies().get(p).policyKey(), before, after);
      }
    }
  }

  /**
   * A metric that has left its policy starts over if it comes back; until then it needs nothing.
   */
  private StoredPlace withoutRemoved(StoredPlace place) {
    List<String> metrics = run.definitions().policies().get(place.policyKey()).metrics();
    return metrics.contains(place.metricKey())
        ? place
        : new StoredPlace(
            place.policyKey(),
            place.set(),
            place.place(),
            place.metricKey(),
            place.slot(),
            false,
            NO_DAYS);
  }

  private void replace(String policyKey, List<StoredPlace> before, List<StoredPlace> after)
      throws SQLException {
    Map<Integer, Extent> old = extents(before);
    Map<Integer, Extent> now = extents(after);
    List<StoredPlace> kept = new ArrayList<>();
    for (Map.Entry<Integer, Extent> set : now.entrySet()) {
      Extent was = old.get(set.getKey());
      Extent is = set.getValue();
      if (was != null && was.holdsTotals && !is.holdsTotals) {
        delete("unit_total_sets", policyKey, set.getKey(), "");
      }
      if (was != null && is.daysBefore < was.daysBefore) {
        String from = " AND day >= " + Tables.date(is.daysBefore);
        delete("unit_outcome_sets", policyKey, set.getKey(), from);
      }
      if (is.holdsTotals || is.daysBefore > NO_DAYS) {
        after.stream().filter(place -> place.set() == set.getKey()).forEach(kept::add);
      }
    }
    execute("DELETE FROM " + table + " WHERE policy_key = " + Tables.literal(policyKey));
    insert(kept);
  }

  /** What a set holds for any of its metrics. */
  private static final class Extent {
    private boolean holdsTotals;
    private int daysBefore = NO_DAYS;
  }

  private static Map<Integer, Extent> extents(List<StoredPlace> places) {
    Map<Integer, Extent> extents = new TreeMap<>();
    for (StoredPlace place : places) {
      Extent extent = extents.computeIfAbsent(place.set(), set -> new Extent());
      extent.holdsTotals |= place.holdsTotals();
      extent.daysBefore = Math.max(extent.daysBefore, place.daysBefore());
    }
    return extents;
  }

  private void delete(String name, String policyKey, int set, String condition)
      throws SQLException {
    execute(
        "DELETE FROM %s WHERE policy_key = %s AND set_id = %d%s"
            .formatted(run.tables().name(name), Tables.literal(policyKey), set, condition));
  }

  private void insert(List<StoredPlace> places) throws SQLException {
    String sql =
        "INSERT INTO "
            + table
            + " (policy_key, set_id, place, metric_key, slot, holds_totals, days_before)"
            + " VALUES (?, ?, ?, ?, ?, ?, ?)";
    try (PreparedStatement insert = connection.prepareStatement(sql)) {
      for (StoredPlace place : places) {
        insert.setString(1, place.policyKey());
        insert.setInt(2, place.set());
        insert.setInt(3, place.place());
        insert.setString(4, place.metricKey());
        insert.setInt(5, place.slot());
        insert.setBoolean(6, place.holdsTotals());
        if (place.daysBefore() == MetricSets.ALL_DAYS) {
          insert.setNull(7, java.sql.Types.INTEGER);
        } else {
          insert.setInt(7, place.daysBefore());
        }
        insert.addBatch();
      }
      insert.executeBatch();
    }
  }

  private void execute(String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.executeUpdate(sql);
    }
  }
}
