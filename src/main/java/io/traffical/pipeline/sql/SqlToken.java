package io.traffical.pipeline.sql;

import java.util.Locale;

/**
 * A piece of SQL text that the server would read as one.
 *
 * @param kind what it is
 * @param text the text as written
 * @param start its first character, from 0
 */
record SqlToken(Kind kind, String text, int start) {

  enum Kind {
    /** A keyword or an unquoted name. */
    WORD,
    /** A name in double quotes. */
    QUOTED_NAME,
    /** A literal in single quotes or dollar quotes. */
    STRING,
    NUMBER,
    /** One character of anything else. */
    SYMBOL,
    COMMENT
  }

  int end() {
    return start + text.length();
  }

  /** Returns whether this is the unquoted keyword, in any case. */
  boolean isWord(String keyword) {
    return kind == Kind.WORD && text.equalsIgnoreCase(keyword);
  }

  boolean isSymbol(char symbol) {
    return kind == Kind.SYMBOL && text.charAt(0) == symbol;
  }

  String upper() {
    return text.toUpperCase(Locale.ROOT);
  }
}
