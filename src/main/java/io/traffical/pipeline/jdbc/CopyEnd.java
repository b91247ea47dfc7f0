package io.traffical.pipeline.jdbc;

import java.io.IOException;
import org.postgresql.copy.CopyOut;

/** Tells a complete COPY from one that broke off without an error. */
final class CopyEnd {
  private CopyEnd() {}

  /**
   * Compares the server's own count with what arrived.
   *
   * @throws IOException if they differ
   */
  static void check(CopyOut copy, long received) throws IOException {
    if (copy.getHandledRowCount() != received) {
      throw new IOException(
          "the server sent "
              + copy.getHandledRowCount()
              + " rows by its own count, but "
              + received
              + " arrived");
    }
  }
}
