package io.traffical.pipeline.run;

/** A command that could not do its work, and what kind of trouble it was. */
public final class RunFailure extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final Kind kind;

  /** What kind of trouble; each has its exit code. */
  public enum Kind {
    /** The settings, the file or the request do not fit. */
    CONFIG,
    /** The database refused the role or a privilege. */
    PERMISSION,
    /** The database cannot be reached. */
    UNAVAILABLE,
    /** The run failed; the old state stands. */
    FAILED,
    /** The cluster cannot be reached, or has lost what the run works on; the old state stands. */
    CLUSTER,
    /** Another run is active. */
    BUSY
  }

  /** Describes the trouble. */
  public RunFailure(Kind kind, String message, Throwable cause) {
    super(message, cause);
    this.kind = kind;
  }

  /** Returns the kind of trouble. */
  public Kind kind() {
    return kind;
  }
}
