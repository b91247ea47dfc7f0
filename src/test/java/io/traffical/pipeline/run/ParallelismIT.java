package io.traffical.pipeline.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.traffical.pipeline.testing.Shop;
import java.util.List;
import org.junit.jupiter.api.Test;

class ParallelismIT {
  @Test
  void theNumberOfReadersAndOperatorsDoesNotShow() {
    try (Shop shop = new Shop().fill(3000, 12)) {
      shop.replace("parallelism: 2", "parallelism: 1");
      shop.run(6);
      shop.run(12);
      List<String> alone = published(shop);
      assertThat(alone).hasSizeGreaterThan(3000);

      shop.database().execute("DROP SCHEMA traffical CASCADE");
      shop.replace("parallelism: 1", "parallelism: 3");
      shop.run(6);
      shop.replace("parallelism: 3", "parallelism: 32");
      shop.run(12);
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
