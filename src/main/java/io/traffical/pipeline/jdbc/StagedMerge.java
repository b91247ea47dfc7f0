package io.traffical.pipeline.jdbc;

import io.traffical.pipeline.window.MetricSet;
import io.traffical.pipeline.window.RunPlan.PolicyPlan;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Makes staged rows those of their tables: those of a new policy are inserted, the others merged.
 * Sorted rows go into an index several times faster than rows in hash order.
 */
final class StagedMerge {
  private final Connection connection;
  private final RunContext run;
  private final RunOutcome outcome;
  private final Tables tables;

  StagedMerge(Connection connection, RunContext run, RunOutcome outcome) {
    this.connection = connection;
    this.run = run;
    this.outcome = outcome;
    this.tables = run.tables();
  }

  /** Fills the partitions of new policies, which are empty; what has no index needs no order. */
  void newPolicies() throws SQLException {
    for (int p = 0; p < run.plan().policies().size(); p++) {
      if (run.plan().policies().get(p).isNew() && outcome.publishes(p)) {
        for (Staging.Table<?> table : Staging.ALL) {
          execute(
              "INSERT INTO %s (%s) SELECT %s FROM %s %s %s"
                  .formatted(
                      tables.name(Tables.partition(policyKey(p), table.suffix())),
                      table.columns(),
                      table.columns(),
                      tables.name(table.own(run.runId(), p)),
                      table.isPerSet() ? publishedSets(p) : "",
                      table.isUnique() ? "ORDER BY " + String.join(", ", table.key()) : ""));
        }
      }
    }
  }

  private String policyKey(int p) {
    return run.plan().policies().get(p).policyKey();
  }

  private String publishedSets(int p) {
    return run.sets().of(p).stream()
        .filter(set -> outcome.publishes(p, set))
        .map(set -> String.valueOf(set.id()))
        .collect(Collectors.joining(", ", "WHERE set_id = ANY ('{", "}')"));
  }

  void assignments() throws SQLException {
    List<String> policies = new ArrayList<>();
    for (int p = 0; p < run.plan().policies().size(); p++) {
      PolicyPlan policy = run.plan().policies().get(p);
      if (outcome.publishes(p) && policy.readsAssignments() && !policy.isNew()) {
        policies.add(Tables.literal(policy.policyKey()));
      }
    }
    if (policies.isEmpty()) {
      return;
    }
    String condition = "s.policy_key IN (%s)".formatted(String.join(", ", policies));
    execute("ANALYZE " + shared(Staging.ASSIGNMENTS));
    execute(
        "DELETE FROM %s a USING %s s WHERE %s AND s.allocation_key IS NULL AND a.policy_key = s.policy_key AND a.unit_key = s.unit_key"
            .formatted(tables.name("assignments"), shared(Staging.ASSIGNMENTS), condition));
    merge(Staging.ASSIGNMENTS, condition + " AND s.allocation_key IS NOT NULL");
  }

  void totals() throws SQLException {
    mergeSets(Staging.TOTALS);
  }

  void outcomes() throws SQLException {
    mergeSets(Staging.OUTCOMES);
  }

  private void mergeSets(Staging.Table<?> table) throws SQLException {
    List<String> published = new ArrayList<>();
    for (int p = 0; p < run.plan().policies().size(); p++) {
      PolicyPlan policy = run.plan().policies().get(p);
      for (MetricSet set : run.sets().of(p)) {
        if (outcome.publishes(p, set) && !policy.isNew()) {
          published.add("(%s, %d)".formatted(Tables.literal(policy.policyKey()), set.id()));
        }
      }
    }
    if (!published.isEmpty()) {
      merge(table, "(s.policy_key, s.set_id) IN (%s)".formatted(String.join(", ", published)));
    }
  }

  private void merge(Staging.Table<?> table, String condition) throws SQLException {
    String key = String.join(", ", table.key());
    String replace =
        !table.isUnique()
            ? ""
            : "ORDER BY %s ON CONFLICT (%s) DO UPDATE SET %s"
                .formatted(
                    key,
                    key,
                    table.values().stream()
                        .map(column -> column + " = excluded." + column)
                        .collect(Collectors.joining(", ")));
    execute(
        "INSERT INTO %s (%s) SELECT %s FROM %s s WHERE %s %s"
            .formatted(
                tables.name(table.name()),
                table.columns(),
                table.columns(),
                shared(table),
                condition,
                replace));
  }

  private String shared(Staging.Table<?> table) {
    return tables.name(table.shared(run.runId()));
  }

  private void execute(String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.setEscapeProcessing(false);
      statement.executeUpdate(sql);
    }
  }
}
