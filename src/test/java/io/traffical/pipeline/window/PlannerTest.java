package io.traffical.pipeline.window;

import static io.traffical.pipeline.testing.Plans.hour;
import static org.assertj.core.api.Assertions.assertThat;

import io.traffical.pipeline.definition.Definitions;
import io.traffical.pipeline.testing.DefinitionFiles;
import io.traffical.pipeline.window.RunPlan.Base;
import io.traffical.pipeline.window.RunPlan.MetricPlan;
import io.traffical.pipeline.window.RunPlan.PolicyPlan;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * The rules of incremental state, one by one. Hours count from 2026-01-01T00:00:00Z, when the
 * policy starts; windows are an hour, the overlap is three. In plans, S is where assignments are
 * read from, h' is where new totals end, E is the end.
 */
class PlannerTest {
  private static final long NEVER = Micros.AFTER_ALL;
  private static final String FILE =
      """
      version: "1.0"
      connection: { host: db, database: shop, username: traffical }
      pipeline: { window: 1h, overlap: 3h, delay: 5m }
      entities:
        user: { column: user_id }
        company: { column: company_id }
      assignments:
        exposures: { entity: user, sql: "SELECT 1 WHERE '{{start_date}}' < '{{end_date}}'" }
      facts:
        orders: { entity: user, sql: "SELECT 1 WHERE '{{start_date}}' < '{{end_date}}'" }
        visits: { entity: user, sql: "SELECT 2 WHERE '{{start_date}}' < '{{end_date}}'" }
      metrics:
        revenue: { fact: orders, aggregation: sum, valueColumn: total }
        visited: { fact: visits, aggregation: count }
      policies:
        p:
          entity: user
          allocations: { off: 0.5, on: 0.5 }
          startsAt: 2026-01-01T00:00:00Z
      """;

  private String file = FILE;
  private final List<Watermark> stored = new ArrayList<>();
  private final Set<DefinitionRef> broken = new java.util.HashSet<>();
  private double clock = 100;

  @Test
  void aNewPolicyReadsEverythingUpToTheLastDueWindow() {
    clock = 10.5;

    assertThat(run())
        .containsExactly(
            "p fresh S=0 E=10",
            "revenue fresh EMPTY start=0 h'=7",
            "visited fresh EMPTY start=0 h'=7",
            "assignment exposures [0,10) new policy p",
            "fact orders [0,10) new metric revenue",
            "fact visits [0,10) new metric visited");
  }

  @Test
  void aWindowIsDueWhenTheDelayHasPassed() {
    clock = 10 + 4.999 / 60;
    assertThat(run().get(0)).isEqualTo("p fresh S=0 E=9");

    clock = 10 + 5.001 / 60;
    assertThat(run().get(0)).isEqualTo("p fresh S=0 E=10");
  }

  @Test
  void aPolicyThatHasNotStartedIsLeftOut() {
    file = FILE.replace("2026-01-01T00:00:00Z", "2026-01-01T10:00:00Z");
    clock = 10.5;
    assertThat(run()).isEmpty();

    clock = 11.5;
    assertThat(run().get(0)).isEqualTo("p fresh S=10 E=11");
  }

  @Test
  void aPolicyThatStartsInsideAWindowIsReadFromThatWindowOn() {
    file = FILE.replace("2026-01-01T00:00:00Z", "2026-01-01T02:30:00Z");
    clock = 5.5;

    RunPlan plan = plan(RunRequest.run(NEVER));

    assertThat(lines(plan)).contains("p fresh S=2 E=5", "assignment exposures [2,5) new policy p");
    assertThat(plan.policies().get(0).startsAt()).isEqualTo(hour(2.5));
  }

  @Test
  void anHourlyRunReadsTheOverlapAndTheNewWindowsOnly() {
    computedTo(40);
    clock = 41.5;

    assertThat(run())
        .containsExactly(
            "p S=37 E=41",
            "revenue TOTALS start=37 h'=38",
            "visited TOTALS start=37 h'=38",
            "assignment exposures [37,41) new windows and the overlap",
            "fact orders [37,41) new windows and the overlap",
            "fact visits [37,41) new windows and the overlap");
  }

  @Test
  void aRunAfterAPauseReadsAllWindowsSince() {
    computedTo(40);
    clock = 90.5;

    assertThat(run())
        .contains("p S=37 E=90", "revenue TOTALS start=37 h'=87")
        .contains("fact orders [37,90) new windows and the overlap");
  }

