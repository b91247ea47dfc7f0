package io.traffical.pipeline.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;

/**
 * Watches one database while the program works on it. What the test itself changes in between, it
 * changes through {@link TestDatabase#execute}, which says so here.
 */
final class Watch {
  private final TestDatabase database;
  private List<String> source;
  private PublishedReader reader;

  /** A transaction that is not younger than what the test itself has written. */
  private String changedAt = "0";

  Watch(TestDatabase database) {
    this.database = database;
  }

  /** The program is about to work on the database. */
  synchronized void begin() {
    if (source == null) {
      source = SourceState.of(database);
    }
    if (reader == null) {
      reader = new PublishedReader(database);
    }
  }

  /** Lets the test itself change something. */
  void change(Runnable change) {
    beginChange();
    try {
      change.run();
    } finally {
      endChange();
    }
  }

  private synchronized void beginChange() {
    assertSourceIsUntouched();
    if (reader != null && source != null) {
      assertNothingWasTorn();
    }
    if (reader != null) {
      reader.beginChange();
    }
    source = null;
  }

  private synchronized void endChange() {
    source = null;
    if (reader != null) {
      reader.endChange();
      changedAt = database.rows("SELECT pg_current_xact_id()::xid").get(0);
    }
  }

  synchronized void assertSourceIsUntouched() {
    if (source != null) {
      assertThat(SourceState.of(database)).as("what is not the program's own").isEqualTo(source);
    }
  }

  /** Returns how often what is published was read. */
  synchronized int reads() {
    return reader.reads();
  }

  /**
   * Asserts that no reader saw a part of a publication, and that no transaction has written rows
   * but those that ended a run.
   */
  synchronized void assertNothingWasTorn() {
    if (reader != null) {
      assertThat(reader.torn()).as("published states that no run left behind").isEmpty();
    }
    if (database.rows("SELECT to_regclass('traffical.watermarks')").contains("∅")) {
      return;
    }
    for (String table : List.of("metric_results", "watermarks", "window_reads")) {
      assertThat(
              database.rows(
                  "SELECT t FROM traffical.%s t WHERE t.xmin::text::bigint > %s AND t.xmin NOT IN (SELECT r.xmin FROM traffical.runs r)"
                      .formatted(table, changedAt)))
          .as("rows of %s that were not published together with the end of their run", table)
          .isEmpty();
    }
  }

  synchronized void end() {
    source = null;
    if (reader != null) {
      reader.close();
      reader = null;
    }
  }
}
