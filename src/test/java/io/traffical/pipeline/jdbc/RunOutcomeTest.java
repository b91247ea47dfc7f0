package io.traffical.pipeline.jdbc;

import static io.traffical.pipeline.testing.Plans.HOUR;
import static io.traffical.pipeline.testing.Plans.hour;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.traffical.pipeline.definition.Definitions;
import io.traffical.pipeline.model.SliceReport;
import io.traffical.pipeline.testing.DefinitionFiles;
import io.traffical.pipeline.testing.Plans;
import io.traffical.pipeline.window.DefinitionRef;
import io.traffical.pipeline.window.Planner;
import io.traffical.pipeline.window.RunPlan;
import io.traffical.pipeline.window.RunRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The plan reads assignment exposures (0), fact orders (1) and fact visits (2) of ten hours. */
class RunOutcomeTest {
  private static final Definitions DEFINITIONS =
      DefinitionFiles.read(
          """
          version: "1.0"
          connection: { host: db, database: shop, username: traffical }
          pipeline: { maxRejectedShare: 0.1 }
          entities: { user: { keyType: userId } }
          assignments:
            exposures: { entity: user, sql: "SELECT '{{start_date}}', '{{end_date}}'" }
          facts:
            orders: { entity: user, sql: "SELECT '{{start_date}}', '{{end_date}}'" }
            visits: { entity: user, sql: "SELECT '{{start_date}}', '{{end_date}}'" }
          metrics:
            ordered: { fact: orders, aggregation: count }
            visited: { fact: visits, aggregation: count }
          policies:
            p: { entity: user, allocations: { a: 0.5, b: 0.5 }, startsAt: 2026-01-01T00:00:00Z }
          """);
  private static final RunPlan PLAN =
      Planner.plan(DEFINITIONS, RunRequest.run(hour(10)), List.of(), java.util.Set.of(), hour(99));

  private final List<SliceReport> reports = new ArrayList<>();

  @Test
  void everythingIsPublishedWhenEverySliceWasRead() {
    RunOutcome outcome = outcome(Map.of());

    assertThat(outcome.status()).isEqualTo("succeeded");
    assertThat(outcome.error()).isNull();
    assertThat(outcome.publishes(0)).isTrue();
    assertThat(outcome.publishes(0, 0)).isTrue();
    assertThat(outcome.publishes(0, 1)).isTrue();
  }

  @Test
  void aSliceThatNobodyReportedEndsTheRun() {
    reports.add(report(1, 0, 4, 0, 0, null));
    reports.add(report(1, 5, 10, 0, 0, null));

    assertThatThrownBy(() -> outcome(Map.of()))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage(
            "fact orders: the slices read do not add up to [2026-01-01T00:00:00Z,2026-01-01T10:00:00Z)");
  }

  @Test
  void aSliceReportedTwiceEndsTheRun() {
    reports.add(report(1, 0, 10, 0, 0, null));
    reports.add(report(1, 0, 10, 0, 0, null));

    assertThatThrownBy(() -> outcome(Map.of())).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void aFactThatFailedInOneSliceKeepsBackItsMetricsOnly() {
    reports.add(report(1, 0, 5, 10, 0, null));
    reports.add(report(1, 5, 10, 0, 0, "fact orders window=[a,b): it broke"));

    RunOutcome outcome = outcome(Map.of());

    assertThat(outcome.status()).isEqualTo("partial");
    assertThat(outcome.error()).isEqualTo("fact orders window=[a,b): it broke");
    assertThat(outcome.publishes(0)).isTrue();
    assertThat(outcome.publishes(0, 0)).isFalse();
    assertThat(outcome.publishes(0, 1)).isTrue();
  }

  @Test
  void assignmentsThatFailedKeepBackTheWholePolicy() {
    reports.add(report(0, 0, 10, 0, 0, "assignment exposures: it broke"));

    RunOutcome outcome = outcome(Map.of());

    assertThat(outcome.status()).isEqualTo("failed");
    assertThat(outcome.publishes(0)).isFalse();
    assertThat(outcome.publishes(0, 1)).isFalse();
  }

  @Test
  void whatWasBrokenBeforeReadingMakesTheRunPartial() {
    RunOutcome outcome = outcome(Map.of(DefinitionRef.fact("clicks"), "it is missing"));

    assertThat(outcome.status()).isEqualTo("partial");
    assertThat(outcome.error()).isEqualTo("fact clicks: it is missing");
  }

  @Test
  void unusableRowsFailADefinitionAboveTheShareAndNotAtIt() {
    reports.add(report(1, 0, 5, 50, 10, null));
    reports.add(report(1, 5, 10, 40, 0, null));
    assertThat(outcome(Map.of()).status()).isEqualTo("succeeded");

    reports.clear();
    reports.add(report(1, 0, 5, 49, 10, null));
    reports.add(report(1, 5, 10, 40, 0, null));
    RunOutcome outcome = outcome(Map.of());
    assertThat(outcome.status()).isEqualTo("partial");
    assertThat(outcome.error())
        .isEqualTo(
            "fact orders: DATA: 10 of 99 rows are unusable, more than maxRejectedShare 0.1 allows;"
                + " the first: the key is null; mend the SQL or raise maxRejectedShare");
  }

  /** Reads that no report was added for are reported as read in one slice. */
  private RunOutcome outcome(Map<DefinitionRef, String> broken) {
    List<SliceReport> all = new ArrayList<>(reports);
    for (int r = 0; r < PLAN.reads().size(); r++) {
      int read = r;
      if (reports.stream().noneMatch(report -> report.read() == read)) {
        all.add(report(read, 0, 10, 100, 0, null));
      }
    }
    return new RunOutcome(
        new RunContext("run", DEFINITIONS, PLAN, Plans.sets(PLAN), broken, false), all);
  }

  private static SliceReport report(
      int read, int from, int to, long rows, long rejected, String error) {
    int windows = (int) ((hour(to) - hour(from)) / HOUR);
    String first = rejected == 0 ? null : "the key is null";
    return new SliceReport(
        read,
        hour(from),
        hour(to),
        rows,
        0,
        rejected,
        new long[windows],
        new long[windows],
        Map.of(),
        first,
        1,
        error);
  }
}
