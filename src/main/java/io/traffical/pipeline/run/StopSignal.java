package io.traffical.pipeline.run;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Hears that the process is to stop (SIGINT, SIGTERM), and lets the process go on until the work
 * has been put in order, though not for long.
 */
final class StopSignal implements AutoCloseable {
  /** A little longer than {@link CancelOnExit} takes at most. */
  private static final Duration GRACE = Duration.ofMillis(8500);

  private final CountDownLatch asked = new CountDownLatch(1);
  private final CountDownLatch ended = new CountDownLatch(1);
  private final Thread hook = new Thread(this::stop, "stop following");
  private Thread asking;

  StopSignal() {
    Runtime.getRuntime().addShutdownHook(hook);
  }

  private void stop() {
    asked.countDown();
    interruptQuestion();
    try {
      ended.await(GRACE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private synchronized void interruptQuestion() {
    if (asking != null) {
      asking.interrupt();
    }
  }

  /** Asks what need not be answered any more when the process is to stop: it is interrupted. */
  <T> T ask(Supplier<T> question) {
    begin();
    try {
      return question.get();
    } finally {
      end();
    }
  }

  private synchronized void begin() {
    asking = Thread.currentThread();
    if (isAsked()) {
      asking.interrupt();
    }
  }

  private synchronized void end() {
    asking = null;
    if (isAsked()) {
      Thread.interrupted(); // what is put in order now must not be
    }
  }

  boolean isAsked() {
    return asked.getCount() == 0;
  }

  /** Waits that long, or until the process is to stop; returns at once when it is. */
  void pause(Duration pause) {
    try {
      asked.await(pause.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      asked.countDown();
    }
  }

  @Override
  public void close() {
    ended.countDown();
    if (!isAsked()) {
      Runtime.getRuntime().removeShutdownHook(hook);
    }
  }
}
