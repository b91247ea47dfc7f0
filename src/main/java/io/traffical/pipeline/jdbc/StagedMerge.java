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
 * Makes staged rows those of their tables: the tables of a new policy become its partitions, the
 * rows of the others are merged. Sorted rows go into an index several times faster than rows in
 * hash order.
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

  /** Attaches what new policies have staged, whole. */
  void attach() throws SQLException {
    for (int p = 0; p < run.plan().policies().size(); p++) {
      PolicyPlan policy = run.plan().policies().get(p);
      if (policy.isNew() && outcome.publishes(p)) {
        for (Staging.Table<?> table : Staging.ALL) {
          attach(table, p, policy);
        }
      }
    }
  }

  private void attach(Staging.Table<?> table, int p, PolicyPlan policy) throws SQLException {
    String staged = tables.name(table.own(run.runId(), p));
    String partition = Tables.partition(policy.policyKey(), table.suffix());
    if (table.isPerSet()) {
      for (MetricSet set : run.sets().of(p)) {
        if (!outcome.publishes(p, set)) {
          execute("DELETE FROM %s WHERE set_id = %d".formatted(staged, set.id()));
        }
      }
    }
    execute("ALTER TABLE %s DROP COLUMN writer, DROP COLUMN attempt".formatted(staged));
    if (table.isUnique()) {
      // The index's name is that of the partition, with another first letter.
      execute(
          "ALTER TABLE %s ADD CONSTRAINT %s PRIMARY KEY (%s)"
              .formatted(
                  staged,
                  Tables.identifier("_k" + partition.substring(2)),
                  String.join(", ", table.key())));
    }
    execute("ALTER TABLE %s RENAME TO %s".formatted(staged, Tables.identifier(partition)));
    execute(
        "ALTER TABLE %s ATTACH PARTITION %s FOR VALUES IN (%s)"
            .formatted(
                tables.name(table.name()),
                tables.name(partition),
                Tables.literal(policy.policyKey())));
    execute("ALTER TABLE %s DROP CONSTRAINT one_policy".formatted(tables.name(partition)));
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
