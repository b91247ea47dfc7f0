package io.traffical.pipeline.sql;

import io.traffical.pipeline.sql.SqlToken.Kind;
import java.util.ArrayList;
import java.util.List;

/**
 * Cuts SQL into tokens by the rules of PostgreSQL's scanner (scan.l) with {@code
 * standard_conforming_strings} on, far enough to know what is a string, a comment or a semicolon.
 */
final class SqlLexer {
  private final String sql;
  private final List<SqlToken> tokens = new ArrayList<>();
  private int at;

  private SqlLexer(String sql) {
    this.sql = sql;
  }

  /**
   * Returns all tokens, comments included.
   *
   * @throws InvalidSqlException when a quote or comment does not end, or the text has a NUL
   */
  static List<SqlToken> tokens(String sql) {
    int nul = sql.indexOf('\0');
    if (nul >= 0) {
      throw new InvalidSqlException(nul, "has a NUL character", "remove it");
    }
    SqlLexer lexer = new SqlLexer(sql);
    while (lexer.at < sql.length()) {
      lexer.next();
    }
    return List.copyOf(lexer.tokens);
  }

  private void next() {
    int start = at;
    char c = sql.charAt(at);
    if (isSpace(c)) {
      at++;
    } else if (sql.startsWith("--", at)) {
      skipLineComment();
      add(Kind.COMMENT, start);
    } else if (sql.startsWith("/*", at)) {
      skipBlockComment();
      add(Kind.COMMENT, start);
    } else if (c == '\'') {
      skipQuoted('\'', false);
      add(Kind.STRING, start);
    } else if (c == '"') {
      skipQuoted('"', false);
      add(Kind.QUOTED_NAME, start);
    } else if (c == '$') {
      dollar(start);
    } else if (isDigit(c)) {
      skipNumber();
      add(Kind.NUMBER, start);
    } else if (isNameStart(c)) {
      word(start);
    } else {
      at++;
      add(Kind.SYMBOL, start);
    }
  }

  private void word(int start) {
    while (at < sql.length() && isNamePart(sql.charAt(at))) {
      at++;
    }
    boolean isEscapeString =
        at - start == 1 && (sql.charAt(start) == 'e' || sql.charAt(start) == 'E') && peek() == '\'';
    if (isEscapeString) {
      skipEscapeString();
      add(Kind.STRING, start);
    } else {
      // The prefixes B, N, X and U& do not change where their string ends.
      add(Kind.WORD, start);
    }
  }

  private void skipEscapeString() {
    skipQuoted('\'', true);
    // After a line break the literal goes on, and backslashes still escape.
    int next = continuation();
    while (next >= 0) {
      at = next;
      skipQuoted('\'', true);
      next = continuation();
    }
  }

  /** Returns where the next part of a string literal starts, or -1 when the literal is over. */
  private int continuation() {
    int end = at;
    boolean hasBreak = false;
    while (at < sql.length()) {
      char c = sql.charAt(at);
      if (isSpace(c)) {
        hasBreak |= c == '\n' || c == '\r';
        at++;
      } else if (sql.startsWith("--", at)) {
        skipLineComment();
      } else {
        break;
      }
    }
    int next = hasBreak && peek() == '\'' ? at : -1;
    at = end;
    return next;
  }

  /** Skips quoted text from its opening quote on; a doubled quote does not end it. */
  private void skipQuoted(char quote, boolean hasEscapes) {
    int opening = at++;
    while (at < sql.length()) {
      char c = sql.charAt(at++);
      if (c == '\\' && hasEscapes) {
        at++;
      } else if (c == quote && peek() == quote) {
        at++;
      } else if (c == quote) {
        return;
      }
    }
    throw new InvalidSqlException(
        opening, "has a quote " + quote + " that is never closed", "add the closing " + quote);
  }

  private void dollar(int start) {
    int tagEnd = at + 1;
    if (tagEnd < sql.length() && isNameStart(sql.charAt(tagEnd))) {
      while (tagEnd < sql.length() && isNamePart(sql.charAt(tagEnd)) && sql.charAt(tagEnd) != '$') {
        tagEnd++;
      }
    }
    if (tagEnd >= sql.length() || sql.charAt(tagEnd) != '$') {
      at++;
      add(Kind.SYMBOL, start);
      return;
    }
    String tag = sql.substring(at, tagEnd + 1);
    int close = sql.indexOf(tag, tagEnd + 1);
    if (close < 0) {
      throw new InvalidSqlException(
          start,
          "has a dollar quote " + Wording.quoted(tag) + " that is never closed",
          "add " + tag);
    }
    at = close + tag.length();
    add(Kind.STRING, start);
  }

  private void skipLineComment() {
    while (at < sql.length() && sql.charAt(at) != '\n' && sql.charAt(at) != '\r') {
      at++;
    }
  }

  private void skipBlockComment() {
    int opening = at;
    int depth = 0;
    do {
      if (at >= sql.length()) {
        throw new InvalidSqlException(opening, "has a comment /* that is never closed", "add */");
      } else if (sql.startsWith("/*", at)) {
        depth++;
        at += 2;
      } else if (sql.startsWith("*/", at)) {
        depth--;
        at += 2;
      } else {
        at++;
      }
    } while (depth > 0);
  }

  private void skipNumber() {
    while (at < sql.length() && (isNamePart(sql.charAt(at)) || sql.charAt(at) == '.')) {
      at++;
    }
  }

  private void add(Kind kind, int start) {
    tokens.add(new SqlToken(kind, sql.substring(start, at), start));
  }

  private char peek() {
    return at < sql.length() ? sql.charAt(at) : '\0';
  }

  private static boolean isSpace(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }

  private static boolean isNameStart(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c >= 0x80;
  }

  private static boolean isNamePart(char c) {
    return isNameStart(c) || isDigit(c) || c == '$';
  }
}
