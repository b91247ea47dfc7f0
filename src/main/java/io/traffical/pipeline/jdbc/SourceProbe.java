package io.traffical.pipeline.jdbc;

import io.traffical.pipeline.definition.Definitions;
import io.traffical.pipeline.sql.Column;
import io.traffical.pipeline.sql.RequiredColumns;
import io.traffical.pipeline.window.DefinitionRef;
import io.traffical.pipeline.window.Micros;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Asks the source about its clock and about definitions. */
public final class SourceProbe implements AutoCloseable {
  private final Definitions definitions;
  private final Connection connection;

  /** Connects to the source. */
  public SourceProbe(Definitions definitions) throws SQLException {
    this(
        definitions,
        PostgresConnections.open(definitions.source(), definitions.pipeline().statementTimeout()));
  }

  /** Asks on a connection to the source, which {@link #close} closes. */
  public SourceProbe(Definitions definitions, Connection connection) {
    this.definitions = definitions;
    this.connection = connection;
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
      Trouble refused = refused(definition, time, e);
      String hint = isPermission(e) ? " | hint: " + refused.remedy() : "";
      return definition + ": " + refused.label() + ": " + refused.message() + hint;
    }
  }

  /**
   * Returns everything that is wrong with a definition; empty when nothing is.
   *
   * @throws SQLException if the source itself is in trouble
   */
  public List<Trouble> problems(DefinitionRef definition, long time) throws SQLException {
    try {
      return columnProblems(definition, time).stream().map(SourceProbe::ofColumn).toList();
    } catch (SQLException e) {
      return List.of(refused(definition, time, e));
    }
  }

  /**
   * Returns what is doubtful about definitions with which nothing is wrong: keys of different
   * types, and SQL whose rows depend on how time is cut into slices. Reads the rows of one slice
   * each; what the server refuses then has an SQLSTATE.
   *
   * @param time the source's clock
   * @throws SQLException if the source itself is in trouble
   */
  public Map<DefinitionRef, List<Trouble>> doubts(List<DefinitionRef> sound, long time)
      throws SQLException {
    long window = Micros.of(definitions.pipeline().window());
    long due = Micros.floor(time - Micros.of(definitions.pipeline().delay()), window);
    KeyTypes keyTypes = new KeyTypes(definitions);
    Map<DefinitionRef, List<Trouble>> doubts = new LinkedHashMap<>();
    for (DefinitionRef definition : sound) {
      List<Trouble> found = new ArrayList<>();
      try {
        DefinitionQuery query =
            new DefinitionQuery(definitions, definition, connection, due - window, due);
        found.addAll(keyTypes.unlike(definition, query.columns()));
        new SliceHalves(definitions, definition).compare(connection, due).ifPresent(found::add);
      } catch (SQLException e) {
        found.add(refused(definition, time, e));
      }
      if (!found.isEmpty()) {
        doubts.put(definition, found);
      }
    }
    return doubts;
  }

  private static Trouble ofColumn(String problem) {
    int remedy = problem.lastIndexOf("; ");
    return new Trouble(
        SqlFailure.DEFINITION, null, problem.substring(0, remedy), problem.substring(remedy + 2));
  }

  private Trouble refused(DefinitionRef definition, long time, SQLException e) throws SQLException {
    if (SqlFailure.isTransient(e)) {
      throw e;
    }
    String sql = rendered(definition, time);
    return new Trouble(
        SqlFailure.of(e),
        e.getSQLState(),
        SqlFailure.message(e),
        isPermission(e) ? MissingGrants.remedy(connection, sql) : "correct its sql",
        GuardedReads.lineOf(e, sql));
  }

  private static boolean isPermission(SQLException e) {
    return "42501".equals(e.getSQLState());
  }

  private String rendered(DefinitionRef definition, long time) {
    return Slices.template(definitions, definition)
        .render(
            Micros.toInstant(time - Micros.of(definitions.pipeline().window())),
            Micros.toInstant(time));
  }

  private List<String> columnProblems(DefinitionRef definition, long time) throws SQLException {
    String sql = rendered(definition, time);
    try (GuardedReads reads = new GuardedReads(connection, definitions)) {
      List<Column> columns = reads.describe(sql);
      RequiredColumns required = ReadColumns.of(definitions, definition);
      List<String> problems = required.problems(columns);
      if (problems.isEmpty() && !required.derived().isEmpty()) {
        reads.describe(GuardedReads.wrapped(required.selectList(columns), sql));
      }
      return problems;
    }
  }

  @Override
  public void close() throws SQLException {
    connection.close();
  }
}
