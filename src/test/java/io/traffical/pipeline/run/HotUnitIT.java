package io.traffical.pipeline.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.traffical.pipeline.testing.Shop;
import org.junit.jupiter.api.Test;

/** One unit may have more facts than fit into memory. */
class HotUnitIT {
  @Test
  void aUnitWithAMillionFactsInAnyOrderHasTheRightTotals() {
    try (Shop shop = new Shop().fill(200, 12)) {
      shop.database()
          .execute(
              """
              INSERT INTO src.exposures VALUES ('hot', '2026-01-01T01:00:00Z', 'pricing', 'b');
              INSERT INTO src.orders
              SELECT 'hot', timestamptz '2026-01-01T00:00:00Z' + interval '1 second' * (i::bigint * 7919 % 43200), 0.01
              FROM generate_series(1, 1000000) i;
              """);

      RunReport report = shop.run(12);

      assertThat(report.status()).as(report.error()).isEqualTo("succeeded");
      assertThat(
              shop.database()
                  .rows(
                      "SELECT sum(facts), sum(sum_high + sum_low)::numeric(20, 6) FROM"
                          + " traffical.unit_outcomes WHERE unit_key = 'hot' AND metric_key ="
                          + " 'revenue'"))
          .isEqualTo(
              shop.database()
                  .rows(
                      "SELECT count(*), sum(amount)::numeric(20, 6) FROM src.orders WHERE user_id ="
                          + " 'hot' AND event_time >= '2026-01-01T01:00:00Z' AND event_time <"
                          + " '2026-01-01T09:00:00Z'"));
      assertThat(
              shop.database()
                  .rows(
                      "SELECT numerator::numeric(20, 6) FROM traffical.latest_results WHERE"
                          + " metric_key = 'orders' AND allocation_key = 'b'"))
          .isEqualTo(
              shop.database()
                  .rows(
                      "SELECT count(*)::numeric(20, 6) FROM src.orders o JOIN src.exposures e USING"
                          + " (user_id) WHERE e.variant = 'b' AND o.event_time >= e.assigned_at"));
    }
  }
}
