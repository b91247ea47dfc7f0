package io.traffical.pipeline.jdbc;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.List;

/** Reads the health of policies as of their last publication. */
public final class StoredHealth {
  private final Connection connection;
  private final String table;

  /** Reads the tables of one schema, which exist. */
  public StoredHealth(Connection connection, Tables tables) {
    this.connection = connection;
    this.table = tables.name("policy_health");
  }

  /** Returns the keys of all policies that have a row, in their order as text. */
  public List<String> policies() throws SQLException {
    return read("SELECT policy_key FROM " + table + " h WHERE %s ORDER BY 1", null)
        .values()
        .stream()
        .map(row -> (String) row.get(0))
        .toList();
  }

  /**
   * Returns the rows of {@code policy_health}.
   *
   * @param policyKey the only policy, or null for all
   */
  public Rows rows(String policyKey) throws SQLException {
    return read(
        "SELECT policy_key, as_of, status, checks, series, run_id, computed_at FROM "
            + table
            + " h WHERE %s ORDER BY policy_key",
        policyKey);
  }

  /** Returns policy_key, as_of, status and attention: which checks do not pass, and how. */
  public Rows summary() throws SQLException {
    return read(
        "SELECT policy_key, as_of, status, (SELECT string_agg(c.key || ' ' || (c.value ->>"
            + " 'status'), ', ' ORDER BY c.key) FROM pg_catalog.jsonb_each(checks) c WHERE c.value"
            + " ->> 'status' <> 'pass') AS attention FROM "
            + table
            + " h WHERE %s ORDER BY policy_key",
        null);
  }

  /**
   * Returns one row per policy and check: policy_key, check_key, status, needs_attention, detail.
   *
   * @param policyKey the only policy, or null for all
   */
  public Rows checks(String policyKey) throws SQLException {
    return read(
        "SELECT policy_key, c.key AS check_key, c.value ->> 'status' AS status,"
            + " (c.value ->> 'needs_attention')::boolean AS needs_attention, c.value ->> 'detail'"
            + " AS detail FROM "
            + table
            + " h, pg_catalog.jsonb_each(checks) c WHERE %s ORDER BY policy_key, check_key",
        policyKey);
  }

  /**
   * Returns new units over time, one row per policy: policy_key, per_hour and per_day (numbers in
   * one text, the oldest first, from the first that is not 0), total, allocations (counts in one
   * text), undeclared, and age_seconds: how long ago the data end.
   *
   * @param policyKey the only policy, or null for all
   */
  public Rows series(String policyKey) throws SQLException {
    return read(
        "SELECT policy_key, "
            + numbers("per_hour")
            + ", "
            + numbers("per_day")
            + ", (series #>> '{lifetime,total}')::bigint AS total, (SELECT string_agg(a.key || ' '"
            + " || a.value, ', ') FROM pg_catalog.jsonb_each_text(series #>"
            + " '{lifetime,allocations}') a) AS allocations, (series #>>"
            + " '{lifetime,undeclared}')::bigint AS undeclared, extract(epoch FROM now() -"
            + " as_of)::double precision AS age_seconds FROM "
            + table
            + " h WHERE %s ORDER BY policy_key",
        policyKey);
  }

  private static String numbers(String steps) {
    return "regexp_replace(array_to_string(ARRAY(SELECT n.value FROM"
        + " pg_catalog.jsonb_array_elements_text(series #> '{"
        + steps
        + ",total}') WITH ORDINALITY n (value, place) ORDER BY n.place), ' '), '^(0 )+', '') AS "
        + steps;
  }

  private Rows read(String sql, String policyKey) throws SQLException {
    String which = policyKey == null ? "true" : "policy_key = ?";
    try (PreparedStatement select = connection.prepareStatement(sql.formatted(which))) {
      if (policyKey != null) {
        select.setString(1, policyKey.replace("\u0000", ""));
      }
      return Rows.read(select);
    }
  }
}
