package io.traffical.pipeline.testing;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;

/** Somebody who looks at what is published all the time, and remembers what was to be seen. */
public final class Reader implements AutoCloseable {
  private static final long PAUSE_NANOS = 20_000_000;

  private final TestDatabase database;
  private final CompletableFuture<Set<List<String>>> seen;
  private volatile boolean isOver;

  /** Begins to look. */
  public Reader(TestDatabase database) {
    this.database = database;
    this.seen = CompletableFuture.supplyAsync(this::look);
  }

  private Set<List<String>> look() {
    Set<List<String>> states = new LinkedHashSet<>();
    try (Connection connection = database.connect()) {
      while (!isOver) {
        states.add(Shop.published(connection));
        LockSupport.parkNanos(PAUSE_NANOS);
      }
      states.add(Shop.published(connection));
      return states;
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Ends looking and returns every state that was seen, in the order of its first appearance. */
  public List<List<String>> seen() {
    isOver = true;
    return List.copyOf(seen.join());
  }

  @Override
  public void close() {
    seen();
  }
}
