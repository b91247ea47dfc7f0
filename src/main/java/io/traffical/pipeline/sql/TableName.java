package io.traffical.pipeline.sql;

import io.traffical.pipeline.sql.SqlToken.Kind;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * What may be the name of a table in SQL text: found where FROM, JOIN or a comma can have one. A
 * guess that the server's catalog has to confirm.
 *
 * @param schema null when the name is not qualified
 * @param name as the catalog has it: folded to lower case unless quoted
 */
public record TableName(String schema, String name) {
  private static final Set<String> BEFORE = Set.of("FROM", "JOIN", "TABLE", "ONLY");

  /**
   * Returns the names in the text, each once, in its order.
   *
   * @throws InvalidSqlException when a quote or comment does not end
   */
  public static List<TableName> in(String sql) {
    List<SqlToken> tokens = new ArrayList<>(SqlLexer.tokens(sql));
    tokens.removeIf(token -> token.kind() == Kind.COMMENT);
    Set<TableName> names = new LinkedHashSet<>();
    for (int i = 1; i < tokens.size(); i++) {
      if (isName(tokens.get(i)) && canFollow(tokens.get(i - 1))) {
        boolean isQualified =
            i + 2 < tokens.size() && tokens.get(i + 1).isSymbol('.') && isName(tokens.get(i + 2));
        names.add(
            isQualified
                ? new TableName(folded(tokens.get(i)), folded(tokens.get(i + 2)))
                : new TableName(null, folded(tokens.get(i))));
      }
    }
    return List.copyOf(names);
  }

  /**
   * Returns the names right behind FROM or JOIN, each once, in their order, without those that WITH
   * defines: for when there is no catalog to ask.
   *
   * @throws InvalidSqlException when a quote or comment does not end
   */
  public static List<TableName> read(String sql) {
    List<SqlToken> tokens = new ArrayList<>(SqlLexer.tokens(sql));
    tokens.removeIf(token -> token.kind() == Kind.COMMENT);
    Set<String> defined = new LinkedHashSet<>();
    Set<TableName> names = new LinkedHashSet<>();
    for (int i = 1; i < tokens.size(); i++) {
      SqlToken token = tokens.get(i);
      if (!isName(token)) {
        continue;
      }
      boolean isCalled = i + 1 < tokens.size() && tokens.get(i + 1).isSymbol('(');
      boolean isDefined = i + 1 < tokens.size() && tokens.get(i + 1).upper().equals("AS");
      if (isDefined && !BEFORE.contains(tokens.get(i - 1).upper())) {
        defined.add(folded(token));
      }
      if (BEFORE.contains(tokens.get(i - 1).upper())
          && !isCalled
          && !BEFORE.contains(token.upper())) {
        boolean isQualified = i + 2 < tokens.size() && tokens.get(i + 1).isSymbol('.');
        names.add(
            isQualified
                ? new TableName(folded(token), folded(tokens.get(i + 2)))
                : new TableName(null, folded(token)));
      }
    }
    names.removeIf(table -> table.schema() == null && defined.contains(table.name()));
    return List.copyOf(names);
  }

  private static boolean isName(SqlToken token) {
    return token.kind() == Kind.WORD || token.kind() == Kind.QUOTED_NAME;
  }

  private static boolean canFollow(SqlToken before) {
    return before.isSymbol(',') || before.isSymbol('(') || BEFORE.contains(before.upper());
  }

  private static String folded(SqlToken token) {
    String text = token.text();
    return token.kind() == Kind.WORD
        ? text.toLowerCase(Locale.ROOT)
        : text.substring(1, text.length() - 1).replace("\"\"", "\"");
  }
}
