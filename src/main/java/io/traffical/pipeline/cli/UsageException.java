package io.traffical.pipeline.cli;

/** A request that cannot be understood or names what is not there; the message is for the user. */
final class UsageException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  UsageException(String message) {
    super(message);
  }
}
