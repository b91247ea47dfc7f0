package io.traffical.pipeline.jdbc;

import static io.traffical.pipeline.testing.Plans.HOUR;
import static io.traffical.pipeline.testing.Plans.fresh;
import static io.traffical.pipeline.testing.Plans.hour;
import static io.traffical.pipeline.testing.Plans.hourly;
import static io.traffical.pipeline.testing.Plans.knownPolicy;
import static io.traffical.pipeline.testing.Plans.metric;
import static org.assertj.core.api.Assertions.assertThat;

import io.traffical.pipeline.definition.Definitions;
import io.traffical.pipeline.definition.Metric.Aggregation;
import io.traffical.pipeline.testing.DefinitionFiles;
import io.traffical.pipeline.testing.Plans;
import io.traffical.pipeline.window.DefinitionRef;
import io.traffical.pipeline.window.MetricSet.Place;
import io.traffical.pipeline.window.MetricSets;
import io.traffical.pipeline.window.MetricSets.StoredPlace;
import io.traffical.pipeline.window.RunPlan;
import io.traffical.pipeline.window.RunPlan.Base;
import io.traffical.pipeline.window.SelectedColumns;
import io.traffical.pipeline.window.TimeWindow;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SlicesTest {
  private static final Definitions DEFINITIONS =
      DefinitionFiles.read(
          """
          version: "1.0"
          connection: { host: db, database: shop, username: traffical }
          pipeline: { scan: 1d }
          entities: { user: { keyType: userId } }
          assignments:
            exposures: { entity: user, sql: "SELECT '{{start_date}}', '{{end_date}}'" }
          facts:
            orders: { entity: user, sql: "SELECT '{{start_date}}', '{{end_date}}';" }
          metrics: { n: { fact: orders, aggregation: count } }
          policies:
            p: { entity: user, allocations: { a: 0.5, b: 0.5 }, startsAt: 2026-01-01T00:00:00Z }
          """);

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        // from | to | readers | starts of the slices and the end
        "0  | 24  | 1 | 0 24",
        "0  | 72  | 2 | 0 24 48 72",
        "20 | 100 | 1 | 20 24 48 72 96 100",
        "0  | 4   | 4 | 0 1 2 3 4",
        "7  | 11  | 2 | 7 8 10 11",
        "0  | 3   | 8 | 0 1 2 3",
        "5  | 6   | 8 | 5 6",
        "0  | 10  | 4 | 0 2 4 6 8 10",
      })
  void slicesAreScansOrLessWhereReadersWouldBeIdleAndAlwaysWholeWindows(
      double from, double to, int readers, String expected) {
    List<Slice> slices =
        new Slices(plan(from, to), Plans.sets(plan(from, to)), DEFINITIONS, readers).all();

    StringBuilder starts = new StringBuilder();
    long next = hour(from);
    for (Slice slice : slices) {
      assertThat(slice.start()).as("no gap, no overlap").isEqualTo(next);
      assertThat((slice.end() - slice.start()) % HOUR).isZero();
      next = slice.end();
      starts.append((slice.start() - hour(0)) / HOUR).append(' ');
    }
    assertThat(next).isEqualTo(hour(to));
    assertThat(starts.append((next - hour(0)) / HOUR).toString()).isEqualTo(expected);
  }

  @Test
  void theSqlOfASliceNamesItsEndsAndHasNoSemicolon() {
    assertThat(new Slices(plan(7, 8), Plans.sets(plan(7, 8)), DEFINITIONS, 1).all())
        .singleElement()
        .satisfies(
            slice -> {
              assertThat(slice.sql())
                  .isEqualTo("SELECT '2026-01-01T07:00:00Z', '2026-01-01T08:00:00Z'");
              assertThat(slice.splitId()).isEqualTo("fact orders 2026-01-01T07:00:00Z");
              assertThat(slice.kind()).isEqualTo(Slice.Kind.DEFINITION);
            });
  }

  @Test
  void storedRowsAreReadOncePerPolicyAndPerSetOfMetricsThatHaveAPast() {
    RunPlan plan =
        new RunPlan(
            HOUR,
            hour(60),
            List.of(
                knownPolicy(
                    40,
                    60,
                    fresh(Aggregation.SUM, "orders", 57),
                    hourly(Aggregation.COUNT, "orders", 50, 57),
                    metric(Aggregation.CONVERSION_RATE, "orders", 30, Base.DAYS, 57))),
            List.of());

    MetricSets sets =
        new MetricSets(
            plan,
            List.of(
                new StoredPlace("known", 1, 0, "conversion_rate", 0, false, Plans.day(0)),
                new StoredPlace("known", 2, 0, "count", 0, true, MetricSets.ALL_DAYS),
                new StoredPlace("known", 2, 1, "conversion_rate", 0, true, MetricSets.ALL_DAYS),
                new StoredPlace("other", 3, 0, "count", 0, true, MetricSets.ALL_DAYS)));

    List<Slice> slices = new Slices(plan, sets, DEFINITIONS, 4).all();

    assertThat(slices)
        .extracting(Slice::splitId)
        .containsExactly(
            "stored 0 assignments", "stored 0 totals 2", "stored 0 days 2 before " + Plans.day(1));
    assertThat(slices.get(0).sql()).contains("\"assignments\" WHERE policy_key = 'known'");
    assertThat(slices.get(1).sql())
        .endsWith("\"unit_total_sets\" WHERE policy_key = 'known' AND set_id = 2");
    assertThat(slices.get(1).places()).containsExactly(new Place(1, 0));
    assertThat(slices.get(2).sql())
        .contains("\"unit_outcome_sets\"")
        .endsWith("set_id = 2 AND day < '2026-01-02'::date");
    assertThat(slices.get(2).places()).containsExactly(Place.UNUSED, new Place(2, 0));
  }

  private static RunPlan plan(double from, double to) {
    RunPlan.Read read =
        new RunPlan.Read(
            DefinitionRef.fact("orders"),
            new TimeWindow(hour(from), hour(to)),
            hour(from),
            List.of("user"),
            new SelectedColumns(List.of(), List.of(), List.of(), List.of()),
            "test");
    return new RunPlan(HOUR, hour(to), List.of(), List.of(read));
  }
}
