package io.traffical.pipeline.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.traffical.pipeline.testing.Shop;
import java.sql.Connection;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** A reader sees the state before a run or after it, never in between. */
class AtomicPublishIT {
  @Test
  void aReaderSeesTheStatesBetweenRunsAndNoOthers() throws Exception {
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