  @Test
  void aRunWithNothingDueReadsTheOverlapAgain() {
    computedTo(40);
    clock = 40.5;

    assertThat(run())
        .containsExactly(
            "p S=37 E=40",
            "revenue TOTALS start=37 h'=37",
            "visited TOTALS start=37 h'=37",
            "assignment exposures [37,40) the overlap again",
            "fact orders [37,40) the overlap again",
            "fact visits [37,40) the overlap again");
  }

  @Test
  void aRunToAPastTimeStaysAtWhatIsMaterialized() {
    computedTo(40);
    clock = 50;

    assertThat(lines(plan(RunRequest.run(hour(20)))))
        .contains("p S=37 E=40", "fact orders [37,40) the overlap again");
  }

  @Test
  void aRunToAFutureTimeEndsAtTheLastDueWindow() {
    computedTo(40);
    clock = 41.5;

    assertThat(lines(plan(RunRequest.run(hour(99))))).contains("p S=37 E=41");
  }

  @Test
  void aRunToATimeInsideAWindowEndsBeforeIt() {
    computedTo(40);

    assertThat(lines(plan(RunRequest.run(hour(42.9))))).contains("p S=37 E=42");
  }

  @Test
  void aRaisedOverlapTakesTheDaysOnce() {
    computedTo(40);
    file = FILE.replace("overlap: 3h", "overlap: 10h");
    clock = 41.5;

    assertThat(run())
        .contains("p S=30 E=41", "revenue rewrites DAYS start=24 h'=31")
        .contains("fact orders [24,41) catch up revenue")
        .contains("assignment exposures [30,41) new windows and the overlap");
  }

  @Test
  void aRaisedOverlapNeverReadsFromBeforeThePolicy() {
    computedTo(5);
    file = FILE.replace("overlap: 3h", "overlap: 10h");
    clock = 6.5;

    assertThat(run()).contains("p S=0 E=6", "revenue rewrites DAYS start=0 h'=0");
  }

  @Test
  void aLoweredOverlapReadsTheOldOneOnce() {
    computedTo(40);
    file = FILE.replace("overlap: 3h", "overlap: 1h");
    clock = 41.5;

    assertThat(run()).contains("p S=39 E=41", "revenue TOTALS start=37 h'=40");
  }

  @Test
  void aWiderWindowTakesTheDaysOnceWhenTheTotalsEndInsideOne() {
    computedTo(40);
    file = FILE.replace("window: 1h", "window: 2h");
    clock = 42.5;

    assertThat(run()).contains("p S=36 E=42", "revenue rewrites DAYS start=24 h'=38");
  }

  @Test
  void aNarrowerWindowGoesOnFromTheTotals() {
    computedTo(40);
    file = FILE.replace("window: 1h", "window: 30m");
    clock = 40.6;

    assertThat(run()).contains("p S=37 E=40.5", "revenue TOTALS start=37 h'=37.5");
  }

  @Test
  void aBackfillReadsFactsFromTheStartOfTheDayAndAssignmentsFromTheWindow() {
    computedTo(60);
    clock = 61.5;

    assertThat(lines(plan(RunRequest.backfill(hour(30.5), NEVER, null, null))))
        .containsExactly(
            "p S=30 E=60",
            "revenue rewrites DAYS start=24 h'=57",
            "visited rewrites DAYS start=24 h'=57",
            "assignment exposures [30,60) backfill",
            "fact orders [24,60) backfill",
            "fact visits [24,60) backfill");
  }

  @Test
  void aBackfillEndsWhereMaterializationEndsUnlessAnEndIsGiven() {
    computedTo(60);
    clock = 80;

    assertThat(lines(plan(RunRequest.backfill(hour(30), hour(70), null, null))))
        .contains("p S=30 E=70");
    assertThat(lines(plan(RunRequest.backfill(hour(30), hour(40), null, null))))
        .contains("p S=30 E=60");
  }

  @Test
  void aBackfillFromInsideTheOverlapStillReadsAllOfIt() {
    computedTo(60);

    assertThat(lines(plan(RunRequest.backfill(hour(59), NEVER, null, null))))
        .contains("p S=57 E=60", "revenue TOTALS start=57 h'=57");
  }

  @Test
  void aBackfillOfOneMetricReadsItsFactsOnly() {
    computedTo(60);

    assertThat(lines(plan(RunRequest.backfill(hour(30), NEVER, null, "visited"))))
        .containsExactly(
            "p S=- E=60", "visited rewrites DAYS start=24 h'=57", "fact visits [24,60) backfill");
  }

  @Test
  void aBackfillOfAnotherPolicyPlansNothing() {
    computedTo(60);

    assertThat(lines(plan(RunRequest.backfill(hour(30), NEVER, "q", null)))).isEmpty();
  }

  @Test
  void aBackfillLeavesNewPoliciesToTheNextRun() {
    assertThat(lines(plan(RunRequest.backfill(hour(30), NEVER, null, null)))).isEmpty();
  }

