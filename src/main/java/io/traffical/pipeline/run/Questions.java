package io.traffical.pipeline.run;

import io.traffical.pipeline.definition.Definitions;
import io.traffical.pipeline.jdbc.DefinitionQuery;
import io.traffical.pipeline.jdbc.PostgresConnections;
import io.traffical.pipeline.jdbc.Retries;
import io.traffical.pipeline.jdbc.Rows;
import io.traffical.pipeline.jdbc.SourceProbe;
import io.traffical.pipeline.jdbc.SqlFailure;
import io.traffical.pipeline.jdbc.Trouble;
import io.traffical.pipeline.sql.Column;
import io.traffical.pipeline.window.DefinitionRef;
import io.traffical.pipeline.window.Micros;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Questions of commands that run nothing and change nothing. */
public final class Questions {
  private Questions() {}

  /** A question to one database. */
  public interface Question<T> {
    /** Asks and returns the answer. */
    T ask(Connection connection) throws SQLException;
  }

  /**
   * Asks the database that holds the materializations, in one read-only transaction that sees one
   * state of it.
   *
   * @throws RunFailure if it cannot be asked
   */
  public static <T> T ask(Definitions definitions, Question<T> question) {
    try {
      return Retries.run(() -> once(definitions, question));
    } catch (SQLException e) {
      throw Failures.of(definitions, e);
    }
  }

  private static <T> T once(Definitions definitions, Question<T> question) throws SQLException {
    try (Connection connection =
        PostgresConnections.open(
            definitions.connection(), definitions.pipeline().statementTimeout())) {
      connection.setAutoCommit(false);
      try (Statement statement = connection.createStatement()) {
        statement.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY");
        statement.execute(
            "SET LOCAL statement_timeout = "
                + definitions.pipeline().statementTimeout().toMillis());
        statement.execute("SET LOCAL search_path = pg_catalog");
      }
      T answer = question.ask(connection);
      connection.rollback();
      return answer;
    }
  }

  /**
   * Asks the source about every assignment and fact definition, used by a policy or not, and
   * returns what is wrong with each; definitions without problems are left out.
   *
   * @throws RunFailure if a database cannot be asked
   */
  public static Map<DefinitionRef, List<Trouble>> problems(Definitions definitions) {
    if (!definitions.source().equals(definitions.connection())) {
      ask(definitions, Connection::isReadOnly);
    }
    try {
      return Retries.run(() -> problemsOnce(definitions));
    } catch (SQLException e) {
      throw Failures.ofSource(definitions, e);
    }
  }

  private static Map<DefinitionRef, List<Trouble>> problemsOnce(Definitions definitions)
      throws SQLException {
    Map<DefinitionRef, List<Trouble>> problems = new LinkedHashMap<>();
    try (SourceProbe probe = new SourceProbe(definitions)) {
      long clock = probe.clock().micros();
      for (DefinitionRef definition : DefinitionRef.all(definitions)) {
        problems.put(definition, probe.problems(definition, clock));
      }
    }
    problems.values().removeIf(List::isEmpty);
    return problems;
  }

  /**
   * Returns what is doubtful about the definitions with which nothing was wrong, without those of
   * which nothing is. What has an SQLSTATE is more than a doubt: the server refused to read rows.
   *
   * @param broken those with which something is wrong
   * @throws RunFailure if the source cannot be asked
   */
  public static Map<DefinitionRef, List<Trouble>> doubts(
      Definitions definitions, Set<DefinitionRef> broken) {
    List<DefinitionRef> sound = new ArrayList<>(DefinitionRef.all(definitions));
    sound.removeAll(broken);
    try {
      return Retries.run(
          () -> {
            try (SourceProbe probe = new SourceProbe(definitions)) {
              return probe.doubts(sound, probe.clock().micros());
            }
          });
    } catch (SQLException e) {
      throw Failures.ofSource(definitions, e);
    }
  }

  /**
   * Reads some rows of a definition as a run would.
   *
   * @param from first time to read; null for a window before {@code to}
   * @param to first time after what is read; null for a window after {@code from}, or for the last
   *     due window
   * @throws RunFailure if the source cannot be asked
   */
  public static Sample sample(
      Definitions definitions, DefinitionRef definition, Instant from, Instant to, int limit) {
    try {
      return Retries.run(() -> sampleOnce(definitions, definition, from, to, limit));
    } catch (SQLException e) {
      throw Failures.ofSource(definitions, e);
    }
  }

  private static Sample sampleOnce(
      Definitions definitions, DefinitionRef definition, Instant from, Instant to, int limit)
      throws SQLException {
    try (Connection connection =
            PostgresConnections.open(
                definitions.source(), definitions.pipeline().statementTimeout());
        SourceProbe probe = new SourceProbe(definitions, connection)) {
      long window = Micros.of(definitions.pipeline().window());
      long due =
          Micros.floor(probe.clock().micros() - Micros.of(definitions.pipeline().delay()), window);
      long end = to != null ? Micros.of(to) : from != null ? Micros.of(from) + window : due;
      long start = from != null ? Micros.of(from) : end - window;
      DefinitionQuery query = new DefinitionQuery(definitions, definition, connection, start, end);
      List<Trouble> troubles = probe.problems(definition, end);
      List<Column> columns = List.of();
      Rows rows = null;
      if (troubles.stream().allMatch(trouble -> trouble.sqlState() == null)) {
        columns = query.columns();
        try {
          rows = query.rows(limit);
        } catch (SQLException e) {
          troubles = List.of(ofRows(definitions, e));
        }
      }
      return new Sample(
          query.sql(), Micros.toInstant(start), Micros.toInstant(end), columns, rows, troubles);
    }
  }

  private static Trouble ofRows(Definitions definitions, SQLException e) throws SQLException {
    if (SqlFailure.isTransient(e)) {
      throw e;
    }
    return Failures.trouble(e, definitions.source(), definitions.schema());
  }
}
