package io.traffical.pipeline.jdbc;

import io.traffical.pipeline.health.ExposureCounter;
import io.traffical.pipeline.health.Exposures;
import io.traffical.pipeline.window.Micros;
import io.traffical.pipeline.window.RunPlan.PolicyPlan;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.OffsetDateTime;
import java.util.List;

/**
 * Counts a policy's units in one scan of its assignments. Allocations that are not declared are
 * counted together: there may be as many of them as units.
 */
final class ExposureReader {
  /**
   * Rows are grouped by one number, which is cheaper than by two values: the bucket plus this times
   * the allocation's place, from 1. More than there are buckets.
   */
  private static final int PLACE = 64;

  private final Connection connection;
  private final Tables tables;

  ExposureReader(Connection connection, Tables tables) {
    this.connection = connection;
    this.tables = tables;
  }

  /** Reads the partition: of a condition on the parent the planner expects hardly any rows. */
  Exposures read(PolicyPlan policy) throws SQLException {
    preferHashing("off");
    List<String> allocations = policy.allocations();
    StringBuilder places = new StringBuilder();
    for (int i = 0; i < allocations.size(); i++) {
      places.append(" WHEN ").append(Tables.literal(allocations.get(i)));
      places.append(" THEN ").append((i + 1) * PLACE);
    }
    String sql =
        "SELECT pg_catalog.width_bucket(first_assigned_at, ?) + CASE allocation_key"
            + places
            + " ELSE 0 END AS place, pg_catalog.count(*), pg_catalog.count(crossed_over_at),"
            + " pg_catalog.max(first_assigned_at) FROM "
            + tables.name(Tables.partition(policy.policyKey(), Staging.ASSIGNMENTS.suffix()))
            + " GROUP BY place";
    ExposureCounter counter = new ExposureCounter(policy.until(), allocations);
    try (PreparedStatement select = connection.prepareStatement(sql)) {
      Object[] bounds =
          ExposureCounter.bounds(policy.until()).stream()
              .map(bound -> Micros.toInstant(bound).toString())
              .toArray();
      select.setArray(1, connection.createArrayOf("timestamptz", bounds));
      try (ResultSet row = select.executeQuery()) {
        while (row.next()) {
          int allocation = row.getInt(1) / PLACE;
          counter.add(
              allocation == 0 ? null : allocations.get(allocation - 1),
              row.getInt(1) % PLACE,
              row.getLong(2),
              row.getLong(3),
              Micros.of(row.getObject(4, OffsetDateTime.class).toInstant()));
        }
      }
    }
    preferHashing("on");
    return counter.exposures();
  }

  /**
   * Of rows that this transaction has brought the planner knows nothing, and would sort them all to
   * group them.
   */
  private void preferHashing(String sorting) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("SET LOCAL enable_sort = " + sorting);
    }
  }
}
