package io.traffical.pipeline.testing;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Reads what is published, over and over, as a dashboard would, and finds what no run has left
 * behind. A run ends in the transaction that publishes it. So what is published changes exactly
 * when the set of ended runs does: two contents under one set of ended runs are a torn publication.
 */
public final class PublishedReader implements AutoCloseable {
  /** One statement, hence one snapshot: the ended runs, and a digest of each published table. */
  private static final String STATE =
      """
      SELECT (SELECT string_agg(run_id || status, ' ' ORDER BY run_id) FROM traffical.runs WHERE status <> 'running'),
        (SELECT 'assignments ' || count(*) || ' ' || md5(string_agg(t::text, '' ORDER BY t::text)) FROM traffical.assignments t),
        (SELECT ' totals ' || count(*) || ' ' || md5(string_agg(t::text, '' ORDER BY t::text)) FROM traffical.unit_totals t),
        (SELECT ' results ' || count(*) || ' ' || md5(string_agg(t::text, '' ORDER BY t::text)) FROM traffical.metric_results t),
        (SELECT ' watermarks ' || count(*) || ' ' || md5(string_agg(t::text, '' ORDER BY t::text)) FROM traffical.watermarks t)
      """;

  /** What is not there, or not any more: no schema, no table, no such column. */
  private static final List<String> NOT_THERE = List.of("3F000", "42P01", "42703");

  private static final String DEADLOCK = "40P01";
  private static final long PAUSE = TimeUnit.MILLISECONDS.toNanos(15);

  private final TestDatabase database;
  private final Map<String, String> contents = new HashMap<>();
  private final ConcurrentLinkedQueue<String> torn = new ConcurrentLinkedQueue<>();
  private final Thread thread = new Thread(this::poll, "reader of what is published");
  private volatile boolean isOver;
  private volatile int reads;

  /** How often the test itself has begun or ended a change of what is stored. */
  private volatile int changes;

  private volatile boolean isChanging;

  /** Begins to read. */
  public PublishedReader(TestDatabase database) {
    this.database = database;
    thread.setDaemon(true);
    thread.start();
  }

  private void poll() {
    while (!isOver) {
      try (Connection connection = database.connect();
          Statement statement = connection.createStatement()) {
        while (!isOver) {
          read(statement);
          LockSupport.parkNanos(PAUSE);
        }
      } catch (SQLException e) {
        if (!isOver && !e.getSQLState().matches("08.*|57P.*")) {
          torn.add("a reader of what is published failed: " + e.getMessage());
          return;
        }
        LockSupport.parkNanos(PAUSE); // the server is away, which is the fault of some tests
      }
    }
  }

  private void read(Statement statement) throws SQLException {
    int before = isChanging ? -1 : changes;
    try (ResultSet row = statement.executeQuery(STATE)) {
      row.next();
      note(
          before,
          String.valueOf(row.getString(1)),
          row.getString(2) + row.getString(3) + row.getString(4) + row.getString(5));
    } catch (SQLException e) {
      // A schema that is dropped and a reader of its tables may well wait for each other.
      boolean isOfTheTest = before != changes && e.getSQLState().equals(DEADLOCK);
      if (!isOfTheTest && !NOT_THERE.contains(e.getSQLState())) {
        throw e;
      }
    }
  }

  private synchronized void note(int before, String ended, String content) {
    reads++;
    if (before != changes) {
      return;
    }
    String first = contents.putIfAbsent(ended, content);
    if (first != null && !first.equals(content)) {
      torn.add("after the runs [%s]: first %s, then %s".formatted(ended, first, content));
      contents.put(ended, content);
    }
  }

  /** The test itself begins to change what is stored. */
  synchronized void beginChange() {
    isChanging = true;
    changes++;
  }

  /** Begins anew: the test itself has changed what is stored. */
  synchronized void endChange() {
    contents.clear();
    isChanging = false;
    changes++;
  }

  /** Returns how often something was read. */
  int reads() {
    return reads;
  }

  /** Returns the states that no run has left behind. */
  public List<String> torn() {
    return List.copyOf(torn);
  }

  @Override
  public void close() {
    isOver = true;
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
