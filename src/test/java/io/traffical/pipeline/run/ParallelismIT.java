package io.traffical.pipeline.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.traffical.pipeline.testing.Shop;
import java.util.List;
import org.junit.jupiter.api.Test;

class ParallelismIT {
  /** What each run reads up to, and how parallel it is where it is compared with one reader. */
  private static final List<Integer> HOURS = List.of(4, 8, 12);

  /** Eleven are more than a run of hours has slices, and no power of two. */
  private static final List<Integer> PARALLELISMS = List.of(2, 4, 11);

  @Test
  void theNumberOfReadersAndOperatorsDoesNotShow() {
    try (Shop shop = new Shop().fill(3000, 12)) {
      shop.replace("parallelism: 2", "parallelism: 1");
      HOURS.forEach(shop::run);
      List<String> alone = published(shop);
      assertThat(alone).hasSizeGreaterThan(3000);

      shop.database().execute("DROP SCHEMA traffical CASCADE");
      int before = 1;
      for (int i = 0; i < HOURS.size(); i++) {
        shop.replace("parallelism: " + before, "parallelism: " + PARALLELISMS.get(i));
        shop.run(HOURS.get(i));
        before = PARALLELISMS.get(i);
      }
      assertThat(published(shop)).isEqualTo(alone);
    }
  }

  private static List<String> published(Shop shop) {
    return shop.database()
        .rows(
            """
            SELECT 'assignment', a::text FROM traffical.assignments a
            UNION ALL SELECT 'total', t::text FROM traffical.unit_totals t
            UNION ALL SELECT 'day', o::text FROM traffical.unit_outcomes o
            UNION ALL SELECT 'result', concat_ws(' ', metric_key, allocation_key, as_of, units,
                round(numerator::numeric, 6), round(variance::numeric, 6), round(p_value::numeric, 9))
              FROM traffical.metric_results
            ORDER BY 1, 2
            """);
  }
}
