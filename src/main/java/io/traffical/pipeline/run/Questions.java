package io.traffical.pipeline.run;

import io.traffical.pipeline.definition.ConnectionSettings;
import io.traffical.pipeline.definition.Definitions;
import io.traffical.pipeline.jdbc.PostgresConnections;
import io.traffical.pipeline.jdbc.SourceProbe;
import io.traffical.pipeline.window.DefinitionRef;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

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
    try (Connection connection =
        PostgresConnections.open(
            definitions.connection(), definitions.pipeline().statementTimeout())) {
      connection.setAutoCommit(false);
      try (Statement statement = connection.createStatement()) {
        statement.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY");
        statement.execute("SET LOCAL search_path = pg_catalog");
      }
      T answer = question.ask(connection);
      connection.rollback();
      return answer;
    } catch (SQLException e) {
      throw Failures.of(definitions, e);
    }
  }

  /**
   * Asks the source about every assignment and fact definition, used by a policy or not, and
   * returns what is wrong with each; definitions without problems are left out.
   *
   * @throws RunFailure if a database cannot be asked
   */
  public static Map<DefinitionRef, List<String>> problems(Definitions definitions) {
    if (!definitions.source().equals(definitions.connection())) {
      ask(definitions, Connection::isReadOnly);
    }
    Map<DefinitionRef, List<String>> problems = new LinkedHashMap<>();
    try (SourceProbe probe = new SourceProbe(definitions)) {
      long clock = probe.clock().micros();
      for (String name : definitions.assignments().keySet()) {
        DefinitionRef definition = DefinitionRef.assignment(name);
        problems.put(definition, probe.problems(definition, clock));
      }
      for (String name : definitions.facts().keySet()) {
        DefinitionRef definition = DefinitionRef.fact(name);
        problems.put(definition, probe.problems(definition, clock));
      }
    } catch (SQLException e) {
      throw Failures.of(at(definitions.source(), definitions), e);
    }
    problems.values().removeIf(List::isEmpty);
    return problems;
  }

  /**
   * The same definitions as if they lived where the source is, for messages that name the place.
   */
  private static Definitions at(ConnectionSettings place, Definitions definitions) {
    return new Definitions(
        place,
        place,
        definitions.schema(),
        definitions.pipeline(),
        definitions.entities(),
        definitions.assignments(),
        definitions.facts(),
        definitions.metrics(),
        definitions.policies());
  }
}
