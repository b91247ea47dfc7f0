package io.traffical.pipeline.jdbc;

import java.io.IOException;
import java.sql.SQLException;
import org.apache.flink.runtime.execution.SuppressRestartsException;

/** Rows could not be read. Its cause is the failure of the database. */
public final class ReadException extends IOException {
  private static final long serialVersionUID = 1L;

  private final String what;
  private final boolean isOfSource;

  private ReadException(String what, boolean isOfSource, SQLException e, Throwable cause) {
    super("reading " + what + ": " + SqlFailure.describe(e), cause);
    this.what = what;
    this.isOfSource = isOfSource;
  }

  /** A failure after which the whole task may be started again, from its first row. */
  static ReadException passing(String what, boolean isOfSource, SQLException e) {
    return new ReadException(what, isOfSource, e, e);
  }

  /** A failure that does not pass, or has been waited for long enough. */
  static ReadException last(String what, boolean isOfSource, SQLException e) {
    return new ReadException(what, isOfSource, e, new SuppressRestartsException(e));
  }

  /** Returns what was read. */
  public String what() {
    return what;
  }

  /** Returns whether it was read from the source, not from what earlier runs have stored. */
  public boolean isOfSource() {
    return isOfSource;
  }
}
