package io.traffical.pipeline.jdbc;

import io.traffical.pipeline.window.RunPlan.PolicyPlan;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.stream.Collectors;

/**
 * Makes staged rows those of their tables, partition by partition: those of a new policy are
 * completed, and rows of others are merged into theirs.
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

  /** Does so for all policies that the run publishes. */
  void merge() throws SQLException {
    execute("ANALYZE " + shared(Staging.ASSIGNMENTS));
    for (int p = 0; p < run.plan().policies().size(); p++) {
      PolicyPlan policy = run.plan().policies().get(p);
      if (!outcome.publishes(p)) {
        continue;
      }
      for (Staging.Table<?> table : Staging.ALL) {
        if (policy.isNew()) {
          complete(p, table);
        } else {
          merge(p, table);
        }
      }
    }
  }

  /**
   * Brings into a new policy's partition what is not there yet, and only then gives it its index:
   * to build one over rows that are there costs a fifth of adding row by row to it. Readers do not
   * wait for it.
   */
  private void complete(int p, Staging.Table<?> table) throws SQLException {
    if (!table.isPerSet()) {
      insert(p, table, table.own(run.runId(), p), "true", "");
    } else if (!run.sets().of(p).stream().allMatch(set -> outcome.publishes(p, set))) {
      execute(
          "DELETE FROM %s WHERE NOT %s"
              .formatted(tables.name(partition(p, table)), publishedSets(p)));
    }
    if (table.isUnique()) {
      String partition = partition(p, table);
      // The index's name is that of the partition, with another first letter.
      execute(
          "CREATE UNIQUE INDEX IF NOT EXISTS %s ON %s (%s)"
              .formatted(
                  Tables.identifier("_k" + partition.substring(2)),
                  tables.name(partition),
                  key(table)));
    }
  }

  private void merge(int p, Staging.Table<?> table) throws SQLException {
    String rows = "policy_key = " + Tables.literal(policyKey(p));
    if (!table.isPerSet()) {
      // An assignment without allocation is one that is gone.
      execute(
          "DELETE FROM %s a USING %s s WHERE s.%s AND s.allocation_key IS NULL AND a.unit_key = s.unit_key"
              .formatted(tables.name(partition(p, table)), shared(table), rows));
      rows += " AND allocation_key IS NOT NULL";
    }
    insert(p, table, table.shared(run.runId()), rows, table.isUnique() ? replacing(table) : "");
  }

  /** Sorted rows go into an index several times faster than rows in hash order. */
  private static String replacing(Staging.Table<?> table) {
    return "ORDER BY %1$s ON CONFLICT (%1$s) DO UPDATE SET %2$s"
        .formatted(
            key(table),
            table.values().stream()
                .map(column -> column + " = excluded." + column)
                .collect(Collectors.joining(", ")));
  }

  private void insert(int p, Staging.Table<?> table, String staged, String rows, String how)
      throws SQLException {
    execute(
        "INSERT INTO %s (%s) SELECT %s FROM %s WHERE %s%s %s"
            .formatted(
                tables.name(partition(p, table)),
                table.columns(),
                table.columns(),
                tables.name(staged),
                rows,
                table.isPerSet() ? " AND " + publishedSets(p) : "",
                how));
  }

  private String publishedSets(int p) {
    return run.sets().of(p).stream()
        .filter(set -> outcome.publishes(p, set))
        .map(set -> String.valueOf(set.id()))
        .collect(Collectors.joining(", ", "set_id = ANY ('{", "}')"));
  }

  private static String key(Staging.Table<?> table) {
    return String.join(", ", table.key());
  }

  private String partition(int p, Staging.Table<?> table) {
    return Tables.partition(policyKey(p), table.suffix());
  }

  private String policyKey(int p) {
    return run.plan().policies().get(p).policyKey();
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
