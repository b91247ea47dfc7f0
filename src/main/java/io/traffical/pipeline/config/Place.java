package io.traffical.pipeline.config;

/**
 * Where a definition stands.
 *
 * @param file the file as the caller named it, or as the file that includes it does
 * @param line its line, from 1
 * @param sqlLine the line in which its SQL begins; 0 where that has no lines of its own
 */
public record Place(String file, int line, int sqlLine) {

  /**
   * Returns the line of a place in its SQL.
   *
   * @param line counted from 0 where the SQL begins; negative where it is not known
   */
  public int lineOfSql(int line) {
    return line < 0 || sqlLine == 0 ? this.line : sqlLine + line;
  }

  /** Returns the place as messages name it: {@code traffical.yaml:12}. */
  String text() {
    return file + ":" + line;
  }
}
