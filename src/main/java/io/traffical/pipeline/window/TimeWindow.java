package io.traffical.pipeline.window;

import java.io.Serializable;

/**
 * A half-open stretch of time, {@code [start, end)}.
 *
 * @param start first microsecond inside
 * @param end first microsecond after it; at least {@code start}
 */
public record TimeWindow(long start, long end) implements Serializable {
  /** Checks the order of the ends. */
  public TimeWindow {
    if (end < start) {
      throw new IllegalArgumentException("a window must not end before it starts");
    }
  }

  /** Returns whether the time lies inside. */
  public boolean contains(long micros) {
    return micros >= start && micros < end;
  }

  @Override
  public String toString() {
    return "[" + Micros.toInstant(start) + "," + Micros.toInstant(end) + ")";
  }
}
