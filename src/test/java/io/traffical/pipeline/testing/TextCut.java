package io.traffical.pipeline.testing;

import java.nio.charset.StandardCharsets;

/** What a client has to say for its connection to be cut. */
final class TextCut {
  private final String text;
  private final boolean isForwarded;
  private volatile String armedBy;

  /**
   * Looks for a text.
   *
   * @param isForwarded whether the server still gets it
   * @param armedBy what has to be said first, on any connection; null for nothing
   */
  TextCut(String text, boolean isForwarded, String armedBy) {
    this.text = text;
    this.isForwarded = isForwarded;
    this.armedBy = armedBy;
  }

  boolean isForwarded() {
    return isForwarded;
  }

  /** Returns whether the bytes have the text in them, and it is time. */
  boolean isIn(byte[] buffer, int count) {
    String sent = new String(buffer, 0, count, StandardCharsets.ISO_8859_1);
    if (armedBy != null && sent.contains(armedBy)) {
      armedBy = null;
    }
    return armedBy == null && sent.contains(text);
  }
}
