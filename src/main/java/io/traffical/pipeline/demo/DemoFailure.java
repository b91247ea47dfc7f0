package io.traffical.pipeline.demo;

/** Why the demo's database cannot be had, in one line that says what to do. */
public final class DemoFailure extends RuntimeException {
  private static final long serialVersionUID = 1L;

  DemoFailure(String message, Throwable cause) {
    super(message, cause);
  }

  DemoFailure(String message) {
    super(message);
  }
}
