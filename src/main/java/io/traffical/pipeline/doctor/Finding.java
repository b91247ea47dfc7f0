package io.traffical.pipeline.doctor;

import io.traffical.pipeline.jdbc.SqlFailure;

/**
 * What one check has found.
 *
 * @param check the check's name, one word
 * @param subject what was checked: a connection, a schema or a definition
 * @param message what was found
 * @param remedy what to do, without a final full stop; null when nothing is to be done
 * @param failure what kind of failure it is; null unless it is one
 */
public record Finding(
    String check,
    String subject,
    Status status,
    String message,
    String remedy,
    SqlFailure failure) {

  /** How bad it is. */
  public enum Status {
    /** As it should be. */
    OK,
    /** Works, but could be better or may surprise. */
    WARN,
    /** Keeps runs, or a part of them, from working. */
    FAIL
  }
}
