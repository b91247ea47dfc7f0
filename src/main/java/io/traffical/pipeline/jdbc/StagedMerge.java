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
 * Makes staged rows those of their tables: those of a new policy fill a partition that gets its
 * index afterwards, which is several times faster than filling an index; the rows of the others are
 * merged. Sorted rows go into an index several times faster than rows in hash order.
 *
 * <p>A new partition is filled here, and not by attaching what was staged: a reader that looks at
 * several tables in one snapshot would see rows that were committed before the run was.
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

  /** Gives new policies their partitions. */
  void partitions() throws SQLException {
    for (int p = 0; p < run.plan().policies().size(); p++) {
      PolicyPlan policy = run.plan().policies().get(p);
      if (policy.isNew() && outcome.publishes(p)) {
        for (Staging.Table<?> table : Staging.ALL) {
          createPartition(table, p, policy);
        }
      }
    }
  }

  private void createPartition(Staging.Table<?> table, int p, PolicyPlan policy)
      throws SQLException {
    String partition = Tables.partition(policy.policyKey(), table.suffix());
    String name = tables.name(partition);
    String parent = tables.name(table.name());
    String policyKey = Tables.literal(policy.policyKey());
    // The check lets the table be attached as a partition without being read again.
    execute(
        "CREATE TABLE %s (LIKE %s INCLUDING DEFAULTS, CONSTRAINT one_policy CHECK (policy_key = %s))"
            .formatted(name, parent, policyKey));
    execute(
        "INSERT INTO %s (%s) SELECT %s FROM %s %s"
            .formatted(
                name,
                table.columns(),
                table.columns(),
                tables.name(table.own(run.runId(), p)),
                table.isPerSet() ? publishedSets(p) : ""));
    if (table.isUnique()) {
      // The index's name is that of the partition, with another first letter.
      execute(
          "ALTER TABLE %s ADD CONSTRAINT %s PRIMARY KEY (%s)"
              .formatted(
                  name,
                  Tables.identifier("_k" + partition.substring(2)),
                  String.join(", ", table.key())));
    }
    execute(
        "ALTER TABLE %s ATTACH PARTITION %s FOR VALUES IN (%s)".formatted(parent, name, policyKey));
    execute("ALTER TABLE %s DROP CONSTRAINT one_policy".formatted(name));
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
