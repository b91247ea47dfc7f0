package io.traffical.pipeline.fault;

import io.traffical.pipeline.testing.Shop;
import io.traffical.pipeline.testing.TestDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/** A reader that looks at what is published, over and over, and remembers every state it saw. */
final class PublishedStates implements AutoCloseable {
  private final TestDatabase database;
  private final CompletableFuture<Set<List<String>>> seen;
  private volatile boolean isOver;

  /** Begins to look. */
  PublishedStates(TestDatabase database) {
    this.database = database;
    this.seen = CompletableFuture.supplyAsync(this::look);
  }

  private Set<List<String>> look() {
    Set<List<String>> states = new LinkedHashSet<>();
    while (!isOver) {
      states.add(now(database));
    }
    return states;
  }

  /** Returns what is published now; nothing, where there is no schema yet. */
  static List<String> now(TestDatabase database) {
    try (Connection connection = database.connect()) {
      return Shop.published(connection);
    } catch (SQLException e) {
      if (Set.of("3F000", "42P01").contains(e.getSQLState())) {
        return List.of();
      }
      throw new IllegalStateException(e);
    }
  }

  /** Looks no more, and returns what was seen. */
  Set<List<String>> seen() {
    isOver = true;
    return seen.join();
  }

  @Override
  public void close() {
    isOver = true;
    seen.exceptionally(e -> Set.of()).join();
  }
}
