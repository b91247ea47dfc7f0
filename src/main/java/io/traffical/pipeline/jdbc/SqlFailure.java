package io.traffical.pipeline.jdbc;

import java.io.EOFException;
import java.io.FileNotFoundException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.file.NoSuchFileException;
import java.security.GeneralSecurityException;
import java.sql.SQLException;
import java.util.Set;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLPeerUnverifiedException;

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

  /** How the message about a host without address begins. */
  public static final String UNKNOWN_HOST = "unknown host ";

  private static final Set<String> RETRIED =
      Set.of("40001", "40P01", "55P03", "53300", "53200", "57P01", "57P02", "57P03", "57P05");
  private static final Set<String> REFUSED = Set.of("57P04", "3D000", "28000", "28P01", "42501");
  private static final Set<String> VALUES = Set.of("22003", "22021", "54000", "23502", "21000");

  /** What PgBouncer says of itself or of the server behind it that may be over soon. */
  private static final Set<String> PASSING =
      Set.of(
          "query_wait_timeout",
          "no more connections allowed",
          "server login",
          "server conn crashed",
          "cannot connect to server",
          "client_login_timeout",
          "shutting down");

  /** Prepared statements behind a pooler, and a transaction left idle: neither is the team's. */
  private static final Set<String> OURS = Set.of("42P05", "26000", "25P03");

  /** Returns the class of the failure. */
  public static SqlFailure of(SQLException e) {
    String state = state(e);
    if (REFUSED.contains(state) || lacksPassword(e)) {
      return PERMISSION;
    }
    if (state.equals("08004") || isTlsRefusal(e) || isPermanentProtocolError(e)) {
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
            || state.startsWith("2F") // a routine, like dblink's
            || state.startsWith("P0")
            || state.equals("57014");
    return isTheirs && !OURS.contains(state) ? DEFINITION : INTERNAL;
  }

  /** Returns whether the server asks for a password and there is none. */
  public static boolean lacksPassword(SQLException e) {
    return state(e).equals("08004") && String.valueOf(e.getMessage()).contains("password");
  }

  /** Returns whether trying the whole unit of work again can help. */
  public static boolean isTransient(SQLException e) {
    String message = String.valueOf(e.getMessage());
    return switch (state(e)) {
      case "08004" -> false;
      case "08P01" -> !isPermanentProtocolError(e);
      case "0A000" -> message.contains("cached plan");
      case "XX000" -> message.contains("tuple concurrently updated");
      default -> RETRIED.contains(state(e)) || (state(e).startsWith("08") && !isTlsRefusal(e));
    };
  }

  /** A pooler says everything with one state: what passes is told apart by its words. */
  private static boolean isPermanentProtocolError(SQLException e) {
    String message = String.valueOf(e.getMessage());
    return state(e).equals("08P01") && PASSING.stream().noneMatch(message::contains);
  }

  /**
   * Returns whether the two sides do not accept each other's certificates or names, or a file of
   * ours cannot be used. A handshake that is merely cut is no refusal.
   */
  public static boolean isTlsRefusal(SQLException e) {
    if (!state(e).startsWith("08")) {
      return false;
    }
    boolean isRefusal = String.valueOf(e.getMessage()).contains("PgjdbcHostnameVerifier");
    for (Throwable cause = e.getCause(); cause != null; cause = cause.getCause()) {
      if (cause instanceof EOFException
          || cause instanceof SocketException
          || cause instanceof SocketTimeoutException) {
        return false;
      }
      isRefusal |=
          cause instanceof SSLHandshakeException
              || cause instanceof SSLPeerUnverifiedException
              || cause instanceof GeneralSecurityException
              || cause instanceof FileNotFoundException
              || cause instanceof NoSuchFileException;
    }
    return isRefusal;
  }

  /** Returns class, SQLSTATE and message in one line. */
  public static String describe(SQLException e) {
    return of(e) + " [" + e.getSQLState() + "]: " + message(e);
  }

  /**
   * Returns the server's message without detail lines, which can hold values of rows; or which host
   * nobody knows, where the driver does not say so.
   */
  public static String message(SQLException e) {
    for (Throwable cause = e.getCause(); cause != null; cause = cause.getCause()) {
      if (cause instanceof UnknownHostException) {
        return UNKNOWN_HOST + cause.getMessage();
      }
    }
    return e instanceof org.postgresql.util.PSQLException p && p.getServerErrorMessage() != null
        ? p.getServerErrorMessage().getMessage()
        : e.getMessage();
  }

  private static String state(SQLException e) {
    return e.getSQLState() == null ? "" : e.getSQLState();
  }
}
