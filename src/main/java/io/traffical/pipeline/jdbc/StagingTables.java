package io.traffical.pipeline.jdbc;

import io.traffical.pipeline.model.StagedRows;
import io.traffical.pipeline.window.RunPlan;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

/** Creates, checks and drops what a run's writers fill. */
final class StagingTables {
  private final Connection connection;
  private final RunContext run;
  private final Tables tables;

  StagingTables(Connection connection, RunContext run) {
    this.connection = connection;
    this.run = run;
    this.tables = run.tables();
  }

  /** Creates what is missing: when it is not known whether a commit arrived, it is done again. */
  void create() throws SQLException {
    for (RunPlan.PolicyPlan policy : run.plan().policies()) {
      if (policy.isNew()) {
        createPartitions(policy.policyKey());
      }
    }
    for (Staging.Table<?> table : Staging.ALL) {
      for (int p = 0; p < run.plan().policies().size(); p++) {
        if (run.plan().policies().get(p).isNew() && !table.isPerSet()) {
          create(table.own(run.runId(), p), table);
        }
      }
      String shared = table.shared(run.runId());
      create(shared, table);
      if (!table.isPerSet()) {
        // A row without allocation stands for an assignment that is gone.
        execute(
            "ALTER TABLE %s ALTER allocation_key DROP NOT NULL, ALTER first_assigned_at DROP NOT NULL"
                .formatted(tables.name(shared)));
      }
    }
  }

  /**
   * Gives a policy its partitions, empty, long before there is anything to publish: a query that is
   * planned before a partition is attached does not look into it, even when it sees what was
   * committed with it.
   */
  private void createPartitions(String policyKey) throws SQLException {
    for (Staging.Table<?> table : Staging.ALL) {
      String partition = tables.name(Tables.partition(policyKey, table.suffix()));
      String parent = tables.name(table.name());
      if (!isPartition(partition, parent)) {
        execute("CREATE TABLE %s (LIKE %s INCLUDING DEFAULTS)".formatted(partition, parent));
        // It has no primary key, and may belong to a publication of all tables of the database.
        execute("ALTER TABLE %s REPLICA IDENTITY FULL".formatted(partition));
        // Its lock lets readers of the parent pass, which CREATE TABLE .. PARTITION OF does not.
        execute(
            "ALTER TABLE %s ATTACH PARTITION %s FOR VALUES IN (%s)"
                .formatted(parent, partition, Tables.literal(policyKey)));
      }
    }
  }

  private boolean isPartition(String name, String parent) throws SQLException {
    String sql =
        "SELECT FROM pg_catalog.pg_inherits WHERE inhrelid = pg_catalog.to_regclass(?) AND inhparent"
            + " = pg_catalog.to_regclass(?)";
    try (PreparedStatement select = connection.prepareStatement(sql)) {
      select.setString(1, name);
      select.setString(2, parent);
      try (ResultSet row = select.executeQuery()) {
        return row.next();
      }
    }
  }

  private void create(String name, Staging.Table<?> table) throws SQLException {
    execute(
        "CREATE UNLOGGED TABLE IF NOT EXISTS %s (LIKE %s INCLUDING DEFAULTS)"
            .formatted(tables.name(name), tables.name(table.name())));
  }

  /**
   * Compares what is staged with what the writers said, and removes what others have written:
   * attempts that did not reach their end, and runs that died.
   *
   * @throws IllegalStateException if a writer's rows are not all there
   */
  void verify(List<StagedRows> staged) throws SQLException {
    for (String name : filled()) {
      // A writer that was cut off and does not know it must not add rows after they were counted.
      execute("LOCK TABLE " + tables.name(name) + " IN SHARE ROW EXCLUSIVE MODE");
      List<StagedRows> words = staged.stream().filter(w -> w.table().equals(name)).toList();
      long expected = words.stream().mapToLong(StagedRows::rows).sum();
      if (count(name) != expected) {
        String transactions =
            words.stream()
                .flatMapToLong(word -> LongStream.of(word.transactions()))
                .mapToObj(String::valueOf)
                .collect(Collectors.joining(","));
        execute(
            "DELETE FROM %s staged WHERE NOT EXISTS (SELECT FROM pg_catalog.unnest('{%s}'::text[]) AS written (id) WHERE written.id = staged.xmin::text)"
                .formatted(tables.name(name), transactions));
        if (count(name) != expected) {
          throw new IllegalStateException(
              "run %s: %d rows are staged in %s, but its writers wrote %d; run again"
                  .formatted(run.runId(), count(name), name, expected));
        }
      }
    }
  }

  private long count(String name) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT count(*) FROM " + tables.name(name))) {
      row.next();
      return row.getLong(1);
    }
  }

  /** Drops them. */
  void drop() throws SQLException {
    for (String name : filled()) {
      if (name.startsWith(Staging.PREFIX)) {
        execute("DROP TABLE IF EXISTS " + tables.name(name));
      }
    }
  }

  /** Returns the names of the tables that the run's writers fill. */
  private Set<String> filled() {
    Set<String> names = new TreeSet<>(); // writers lock them in the same order
    for (Staging.Table<?> table : Staging.ALL) {
      names.add(table.shared(run.runId()));
      for (int p = 0; p < run.plan().policies().size(); p++) {
        names.add(table.of(run.runId(), run.plan(), p));
      }
    }
    return names;
  }

  private void execute(String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }
}
