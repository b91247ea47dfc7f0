package io.traffical.pipeline.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.traffical.pipeline.testing.SharedCluster;
import io.traffical.pipeline.testing.Shop;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A reader sees the state before a run or after it, never in between. */
@ExtendWith(SharedCluster.ForJobs.class)
class AtomicPublishIT {
  private static final String WAITING =
      "SELECT pid FROM pg_stat_activity WHERE application_name = 'traffical' AND wait_event_type ="
          + " 'Lock' AND datname = current_database() AND query LIKE '%metric_results%'";

  @Test
  void f6_eightyRunsShowAReaderOneStateAfterTheOther() throws Exception {
    try (Shop shop = new Shop().fill(100, 6)) {
      shop.run(4);
      Set<List<String>> states = new LinkedHashSet<>(List.of(shop.published()));
      AtomicBoolean isOver = new AtomicBoolean();
      CompletableFuture<Set<List<String>>> reader =
          CompletableFuture.supplyAsync(() -> statesSeen(shop, isOver));

      for (int run = 1; run <= 80; run++) {
        shop.order("'u" + (1 + run % 20) + "'", "1000", 3.5).run(4);
        states.add(shop.published());
      }
      isOver.set(true);

      assertThat(states).as("every run changes something").hasSize(81);
      Set<List<String>> seen = reader.join();
      assertThat(seen).hasSizeGreaterThan(20);
      assertThat(states.containsAll(seen)).as("a state that no run left behind was seen").isTrue();
    }
  }

  /** Somebody else's lock: the old state can be read all the time, and the run waits its turn. */
  @Test
  void f5_aLockOfSomebodyElseIsWaitedForAndReadersWaitForNobody() throws Exception {
    try (Shop shop = new Shop().fill(100, 9)) {
      shop.run(6);
      List<String> before = shop.published();
      CompletableFuture<RunReport> run;
      try (Connection other = shop.database().connect();
          Statement statement = other.createStatement()) {
        other.setAutoCommit(false);
        statement.execute("LOCK TABLE traffical.metric_results IN SHARE MODE");
        run = CompletableFuture.supplyAsync(() -> shop.run(9));
        Set<String> waiting = new LinkedHashSet<>();
        await("the lock to be given up and asked for again")
            .atMost(Duration.ofMinutes(2))
            .until(
                () -> {
                  long start = System.nanoTime();
                  assertThat(shop.published()).isEqualTo(before);
                  assertThat(Duration.ofNanos(System.nanoTime() - start))
                      .isLessThan(Duration.ofSeconds(5));
                  waiting.addAll(shop.database().rows(WAITING));
                  return waiting.size() > 1;
                });
        other.rollback();
      }
      assertThat(run.join().status()).as(run.join().error()).isEqualTo("succeeded");
      assertThat(shop.published()).isNotEqualTo(before);
    }
  }

  /**
   * What is staged is committed before it is published: it must not become a partition as it is.
   */
  @Test
  void aSnapshotFromBeforeAFirstPublicationSeesNothingOfIt() throws Exception {
    try (Shop shop = new Shop().fill(100, 9);
        Connection reader = shop.database().connect();
        Statement read = reader.createStatement()) {
      shop.run(0); // which makes the tables, and reads nothing
      reader.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
      reader.setAutoCommit(false);
      CompletableFuture<RunReport> run;
      try (Connection other = shop.database().connect();
          Statement lock = other.createStatement()) {
        other.setAutoCommit(false);
        lock.execute("LOCK TABLE traffical.metric_results IN SHARE MODE");
        run = CompletableFuture.supplyAsync(() -> shop.run(9));
        await().atMost(Duration.ofMinutes(2)).until(() -> !shop.database().rows(WAITING).isEmpty());
        read.execute("SELECT FROM traffical.runs");
        other.rollback();
      }

      assertThat(run.join().status()).as(run.join().error()).isEqualTo("succeeded");

      for (String table :
          List.of("assignments", "metric_results", "unit_totals", "unit_outcomes", "watermarks")) {
        assertThat(shop.database().rows("SELECT FROM traffical." + table)).as(table).isNotEmpty();
        try (ResultSet rows = read.executeQuery("SELECT FROM traffical." + table)) {
          assertThat(rows.next()).as("%s to the older snapshot", table).isFalse();
        }
      }
    }
  }

  @Test
  void f6_aReaderSeesTheStatesBetweenRunsAndNoOthers() throws Exception {
    try (Shop shop = new Shop().fill(3000, 12)) {
      shop.run(5);
      List<List<String>> states = new ArrayList<>(List.of(shop.published()));
      AtomicBoolean isOver = new AtomicBoolean();
      CompletableFuture<Set<List<String>>> reader =
          CompletableFuture.supplyAsync(() -> statesSeen(shop, isOver));

      for (double hour : new double[] {6, 8, 12}) {
        shop.run(hour);
        states.add(shop.published());
      }
      shop.database()
          .execute(
              "UPDATE src.exposures SET variant = 'b' WHERE assigned_at >= '2026-01-01T10:00Z';"
                  + " DELETE FROM src.orders WHERE event_time >= '2026-01-01T11:00Z'");
      shop.run(13);
      states.add(shop.published());
      shop.replace("aggregation: count", "aggregation: conversion_rate").run(13);
      states.add(shop.published());
      isOver.set(true);

      assertThat(new LinkedHashSet<>(states)).as("every run changes something").hasSize(6);
      Set<List<String>> seen = reader.join();
      assertThat(seen).hasSizeGreaterThan(2);
      for (List<String> state : seen) {
        assertThat(states.contains(state)).as("a state that no run left behind").isTrue();
      }
    }
  }

  private static Set<List<String>> statesSeen(Shop shop, AtomicBoolean isOver) {
    Set<List<String>> seen = new LinkedHashSet<>();
    try (Connection connection = shop.database().connect()) {
      while (!isOver.get()) {
        seen.add(Shop.published(connection));
      }
      return seen;
    } catch (java.sql.SQLException e) {
      throw new IllegalStateException(e);
    }
  }
}
