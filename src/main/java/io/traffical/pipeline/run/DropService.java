package io.traffical.pipeline.run;

import io.traffical.pipeline.definition.Definitions;
import io.traffical.pipeline.jdbc.PolicyRemoval;
import io.traffical.pipeline.jdbc.PostgresConnections;
import io.traffical.pipeline.jdbc.Retries;
import io.traffical.pipeline.jdbc.Rows;
import io.traffical.pipeline.jdbc.RunStore;
import io.traffical.pipeline.jdbc.Schema;
import io.traffical.pipeline.jdbc.Tables;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Set;
import java.util.UUID;

/** Drops what is stored of a policy, while no run is active. */
public final class DropService {
  private final Definitions definitions;
  private final Tables tables;

  /** Works on the schema of these definitions, which need not have the policy. */
  public DropService(Definitions definitions) {
    this.definitions = definitions;
    this.tables = new Tables(definitions.schema());
  }

  /**
   * Returns the keys of the policies that can be dropped.
   *
   * @throws RunFailure if the database cannot be asked
   */
  public Set<String> policies() {
    return Questions.ask(
        definitions,
        connection ->
            new Schema(tables).exists(connection)
                ? new PolicyRemoval(connection, tables).policies()
                : Set.of());
  }

  /**
   * Drops a policy that is stored and returns what was removed, one row per table: table_name,
   * rows.
   *
   * @throws RunFailure if another run is active, or it could not be done; then nothing was removed
   */
  public Rows drop(String policyKey) {
    String runId = UUID.randomUUID().toString();
    try (Connection target =
        PostgresConnections.open(
            definitions.connection(), definitions.pipeline().statementTimeout())) {
      new Schema(tables).create(target); // which checks that it can be written to
      RunStore store = new RunStore(target, tables);
      try {
        store.begin(runId, "drop", Owner.name());
        return Retries.run(() -> remove(policyKey, runId, target));
      } catch (SQLException | RuntimeException e) {
        RunFailure failure = Failures.of(definitions, e);
        giveBack(store, runId, failure);
        throw failure;
      }
    } catch (SQLException | RuntimeException e) {
      throw Failures.of(definitions, e);
    }
  }

  /** Without a connection to say it on, the lease expires by itself. */
  private static void giveBack(RunStore store, String runId, RunFailure failure) {
    try {
      store.fail(runId, failure.getMessage());
    } catch (SQLException e) {
      failure.addSuppressed(e);
    }
  }

  /** A reader holds its locks for as long as its transaction lasts, which passes. */
  private Rows remove(String policyKey, String runId, Connection target) throws SQLException {
    new RunStore(target, tables).beat(runId);
    try {
      return new PolicyRemoval(target, tables).remove(policyKey, runId);
    } catch (SQLException e) {
      if (target.isClosed()) {
        throw Failures.of(definitions, e); // it may be done, and the lease went with it
      }
      throw e;
    }
  }
}
