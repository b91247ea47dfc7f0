package io.traffical.pipeline.sql;

import io.traffical.pipeline.sql.SqlToken.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Finds what can make SQL return other rows for a long slice than for its parts together. Found by
 * words outside strings and comments: a warning, not a proof.
 */
public final class Additivity {
  private static final Set<String> CLOCK_WORDS =
      Set.of("CURRENT_TIMESTAMP", "CURRENT_DATE", "CURRENT_TIME", "LOCALTIMESTAMP", "LOCALTIME");
  private static final Set<String> CLOCK_FUNCTIONS =
      Set.of("NOW", "CLOCK_TIMESTAMP", "STATEMENT_TIMESTAMP", "TRANSACTION_TIMESTAMP", "TIMEOFDAY");
  private static final Set<String> RANDOM_FUNCTIONS =
      Set.of("RANDOM", "RANDOM_NORMAL", "GEN_RANDOM_UUID", "UUID_GENERATE_V4");

  private enum Finding {
    DISTINCT(
        "uses DISTINCT, which removes duplicates within one slice only",
        "return the rows as they are, or make sure that equal rows have the same time"),
    GROUP_BY(
        "uses GROUP BY, so a group that spans two slices becomes two rows",
        "return single rows; the metric's aggregation adds them up"),
    LIMIT(
        "uses LIMIT, OFFSET or FETCH FIRST, which cuts every slice, not the whole",
        "remove it; limit by time instead"),
    WINDOW(
        "uses a window function (OVER), which sees the rows of one slice only",
        "compute it in a view or table over all rows, and read that"),
    CLOCK(
        "depends on the time of the run, so reading a slice again gives other rows",
        "use {{start_date}} and {{end_date}} instead"),
    RANDOM("uses random values, so reading a slice again gives other rows", "use stored columns");

    private final String message;
    private final String remedy;

    Finding(String message, String remedy) {
      this.message = message;
      this.remedy = remedy;
    }
  }

  private Additivity() {}

  /**
   * Returns one warning for each kind of construct that is not additive over time, at its first
   * place in the text.
   *
   * @throws InvalidSqlException when a quote or comment does not end
   */
  public static List<SqlProblem> warnings(String sql) {
    List<SqlToken> tokens =
        SqlLexer.tokens(sql).stream().filter(token -> token.kind() != Kind.COMMENT).toList();
    List<SqlProblem> warnings = new ArrayList<>();
    for (Finding finding : Finding.values()) {
      for (int i = 0; i < tokens.size(); i++) {
        if (tokens.get(i).kind() == Kind.WORD && isAt(finding, tokens, i)) {
          int offset = tokens.get(i).start();
          warnings.add(new SqlProblem(offset, finding.message, finding.remedy));
          break;
        }
      }
    }
    return List.copyOf(warnings);
  }

  private static boolean isAt(Finding finding, List<SqlToken> tokens, int i) {
    SqlToken token = tokens.get(i);
    SqlToken before = i > 0 ? tokens.get(i - 1) : token;
    SqlToken after = i + 1 < tokens.size() ? tokens.get(i + 1) : token;
    boolean isName = before.isSymbol('.') || before.isWord("AS");
    return switch (finding) {
      // IS [NOT] DISTINCT FROM is a comparison.
      case DISTINCT ->
          token.isWord("DISTINCT") && !isName && !before.isWord("IS") && !before.isWord("NOT");
      case GROUP_BY -> token.isWord("GROUP") && after.isWord("BY");
      case LIMIT ->
          !isName
              && (token.isWord("LIMIT")
                  || token.isWord("OFFSET")
                  || (token.isWord("FETCH") && (after.isWord("FIRST") || after.isWord("NEXT"))));
      case WINDOW -> token.isWord("OVER") && before.isSymbol(')');
      case CLOCK ->
          (CLOCK_WORDS.contains(token.upper()) && !isName)
              || (CLOCK_FUNCTIONS.contains(token.upper()) && after.isSymbol('('));
      case RANDOM -> RANDOM_FUNCTIONS.contains(token.upper()) && after.isSymbol('(');
    };
  }
}
