package io.traffical.pipeline.sql;

import io.traffical.pipeline.sql.SqlToken.Kind;
import java.util.List;

/** Finds {@code SELECT *}: columns that nobody has named. */
public final class SelectedStar {
  private SelectedStar() {}

  /**
   * Returns whether the text selects all columns of something; {@code count(*)} does not.
   *
   * @throws InvalidSqlException when a quote or comment does not end
   */
  public static boolean isIn(String sql) {
    List<SqlToken> tokens =
        SqlLexer.tokens(sql).stream().filter(token -> token.kind() != Kind.COMMENT).toList();
    for (int i = 1; i < tokens.size(); i++) {
      SqlToken before = tokens.get(i - 1);
      boolean startsItem =
          before.isWord("SELECT")
              || before.isWord("ALL")
              || before.isWord("DISTINCT")
              || before.isSymbol(',')
              || before.isSymbol('.');
      if (tokens.get(i).isSymbol('*') && startsItem) {
        return true;
      }
    }
    return false;
  }
}
