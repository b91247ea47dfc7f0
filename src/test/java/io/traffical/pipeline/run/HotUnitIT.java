package io.traffical.pipeline.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.traffical.pipeline.testing.SharedCluster;
import io.traffical.pipeline.testing.Shop;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** One unit may have more facts than fit into memory. */
@ExtendWith(SharedCluster.ForJobs.class)
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

  /** Metrics that remember something of every fact work on as many facts of one unit, too. */
  @Test
  void metricsThatKeepEntriesWorkOnAMillionFacts() {
    try (Shop shop = new Shop()) {
      shop.replace(
          "  revenue: {",
          "  p90: { fact: orders, aggregation: percentile, valueColumn: amount, percentile: 0.9 }\n"
              + "  amounts: { fact: orders, aggregation: count_distinct, valueColumn: amount }\n"
              + "  twice: { aggregation: funnel, steps: [{ fact: orders }, { fact: orders }] }\n"
              + "  mean: { aggregation: ratio, numerator: { fact: orders, valueColumn: amount },"
              + " denominator: { fact: orders } }\n"
              + "  revenue: {");
      shop.database()
          .execute(
              """
              INSERT INTO src.exposures VALUES
                ('hot', '2026-01-01T01:00:00Z', 'pricing', 'a'), ('u1', '2026-01-01T01:00:00Z', 'pricing', 'a');
              INSERT INTO src.orders VALUES ('u1', '2026-01-01T02:00:00Z', 5), ('u1', '2026-01-01T03:00:00Z', 5);
              INSERT INTO src.orders
              SELECT 'hot', timestamptz '2026-01-01T02:00:00Z' + interval '1 second' * (i::bigint * 7919 % 32000), i % 300000
              FROM generate_series(1, 1000000) i;
              """);

      RunReport report = shop.run(12);

      assertThat(report.status()).as(report.error()).isEqualTo("succeeded");
      assertThat(
              shop.database()
                  .rows(
                      "SELECT metric_key, value::numeric(20, 6) FROM traffical.latest_results WHERE"
                          + " allocation_key = 'a' AND metric_key IN ('p90', 'amounts', 'twice',"
                          + " 'mean') ORDER BY 1"))
          .isEqualTo(
              shop.database()
                  .rows(
                      "SELECT 'amounts', (300001 / 2.0)::numeric(20, 6) UNION ALL SELECT 'mean',"
                          + " avg(amount)::numeric(20, 6) FROM src.orders UNION ALL SELECT 'p90',"
                          + " percentile_cont(0.9) WITHIN GROUP (ORDER BY amount)::numeric(20, 6)"
                          + " FROM src.orders UNION ALL SELECT 'twice', 1::numeric(20, 6) ORDER BY 1"));
    }
  }
}
