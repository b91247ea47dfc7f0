package io.traffical.pipeline.testing;

import java.util.concurrent.CountDownLatch;

/** One client's connection through a {@link TcpProxy}. */
final class Link {
  private final CountDownLatch isDead = new CountDownLatch(1);
  private volatile boolean isSwallowed;

  /** Lets nothing through any more, either way. */
  void swallow() {
    isSwallowed = true;
  }

  boolean isSwallowed() {
    return isSwallowed;
  }

  /** Waits, with both sides open, for as long as the JVM lives. */
  void await() {
    try {
      isDead.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
