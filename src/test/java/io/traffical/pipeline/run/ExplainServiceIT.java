package io.traffical.pipeline.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.traffical.pipeline.definition.Definitions;
import io.traffical.pipeline.run.Explanation.Total;
import io.traffical.pipeline.testing.SharedCluster;
import io.traffical.pipeline.testing.Shop;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What is explained unit by unit is what is published of all. */
@ExtendWith(SharedCluster.ForJobs.class)
class ExplainServiceIT {
  private static final int UNITS = 24;

  @Test
  void unitsExplainedAddUpToTheResults() {
    try (Shop shop = new Shop().fill(UNITS, 14)) {
      shop.expose("'u1'", "b", 3).expose("'u1'", "a", 4).expose("'u2'", "other", 0);
      shop.run(9.0);
      shop.order("'u3'", "100.5", 8.5).order("'u3'", "'NaN'", 8.6);
      shop.run(12.0);
      Definitions definitions = shop.definitions();
      Map<String, Double> numerators = new TreeMap<>();
      Map<String, Integer> units = new TreeMap<>();
      List<String> metrics = definitions.policies().get("pricing").metrics();
      for (String metric : metrics) {
        for (int unit = 1; unit <= UNITS; unit++) {
          Explanation explanation =
              new ExplainService(definitions, "pricing", metric).explain("u" + unit, 1000);
          assertThat(explanation.stored().isSame()).as("%s of u%d", metric, unit).isTrue();
          assertThat(explanation.stored().isSameAssigned()).isTrue();
          assertThat(counted(explanation)).isEqualTo(total(explanation).count());
          if (explanation.found() != null && explanation.leftOut() == null) {
            String key = metric + "|" + explanation.found().allocation();
            units.merge(key, 1, Integer::sum);
            numerators.merge(key, value(metric, total(explanation)), Double::sum);
          }
        }
      }
      List<String> expected =
          numerators.entrySet().stream()
              .map(e -> e.getKey() + "|" + units.get(e.getKey()) + "|" + text(e.getValue()))
              .toList();
      assertThat(shop.results()).containsExactlyElementsOf(expected);
    }
  }

  @Test
  void agreesWithWhatIsStoredAfterARandomHistory() {
    Random random = new Random(7);
    try (Shop shop = new Shop()) {
      for (int hour = 2; hour < 14; hour += 3) {
        for (int i = 0; i < 12; i++) {
          String unit = "'u" + random.nextInt(4) + "'";
          double at = hour - 3 * random.nextDouble();
          if (random.nextInt(3) == 0) {
            shop.expose(unit, random.nextInt(8) == 0 ? "b" : "a", Math.max(0, at));
          } else {
            shop.order(unit, "'" + random.nextInt(1000) / 8.0 + "'", Math.max(0, at));
          }
        }
        shop.run(hour);
        for (int unit = 0; unit < 4; unit++) {
          Explanation explanation =
              new ExplainService(shop.definitions(), "pricing", "revenue").explain("u" + unit, 3);
          assertThat(explanation.stored().isSame()).isTrue();
          assertThat(explanation.stored().isSameAssigned()).isTrue();
        }
      }
    }
  }

  /** Facts that count, also of units that are left out. */
  private static long counted(Explanation explanation) {
    return explanation.rows().stream()
        .filter(row -> row.kind().equals("fact"))
        .filter(
            row ->
                row.isCounted()
                    || (explanation.leftOut() != null
                        && explanation.leftOut().equals(row.reason())))
        .count();
  }

  private static Total total(Explanation explanation) {
    return explanation.totals().get(0);
  }

  private static double value(String metric, Total total) {
    return switch (metric) {
      case "visited" -> Math.min(1, total.count());
      case "orders" -> total.count();
      default -> total.sum();
    };
  }

  private static String text(double value) {
    return value == Math.rint(value) ? Long.toString((long) value) : Double.toString(value);
  }
}
