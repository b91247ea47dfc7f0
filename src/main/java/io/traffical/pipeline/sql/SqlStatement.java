package io.traffical.pipeline.sql;

import io.traffical.pipeline.sql.SqlToken.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Exactly one reading statement, as far as its text tells. The server has the last word: it alone
 * knows whether parentheses match and functions write.
 *
 * @param text the statement without surrounding blanks and semicolons; comments stay
 */
public record SqlStatement(String text) {
  private static final Set<String> READING = Set.of("SELECT", "WITH", "VALUES", "TABLE");
  private static final Set<String> WRITING = Set.of("INSERT", "UPDATE", "DELETE", "MERGE");

  /**
   * Returns the single statement in the text. Empty statements before and after it are dropped.
   *
   * @throws InvalidSqlException when there is no statement or several, when it does not read, or
   *     when a quote or comment does not end
   */
  public static SqlStatement parse(String sql) {
    List<List<SqlToken>> statements = split(SqlLexer.tokens(sql));
    if (statements.isEmpty()) {
      throw new InvalidSqlException(0, "is empty", "write a SELECT");
    }
    if (statements.size() > 1) {
      throw new InvalidSqlException(
          statements.get(1).get(0).start(),
          "has " + statements.size() + " statements",
          "keep one, without ; inside it");
    }
    List<SqlToken> statement = statements.get(0);
    refuseWriting(statement);
    return new SqlStatement(withoutSemicolons(sql));
  }

  /** Returns the tokens of each statement that is not empty, without comments and semicolons. */
  private static List<List<SqlToken>> split(List<SqlToken> tokens) {
    List<List<SqlToken>> statements = new ArrayList<>();
    List<SqlToken> statement = new ArrayList<>();
    for (SqlToken token : tokens) {
      if (token.isSymbol(';')) {
        statements.add(statement);
        statement = new ArrayList<>();
      } else if (token.kind() != Kind.COMMENT) {
        statement.add(token);
      }
    }
    statements.add(statement);
    statements.removeIf(List::isEmpty);
    return statements;
  }

  private static void refuseWriting(List<SqlToken> statement) {
    SqlToken first =
        statement.stream().filter(t -> !t.isSymbol('(')).findFirst().orElse(statement.get(0));
    if (first.kind() != Kind.WORD || !READING.contains(first.upper())) {
      throw new InvalidSqlException(
          first.start(),
          "starts with "
              + (first.kind() == Kind.WORD ? first.upper() : Wording.quoted(first.text())),
          "start it with SELECT, WITH, VALUES or TABLE: definitions only read");
    }
    for (int i = 1; i < statement.size(); i++) {
      SqlToken token = statement.get(i);
      SqlToken before = statement.get(i - 1);
      if (token.isWord("INTO") && !before.isWord("AS") && !before.isSymbol('.')) {
        throw new InvalidSqlException(
            token.start(), "writes: it has INTO", "return the rows instead of storing them");
      }
      if (isWritingStep(statement, i)) {
        throw new InvalidSqlException(
            token.start(), "writes: it has " + token.upper(), "only read in a definition");
      }
    }
  }

  /** Returns whether the token starts a data-modifying step of a WITH: {@code AS ( DELETE FROM}. */
  private static boolean isWritingStep(List<SqlToken> statement, int i) {
    if (i < 2 || !WRITING.contains(statement.get(i).upper())) {
      return false;
    }
    SqlToken before = statement.get(i - 2);
    boolean isStep =
        statement.get(i - 1).isSymbol('(')
            && (before.isWord("AS") || before.isWord("MATERIALIZED"));
    List<SqlToken> after = statement.subList(i + 1, Math.min(i + 8, statement.size()));
    return isStep
        && after.stream().anyMatch(t -> t.isWord("FROM") || t.isWord("INTO") || t.isWord("SET"));
  }

  private static String withoutSemicolons(String sql) {
    int from = 0;
    int to = sql.length();
    boolean hasStarted = false;
    for (SqlToken token : SqlLexer.tokens(sql)) {
      if (!token.isSymbol(';')) {
        hasStarted |= token.kind() != Kind.COMMENT;
      } else if (hasStarted) {
        to = token.start();
        break;
      } else {
        from = token.end();
      }
    }
    return sql.substring(from, to).strip();
  }
}
