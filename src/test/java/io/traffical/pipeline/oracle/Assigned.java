package io.traffical.pipeline.oracle;

import io.traffical.pipeline.oracle.Experiments.Policy;
import java.time.Instant;
import java.util.List;
import java.util.stream.Collectors;

/** The first assignments that one run over all exposures would find for a policy. */
final class Assigned {
  private final Sql sql;
  private final Experiments experiments;
  private final String policyKey;
  private final Policy policy;
  private final Instant until;
  private final String exposures;

  /**
   * @param end exclusive end of what is published
   * @param exposures a query for rows of the source
   */
  Assigned(Sql sql, Experiments experiments, String policyKey, Instant end, String exposures) {
    this.sql = sql;
    this.experiments = experiments;
    this.policyKey = policyKey;
    this.policy = experiments.policies().get(policyKey);
    this.until = policy.endsAt() == null || end.isBefore(policy.endsAt()) ? end : policy.endsAt();
    this.exposures = exposures;
  }

  Experiments experiments() {
    return experiments;
  }

  String policyKey() {
    return policyKey;
  }

  List<String> allocations() {
    return policy.allocations();
  }

  /** Returns the exclusive end of the rows that count. */
  Instant until() {
    return until;
  }

  /**
   * Makes the table "assigned": a row per unit, its dimensions those of its first exposure, of
   * several at once the smallest.
   */
  void make() {
    List<String> labels = experiments.unitDimensions().stream().map(experiments::label).toList();
    String object =
        experiments.unitDimensions().stream()
            .map(name -> Sql.text(name) + ", " + experiments.label(name))
            .collect(Collectors.joining(", ", "jsonb_build_object(", ")"));
    String ties =
        labels.stream()
            .map(label -> ", (" + label + ") COLLATE \"C\"")
            .collect(Collectors.joining());
    sql.execute(
        """
        DROP TABLE IF EXISTS pg_temp.assigned;
        CREATE TEMP TABLE assigned AS
        WITH seen AS (
          SELECT * FROM (%1$s) e WHERE t >= %2$s AND t < %3$s
        ), first AS (
          SELECT DISTINCT ON (unit) unit, allocation, t, %4$s AS dimensions
          FROM seen
          ORDER BY unit, t, allocation COLLATE "C"%5$s
        )
        SELECT unit, allocation, t, crossed, dimensions,
          allocation = ANY (%6$s) AND (crossed IS NULL OR %7$s) AS is_analysed
        FROM first f, LATERAL (
          SELECT min(s.t) AS crossed FROM seen s
          WHERE s.unit = f.unit AND s.allocation <> f.allocation
        ) c
        """
            .formatted(
                exposures,
                Sql.time(policy.startsAt()),
                Sql.time(until),
                object,
                ties,
                Sql.array(policy.allocations()),
                experiments.settings().keepsFirst()));
  }

  /** Returns how the published assignments differ. */
  List<String> differ() {
    make();
    String expected = "SELECT unit, allocation, t, crossed, dimensions FROM assigned";
    String found =
        "SELECT unit_key, allocation_key, first_assigned_at, crossed_over_at, dimensions FROM traffical.assignments WHERE policy_key = "
            + Sql.text(policyKey);
    return sql.texts(
        """
        (SELECT 'expected', e.* FROM (%1$s EXCEPT ALL %2$s) e)
        UNION ALL (SELECT 'found', f.* FROM (%2$s EXCEPT ALL %1$s) f)
        ORDER BY 2, 1
        """
            .formatted(expected, found));
  }
}