  @Test
  void aFullRefreshReadsEverythingAndKeepsNothing() {
    computedTo(60);

    RunPlan plan = plan(RunRequest.backfill(Micros.BEFORE_ALL, NEVER, null, null));

    assertThat(lines(plan))
        .contains(
            "p S=0 E=60", "revenue rewrites DAYS start=0 h'=57", "fact orders [0,60) backfill");
  }

  @Test
  void afterItsEndAPolicyIsReadUntilTheOverlapHasPassedIt() {
    file = FILE + "    endsAt: 2026-01-02T16:30:00Z\n"; // hour 40.5
    computedTo(40);
    clock = 43.5;
    assertThat(run())
        .contains("p S=37 E=43", "assignment exposures [37,41) new windows and the overlap")
        .contains("fact orders [37,41) new windows and the overlap");

    computedTo(43);
    clock = 44.5;
    assertThat(run()).contains("p S=40 E=44", "fact orders [40,41) new windows and the overlap");

    computedTo(44);
    clock = 45.5;
    assertThat(run()).as("nothing is left to repair").isEmpty();
  }

  @Test
  void aPolicyThatEndedLongAgoCanStillBeBackfilled() {
    file = FILE + "    endsAt: 2026-01-02T16:30:00Z\n";
    computedTo(90);

    assertThat(lines(plan(RunRequest.backfill(hour(30), NEVER, null, null))))
        .contains(
            "p S=30 E=90", "fact orders [24,41) backfill", "assignment exposures [30,41) backfill");
  }

  @Test
  void aNewMetricIsComputedFromTheStartAndTheOthersGoOn() {
    computedTo(40);
    stored.removeIf(w -> w.metricKey().equals("visited"));
    clock = 41.5;

    assertThat(run())
        .containsExactly(
            "p S=37 E=41",
            "revenue TOTALS start=37 h'=38",
            "visited fresh EMPTY start=0 h'=38",
            "assignment exposures [37,41) new windows and the overlap",
            "fact orders [37,41) new windows and the overlap",
            "fact visits [0,41) new metric visited");
  }

  @Test
  void aNewMetricOfAnEndedPolicyIsComputedFromStoredAssignments() {
    file = FILE + "    endsAt: 2026-01-02T16:00:00Z\n"; // hour 40
    computedTo(90);
    stored.removeIf(w -> w.metricKey().equals("visited"));

    assertThat(run())
        .containsExactly(
            "p S=- E=99",
            "visited fresh EMPTY start=0 h'=96",
            "fact visits [0,40) new metric visited");
  }

  @Test
  void aChangedMetricIsComputedFromTheStartAndTheOthersGoOn() {
    computedTo(40);
    file = FILE.replace("SELECT 2", "SELECT 3");
    clock = 41.5;

    assertThat(run())
        .contains(
            "p S=37 E=41", "revenue TOTALS start=37 h'=38", "visited fresh EMPTY start=0 h'=38")
        .contains("fact visits [0,41) changed metric visited");
  }

  @Test
  void aChangedPolicyIsComputedFromTheStartWithAllItsMetrics() {
    computedTo(40);
    file = FILE.replace("pipeline: {", "pipeline: { multipleAllocations: first,");
    clock = 41.5;

    assertThat(run())
        .containsExactly(
            "p fresh S=0 E=41",
            "revenue fresh EMPTY start=0 h'=38",
            "visited fresh EMPTY start=0 h'=38",
            "assignment exposures [0,41) changed policy p",
            "fact orders [0,41) changed metric revenue",
            "fact visits [0,41) changed metric visited");
  }

  @Test
  void aChangedStartMovesWhereEverythingBegins() {
    computedTo(40);
    file = FILE.replace("2026-01-01T00:00:00Z", "2026-01-01T06:30:00Z");

    assertThat(run()).contains("p fresh S=6 E=99", "revenue fresh EMPTY start=6 h'=96");
  }

  @Test
  void aBrokenFactLeavesOutItsMetricsOnly() {
    computedTo(40);
    broken.add(DefinitionRef.fact("visits"));
    clock = 41.5;

    assertThat(run())
        .containsExactly(
            "p S=37 E=41",
            "revenue TOTALS start=37 h'=38",
            "assignment exposures [37,41) new windows and the overlap",
            "fact orders [37,41) new windows and the overlap");
  }

  @Test
  void aBrokenAssignmentDefinitionLeavesOutItsPolicies() {
    computedTo(40);
    broken.add(DefinitionRef.assignment("exposures"));

    assertThat(run()).isEmpty();
  }

