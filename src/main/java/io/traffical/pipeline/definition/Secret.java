package io.traffical.pipeline.definition;

import java.io.Serializable;

/**
 * A value that must never be printed. {@link #toString()} is {@code ***}; only {@link #reveal()},
 * called where a connection is opened, gives the text.
 */
public final class Secret implements Serializable {
  private static final long serialVersionUID = 1L;

  private final String text;

  private Secret(String text) {
    this.text = text;
  }

  /** Returns a secret around the text; an empty text is a secret too (a role without password). */
  public static Secret of(String text) {
    return new Secret(text);
  }

  /** Returns the text itself. Never log, print or store what this returns. */
  public String reveal() {
    return text;
  }

  @Override
  public String toString() {
    return "***";
  }
}
