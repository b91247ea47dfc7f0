package io.traffical.pipeline.config;

/**
 * A value that is refused. The message continues the name of the key ({@code must be a number,
 * found "x"}) and never holds a secret.
 */
final class RefusedException extends Exception {
  private static final long serialVersionUID = 1L;

  private final String remedy;

  RefusedException(String message, String remedy) {
    super(message);
    this.remedy = remedy;
  }

  String remedy() {
    return remedy;
  }
}
