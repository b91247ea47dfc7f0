package io.traffical.pipeline.config;

import java.io.Serializable;

/**
 * One thing that is wrong, or risky, in a definition file. Never holds a secret.
 *
 * @param file the file as the caller named it
 * @param line where it is, from 1; 0 when it concerns the file as a whole
 * @param severity whether the file can still be used
 * @param message what is wrong and what was found
 * @param remedy what to do about it, without a final full stop
 */
public record Problem(String file, int line, Severity severity, String message, String remedy)
    implements Serializable {

  /** Whether a problem stops the command. */
  public enum Severity {
    /** Nothing runs with this file. */
    ERROR,
    /** The file can be used. */
    WARNING
  }

  /** Returns the problem on one line: {@code file:line: what is wrong; what to do.} */
  public String text() {
    String place = line > 0 ? file + ":" + line : file;
    String kind = severity == Severity.WARNING ? "warning: " : "";
    String end = remedy.endsWith("?") || remedy.endsWith(".") ? "" : ".";
    return place + ": " + kind + message + "; " + remedy + end;
  }
}
