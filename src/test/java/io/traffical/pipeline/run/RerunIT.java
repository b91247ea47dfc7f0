package io.traffical.pipeline.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.traffical.pipeline.testing.SharedCluster;
import io.traffical.pipeline.testing.Shop;
import io.traffical.pipeline.window.Micros;
import io.traffical.pipeline.window.RunRequest;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Running again what has not changed leaves everything where it is. */
@ExtendWith(SharedCluster.ForJobs.class)
class RerunIT {
  @Test
  void f7_fiftyRunsOfUnchangedWindowsRewriteNoRows() {
    try (Shop shop = new Shop().fill(2000, 12)) {
      shop.run(12);
      shop.run(13);
      shop.run(13); // the second one starts where the first one's totals end
      List<String> published = shop.published();
      List<String> versions = versions(shop);
      long size = size(shop);

      for (int i = 0; i < 50; i++) {
        RunReport report = shop.run(13);
        assertThat(report.status()).as(report.error()).isEqualTo("succeeded");
        assertThat(report.lateRows()).isZero();
      }

      List<String> after = shop.published();
      assertThat(after).filteredOn(row -> !published.contains(row)).as("new rows").isEmpty();
      assertThat(published).filteredOn(row -> !after.contains(row)).as("rows gone").isEmpty();
      assertThat(versions(shop)).as("places and writers of the rows").isEqualTo(versions);
      assertThat(size(shop)).isLessThan(2 * size);
      assertThat(
              shop.database()
                  .rows("SELECT relname FROM pg_class WHERE starts_with(relname, '_s_')"))
          .as("staging tables left over")
          .isEmpty();
    }
  }

  /** Postgres refuses to change rows of a replicated table that has no replica identity. */
  @Test
  void aDatabaseMayReplicateAllItsTables() {
    try (Shop shop = new Shop().fill(100, 12);
        Shop never = new Shop().fill(100, 12)) {
      String changes =
          "UPDATE src.exposures SET variant = 'b' WHERE assigned_at >= '2026-01-01T04:00Z';"
              + " DELETE FROM src.exposures WHERE user_id = 'u1'";
      shop.database()
          .execute(
              "ALTER TABLE src.exposures REPLICA IDENTITY FULL;"
                  + " CREATE PUBLICATION everything FOR ALL TABLES");
      for (Shop one : List.of(shop, never)) {
        one.run(6);
        one.database().execute(changes);
        RunReport hourly = one.run(8);
        assertThat(hourly.status()).as(hourly.error()).isEqualTo("succeeded");
        RunReport anew =
            one.run(RunRequest.backfill(Micros.BEFORE_ALL, Micros.of(Shop.hour(8)), null, null));
        assertThat(anew.status()).as(anew.error()).isEqualTo("succeeded");
      }

      assertThat(shop.resultsAndAssignments()).isEqualTo(never.resultsAndAssignments());
    }
  }

  private static List<String> versions(Shop shop) {
    return shop.database()
        .rows(
            """
            SELECT 'assignments', unit_key, ctid, xmin FROM traffical.assignments
            UNION ALL SELECT 'totals', set_id || unit_key, ctid, xmin FROM traffical.unit_total_sets
            UNION ALL SELECT 'outcomes', set_id || unit_key, ctid, xmin FROM traffical.unit_outcome_sets
            UNION ALL SELECT 'results', metric_key || allocation_key || as_of, ctid, xmin
              FROM traffical.metric_results
            ORDER BY 1, 2, 3
            """);
  }

  private static long size(Shop shop) {
    return Long.parseLong(
        shop.database()
            .rows(
                "SELECT sum(pg_total_relation_size(c.oid)) FROM pg_class c JOIN pg_namespace n ON"
                    + " n.oid = c.relnamespace WHERE n.nspname = 'traffical' AND relkind = 'r' AND"
                    + " relname NOT LIKE 'run%'")
            .get(0));
  }
}
