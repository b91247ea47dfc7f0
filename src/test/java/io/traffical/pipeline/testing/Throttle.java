package io.traffical.pipeline.testing;

import java.io.IOException;
import java.io.OutputStream;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Writes so many bytes a second, in small pieces that never pause for long. */
final class Throttle {
  private static final int PIECES_PER_SECOND = 20;

  private volatile int bytesPerSecond;

  /** Sets how many; 0 for as many as there are. */
  void set(int limit) {
    bytesPerSecond = limit;
  }

  void write(OutputStream out, byte[] bytes, int count) throws IOException {
    for (int written = 0; written < count; ) {
      int limit = bytesPerSecond;
      int piece = count - written;
      if (limit > 0) {
        piece = Math.min(piece, Math.max(1, limit / PIECES_PER_SECOND));
        LockSupport.parkNanos(TimeUnit.SECONDS.toNanos(piece) / limit);
      }
      out.write(bytes, written, piece);
      out.flush();
      written += piece;
    }
  }
}
