package io.traffical.pipeline.bench;

import io.traffical.pipeline.testing.TestDatabase;
import java.util.List;

/** Parts of the warehouse's facts, and skewed ones, as views: nothing more has to be filled. */
final class ScaleData {
  /** Orders are of one to four items, as many of each. */
  private static final int MOST_ITEMS = 4;

  private static final Shape POLICIES =
      new Shape("4x5", List.of("p0", "p1", "p2", "p3"), Shape.MANY.metrics());

  private final Dataset all;

  ScaleData(Warehouse warehouse) {
    this.all = warehouse.spread(Shape.ONE);
  }

  /** Returns data with so many quarters of the facts. */
  Dataset quarters(int quarters) {
    String view = view("orders_" + quarters, ordersOf(quarters, "user_id"));
    return new Dataset(all.database(), Shape.ONE, view, all.exposures());
  }

  /**
   * Returns data with a quarter of the facts, a fifth of them those of one unit, and with 99 % of
   * the units in one of four policies.
   */
  Dataset skewed() {
    // One order in five is of less than 40. The unit user-0 is the first one that is assigned.
    String hot = "CASE WHEN amount < 40 THEN 'user-0' ELSE user_id END AS user_id";
    String orders = view("orders_hot", ordersOf(1, hot));
    String exposures =
        view(
            "exposures_skewed",
            """
            SELECT user_id, assigned_at, CASE WHEN place %% 100 > 0 THEN 'p0'
                ELSE 'p' || 1 + place / 100 %% 3 END AS policy_key, allocation_key
              FROM (SELECT *, hashtextextended(user_id, 1) & 1048575 AS place FROM %s) e
            """
                .formatted(all.exposures()));
    return new Dataset(all.database(), POLICIES, orders, exposures);
  }

  private String ordersOf(int quarters, String unit) {
    return "SELECT %s, event_time, amount, quantity, margin FROM %s WHERE quantity > %d"
        .formatted(unit, all.facts(), MOST_ITEMS - quarters);
  }

  private String view(String name, String select) {
    TestDatabase database = all.database();
    database.execute("CREATE OR REPLACE VIEW " + name + " AS " + select);
    return name;
  }
}
