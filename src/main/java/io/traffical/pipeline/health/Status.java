package io.traffical.pipeline.health;

import java.util.Collection;
import java.util.Locale;

/** What a check says, from good to bad. */
public enum Status {
  /** Nothing is wrong. */
  PASS,
  /** Somebody should look at it. */
  WARN,
  /** What rests on it cannot be trusted. */
  FAIL;

  private static final int PASSING_WINDOWS = 2;
  private static final int WARNING_WINDOWS = 24;

  /** Returns the word that tables show. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Returns the status of a word that {@link #word} has given. */
  public static Status of(String word) {
    return valueOf(word.toUpperCase(Locale.ROOT));
  }

  /** Returns the worst of the statuses; passing when there are none. */
  public static Status worst(Collection<Status> statuses) {
    return statuses.stream().max(Status::compareTo).orElse(PASS);
  }

  /** Returns what it means that something is late by a time, both in microseconds. */
  static Status ofLag(long lag, long window) {
    if (lag <= PASSING_WINDOWS * window) {
      return PASS;
    }
    return lag <= WARNING_WINDOWS * window ? WARN : FAIL;
  }
}
