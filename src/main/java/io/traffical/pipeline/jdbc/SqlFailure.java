package io.traffical.pipeline.jdbc;

import java.sql.SQLException;
import java.util.Set;

/** What a failure of the database means for a run, by SQLSTATE. */
public enum SqlFailure {
  /** The connection settings or the server's own do not fit; retrying changes nothing. */
  CONFIG,
  /** The team's SQL cannot be run as it is. */
  DEFINITION,
  /** A value cannot be stored or computed with. */
  DATA,
  /** The role may not do that. */
  PERMISSION,
  /** The database cannot be reached, or not now. */
  UNAVAILABLE,
  /** Everything else: a fault of this program. */
  INTERNAL;

  private static final Set<String> RETRIED =
      Set.of("40001", "40P01", "55P03", "53300", "53200", "57P01", "57P02", "57P03", "57P05");
  private static final Set<String> REFUSED = Set.of("57P04", "3D000", "28000", "28P01", "42501");
  private static final Set<String> VALUES = Set.of("22003", "22021", "54000", "23502", "21000");

  /** Returns the class of the failure. */
  public static SqlFailure of(SQLException e) {
    String state = e.getSQLState() == null ? "" : e.getSQLState();
    if (REFUSED.contains(state)) {
      return PERMISSION;
    }
    if (state.equals("08004")) {
      return CONFIG;
    }
    if (isTransient(e) || state.equals("53100")) {
      return UNAVAILABLE;
    }
    if (VALUES.contains(state)) {
      return DATA;
    }
    boolean isTheirs =
        state.startsWith("42")
            || state.startsWith("22")
            || state.startsWith("25")
            || state.startsWith("0A")
            || state.startsWith("P0")
            || state.equals("57014");
    return isTheirs ? DEFINITION : INTERNAL;
  }

  /** Returns whether trying the whole unit of work again can help. */
  public static boolean isTransient(SQLException e) {
    String state = e.getSQLState() == null ? "" : e.getSQLState();
    String message = String.valueOf(e.getMessage());
    if (state.equals("08P01")) {
      return message.contains("query_wait_timeout")
          || message.contains("no more connections allowed")
          || message.contains("server login");
    }
    return RETRIED.contains(state) || (state.startsWith("08") && !state.equals("08004"));
  }

  /** Returns class, SQLSTATE and message in one line. */
  public static String describe(SQLException e) {
    return of(e) + " [" + e.getSQLState() + "]: " + message(e);
  }

  /** Returns the server's message without detail lines, which can hold values of rows. */
  public static String message(SQLException e) {
    return e instanceof org.postgresql.util.PSQLException p && p.getServerErrorMessage() != null
        ? p.getServerErrorMessage().getMessage()
        : e.getMessage();
  }
}