  @Test
  void aLaggingMetricCatchesUpFromWhereAssignmentsChangedBehindItsBack() {
    computedTo(60);
    stored.removeIf(w -> w.metricKey().equals("visited"));
    stored.add(watermark("visited", 50, 47, hour(55)));
    clock = 61.5;
    assertThat(run())
        .contains("p S=57 E=61", "revenue TOTALS start=57 h'=58", "visited TOTALS start=47 h'=58")
        .contains("fact visits [47,61) new windows and the overlap");

    stored.removeIf(w -> w.metricKey().equals("visited"));
    stored.add(watermark("visited", 50, 47, hour(40)));
    assertThat(run())
        .contains("revenue TOTALS start=57 h'=58", "visited rewrites DAYS start=24 h'=58")
        .contains("fact visits [24,61) catch up visited");
  }

  @Test
  void aMetricThatComesBackStartsOver() {
    computedTo(60);
    stored.removeIf(w -> w.metricKey().equals("visited"));
    stored.add(watermark("visited", 50, 47, Micros.BEFORE_ALL));
    clock = 61.5;

    assertThat(run()).contains("visited rewrites DAYS start=0 h'=58");
  }

  @Test
  void oneScanServesEveryUserOfADefinition() {
    file = FILE + FILE.substring(FILE.indexOf("  p:")).replace("  p:", "  q:");
    computedTo(40);
    clock = 41.5;

    assertThat(run())
        .contains("p S=37 E=41", "q fresh S=0 E=41")
        .contains("assignment exposures [0,41) new windows and the overlap; new policy q")
        .contains("fact orders [0,41) new windows and the overlap; new metric revenue")
        .filteredOn(line -> line.startsWith("fact orders"))
        .hasSize(1);
  }

  @Test
  void theValueColumnsOfAReadDoNotDependOnTheRequest() {
    file =
        FILE.replace(
            "visited:", "net: { fact: orders, aggregation: sum, valueColumn: net }\n  visited:");
    computedTo(40);

    assertThat(plan(RunRequest.backfill(hour(30), NEVER, null, "net")).reads())
        .singleElement()
        .extracting(read -> read.columns().numbers())
        .isEqualTo(List.of("net", "total"));
  }

  /** Everything is materialized up to the given hour, by runs of the file as it is now. */
  private void computedTo(double hour) {
    stored.clear();
    stored.add(watermark("", hour, hour, NEVER));
    for (String metric : definitions().policies().get("p").metrics()) {
      stored.add(watermark(metric, hour, hour - 3, NEVER));
    }
  }

  private Watermark watermark(String metric, double end, double totalsTo, long restartFrom) {
    Definitions definitions = definitions();
    String policy = Fingerprint.of(definitions, definitions.policies().get("p"));
    String fingerprint =
        metric.isEmpty()
            ? policy
            : Fingerprint.of(definitions, definitions.metrics().get(metric), 0, "user", policy);
    return new Watermark("p", metric, hour(end), fingerprint, hour(totalsTo), restartFrom);
  }

  private Definitions definitions() {
    return DefinitionFiles.read(file);
  }

  private List<String> run() {
    return lines(plan(RunRequest.run(NEVER)));
  }

  private RunPlan plan(RunRequest request) {
    return Planner.plan(definitions(), request, stored, broken, hour(clock));
  }

  private static List<String> lines(RunPlan plan) {
    List<String> lines = new ArrayList<>();
    for (PolicyPlan p : plan.policies()) {
      String from = p.readsAssignments() ? hours(p.assignmentsFrom()) : "-";
      lines.add(
          p.policyKey() + (p.isFresh() ? " fresh" : "") + " S=" + from + " E=" + hours(p.end()));
      for (MetricPlan m : p.metrics()) {
        boolean isHourly = m.base() == Base.TOTALS;
        assertThat(m.rewrites()).as("only the hourly path keeps totals").isEqualTo(!isHourly);
        String how = m.isFresh() ? " fresh " : m.rewrites() ? " rewrites " : " ";
        lines.add(
            m.metricKey()
                + how
                + m.base()
                + " start="
                + hours(m.start())
                + " h'="
                + hours(m.totalsTo()));
      }
    }
    lines.addAll(
        plan.reads().stream()
            .map(
                r ->
                    r.definition()
                        + " ["
                        + hours(r.range().start())
                        + ","
                        + hours(r.range().end())
                        + ") "
                        + r.reason())
            .collect(Collectors.toList()));
    return lines;
  }

  private static String hours(long micros) {
    double hours = (micros - hour(0)) / (double) (hour(1) - hour(0));
    return hours == Math.rint(hours) ? String.valueOf((long) hours) : String.valueOf(hours);
  }
}
