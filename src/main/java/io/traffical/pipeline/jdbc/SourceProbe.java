package io.traffical.pipeline.jdbc;

import io.traffical.pipeline.definition.Definitions;
import io.traffical.pipeline.sql.Column;
import io.traffical.pipeline.sql.RequiredColumns;
import io.traffical.pipeline.window.DefinitionRef;
import io.traffical.pipeline.window.Micros;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;

/** Asks the source about its clock and about definitions, without reading rows. */
public final class SourceProbe implements AutoCloseable {
  private final Definitions definitions;
  private final Connection connection;

  /** Connects to the source. */
  public SourceProbe(Definitions definitions) throws SQLException {
    this.definitions = definitions;
    this.connection =
        PostgresConnections.open(definitions.source(), definitions.pipeline().statementTimeout());
  }

  /** Returns up to when the source is complete. */
  public SourceClock clock() throws SQLException {
    return SourceClock.read(connection);
  }

  /**
   * Returns what is wrong with a definition, or null: its SQL as the server sees it for the hour
   * before the given time, and the columns it returns.
   *
   * @throws SQLException if the source itself is in trouble
   */
  public String problem(DefinitionRef definition, long time) throws SQLException {
    try {
      List<String> problems = columnProblems(definition, time);
      return problems.isEmpty()
          ? null
          : definition + ": DEFINITION: " + String.join("; ", problems);
    } catch (SQLException e) {
      if (SqlFailure.isTransient(e)) {
        throw e;
      }
      return definition + ": " + SqlFailure.describe(e) + hint(e);
    }
  }

  /**
   * Returns everything that is wrong with a definition, each as what is wrong, a semicolon and what
   * to do; empty when nothing is.
   *
   * @throws SQLException if the source itself is in trouble
   */
  public List<String> problems(DefinitionRef definition, long time) throws SQLException {
    try {
      return columnProblems(definition, time);
    } catch (SQLException e) {
      if (SqlFailure.isTransient(e)) {
        throw e;
      }
      String hint = hint(e);
      return List.of(SqlFailure.describe(e) + (hint.isEmpty() ? "; correct its sql" : hint));
    }
  }

  private List<String> columnProblems(DefinitionRef definition, long time) throws SQLException {
    String sql =
        Slices.template(definitions, definition)
            .render(
                Micros.toInstant(time - Micros.of(definitions.pipeline().window())),
                Micros.toInstant(time));
    try (GuardedReads reads =
        new GuardedReads(connection, definitions.pipeline().statementTimeout())) {
      List<Column> columns = reads.describe(sql);
      RequiredColumns required = ReadColumns.of(definitions, definition);
      List<String> problems = required.problems(columns);
      if (problems.isEmpty() && !required.derived().isEmpty()) {
        reads.describe(GuardedReads.wrapped(required.selectList(columns), sql));
      }
      return problems;
    }
  }

  private static String hint(SQLException e) {
    return "42501".equals(e.getSQLState())
        ? "; GRANT SELECT on it (and USAGE on its schema) to the role that reads"
        : "";
  }

  @Override
  public void close() throws SQLException {
    connection.close();
  }
}
