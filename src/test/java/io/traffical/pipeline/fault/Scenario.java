package io.traffical.pipeline.fault;

import io.traffical.pipeline.run.RunReport;
import io.traffical.pipeline.testing.Shop;
import io.traffical.pipeline.window.Micros;
import io.traffical.pipeline.window.RunRequest;

/** A run that a fault strikes, and what there is before it. */
enum Scenario {
  /** There is no schema yet. */
  FIRST_RUN {
    @Override
    void prepare(Shop shop) {}
  },
  /** The next windows of what is there, and a late row. */
  HOURLY {
    @Override
    void prepare(Shop shop) {
      shop.run(6);
      shop.order("'u3'", "1000", 5.5);
    }
  },
  /** A metric means something else, and starts over. */
  CHANGED_METRIC {
    @Override
    void prepare(Shop shop) {
      shop.run(6);
      shop.run(9);
      shop.replace("aggregation: count", "aggregation: conversion_rate");
    }
  },
  /** All of it again, after the past has changed. */
  FULL_REFRESH {
    @Override
    void prepare(Shop shop) {
      shop.run(9);
      shop.database()
          .execute("DELETE FROM src.orders WHERE event_time < '2026-01-01T02:00Z' AND amount > 70");
    }

    @Override
    RunRequest request() {
      return RunRequest.backfill(Micros.BEFORE_ALL, Micros.of(Shop.hour(9)), null, null);
    }
  };

  /** Brings about what is there before. */
  abstract void prepare(Shop shop);

  /** Returns what the run is asked to do. */
  RunRequest request() {
    return RunRequest.run(Micros.of(Shop.hour(9)));
  }

  /** Runs. */
  RunReport run(Shop shop) {
    return shop.run(request());
  }
}
