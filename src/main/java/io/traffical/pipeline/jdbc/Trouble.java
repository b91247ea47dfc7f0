package io.traffical.pipeline.jdbc;

import java.io.Serializable;

/**
 * Something that a database does not grant or does not have as it must be, and what to do.
 *
 * @param failure what kind of trouble it is
 * @param sqlState the server's code for it; null where the program itself has found it
 * @param message what is wrong and what was found
 * @param remedy what to do, without a final full stop
 * @param sqlLine in which line of a definition's SQL, from 0; -1 where that is not known
 */
public record Trouble(
    SqlFailure failure, String sqlState, String message, String remedy, int sqlLine)
    implements Serializable {

  /** Something that is not in a line of anybody's SQL. */
  public Trouble(SqlFailure failure, String sqlState, String message, String remedy) {
    this(failure, sqlState, message, remedy, -1);
  }

  /** Returns the kind with the server's code: {@code PERMISSION [42501]}. */
  public String label() {
    return sqlState == null ? failure.name() : failure + " [" + sqlState + "]";
  }
}
