package io.traffical.pipeline.job;

import static io.traffical.pipeline.testing.Plans.HOUR;
import static io.traffical.pipeline.testing.Plans.day;
import static io.traffical.pipeline.testing.Plans.fresh;
import static io.traffical.pipeline.testing.Plans.hour;
import static io.traffical.pipeline.testing.Plans.hourly;
import static io.traffical.pipeline.testing.Plans.knownPolicy;
import static io.traffical.pipeline.testing.Plans.metric;
import static io.traffical.pipeline.testing.Plans.newPolicy;
import static io.traffical.pipeline.testing.Plans.plan;
import static io.traffical.pipeline.testing.Plans.policy;
import static io.traffical.pipeline.testing.Plans.unreadPolicy;
import static org.assertj.core.api.Assertions.assertThat;

import io.traffical.pipeline.definition.Metric.Aggregation;
import io.traffical.pipeline.model.AssignmentChange;
import io.traffical.pipeline.model.DayOutcome;
import io.traffical.pipeline.model.TotalChange;
import io.traffical.pipeline.model.UnitBlock;
import io.traffical.pipeline.model.UnitRow;
import io.traffical.pipeline.model.UnitRow.Exposure;
import io.traffical.pipeline.model.UnitRow.Outcome;
import io.traffical.pipeline.model.UnitRow.StoredAssignment;
import io.traffical.pipeline.model.UnitRow.StoredTotal;
import io.traffical.pipeline.model.UnitValues;
import io.traffical.pipeline.testing.Plans;
import io.traffical.pipeline.window.RunPlan;
import io.traffical.pipeline.window.RunPlan.Base;
import io.traffical.pipeline.window.RunPlan.MetricPlan;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.OneInputStreamOperatorTestHarness;
import org.apache.flink.util.OutputTag;
import org.junit.jupiter.api.Test;

/** Every case is tried with its rows in the order given, in reverse, and shuffled. */
class SettleUnitsTest {
  private static final MetricPlan REVENUE = fresh(Aggregation.SUM, "orders", 7);
  private static final MetricPlan ORDERS = fresh(Aggregation.COUNT, "orders", 7);
  private static final MetricPlan VISITED = fresh(Aggregation.CONVERSION_RATE, "visits", 7);
  private static final RunPlan FIRST_RUN = plan(newPolicy(10, REVENUE, ORDERS, VISITED));
  private static final RunPlan HOURLY_RUN =
      plan(knownPolicy(7, 11, hourly(Aggregation.COUNT, "orders", 7, 8)));

  /** Everything that came out, as text in a fixed order. */
  private record Settled(
      List<String> values, List<String> assignments, List<String> totals, List<String> days) {}

  @Test
  void aUnitWithAnAssignmentOnlyIsAnalysedWithZeros() throws Exception {
    Settled settled = settle(FIRST_RUN, exposure("u", "b", 1));

    assertThat(settled.values()).containsExactly("0/b [0.0, 0.0, 0.0]");
    assertThat(settled.assignments()).containsExactly("u b@1.0 never");
    assertThat(settled.totals()).isEmpty();
    assertThat(settled.days()).isEmpty();
  }

  @Test
  void aUnitWithFactsOnlyIsNothing() throws Exception {
    Settled settled = settle(FIRST_RUN, order("u", 1, 5), visit("u", 2));

    assertThat(settled).isEqualTo(new Settled(List.of(), List.of(), List.of(), List.of()));
  }

  @Test
  void factsCountFromTheInstantOfTheAssignmentOn() throws Exception {
    Settled settled =
        settle(
            FIRST_RUN,
            exposure("u", "a", 2),
            order("u", 1.999, 1000),
            order("u", 2, 10),
            order("u", 3, 20.5),
            visit("u", 1));

    assertThat(settled.values()).containsExactly("0/a [30.5, 2.0, 0.0]");
  }

  @Test
  void factsAtOrAfterTheEndDoNotCount() throws Exception {
    Settled settled =
        settle(FIRST_RUN, exposure("u", "a", 2), order("u", 9.999, 1), order("u", 10, 1000));

    assertThat(settled.values()).containsExactly("0/a [1.0, 1.0, 0.0]");
  }

  @Test
  void exposuresOutsideTheRangeOfThePolicyDoNotCount() throws Exception {
    Settled settled =
        settle(
            FIRST_RUN,
            exposure("early", "a", -1),
            exposure("late", "a", 10),
            exposure("in time", "a", 0));

    assertThat(settled.assignments()).containsExactly("in time a@0.0 never");
  }

  @Test
  void theEarliestOfSeveralExposuresIsTheFirstAndDuplicatesAddNothing() throws Exception {
    Settled settled =
        settle(
            FIRST_RUN,
            exposure("u", "b", 4),
            exposure("u", "b", 3),
            exposure("u", "b", 3),
            order("u", 3, 1),
            order("u", 3, 1));

    assertThat(settled.assignments()).containsExactly("u b@3.0 never");
    assertThat(settled.values())
        .as("equal facts are two facts")
        .containsExactly("0/b [2.0, 2.0, 0.0]");
  }

  @Test
  void atOneInstantTheAllocationWithTheSmallestBytesIsFirst() throws Exception {
    // U+FF5E sorts before U+1F600 by bytes, but after its surrogates by chars.
    Settled settled =
        settle(FIRST_RUN, exposure("u", "\uFF5E", 3), exposure("u", "\uD83D\uDE00", 3));

    assertThat(settled.assignments()).containsExactly("u \uFF5E@3.0 3.0");
  }

  @Test
  void aUnitInTwoAllocationsIsLeftOutButItsFactsAreKept() throws Exception {
    Settled settled =
        settle(
            FIRST_RUN,
            exposure("u", "a", 1),
            exposure("u", "b", 5),
            exposure("u", "b", 4),
            order("u", 6, 10));

    assertThat(settled.values()).isEmpty();
    assertThat(settled.assignments()).containsExactly("u a@1.0 4.0");
    assertThat(settled.totals()).containsExactly("0/0 u 1 10.0", "0/1 u 1 0.0");
  }

  @Test
  void aUnitInTwoAllocationsStaysInItsFirstWhereThePolicySaysSo() throws Exception {
    RunPlan plan = plan(policy("p", false, true, hour(0), hour(10), ORDERS));

    Settled settled = settle(plan, exposure("u", "b", 5), exposure("u", "a", 6), order("u", 5, 1));

    assertThat(settled.values()).containsExactly("0/b [1.0]");
    assertThat(settled.assignments()).containsExactly("u b@5.0 6.0");
  }

  @Test
  void anUndeclaredAllocationIsStoredButNotAnalysedAndMakesACrossover() throws Exception {
    Settled settled =
        settle(
            FIRST_RUN,
            exposure("first", "c", 1),
            exposure("second", "a", 1),
            exposure("second", "c", 2),
            order("first", 3, 1));

    assertThat(settled.values()).isEmpty();
    assertThat(settled.assignments()).containsExactly("first c@1.0 never", "second a@1.0 2.0");
    assertThat(settled.totals()).containsExactly("0/0 first 1 1.0", "0/1 first 1 0.0");
  }

  @Test
  void totalsEndAtTheOverlapAndDaysHoldWhatWasReadBeforeIt() throws Exception {
    RunPlan plan = plan(newPolicy(60, fresh(Aggregation.SUM, "orders", 50)));

    Settled settled =
        settle(
            plan,
            exposure("u", "a", 1),
            order("u", 2, 1),
            order("u", 23.999, 2),
            order("u", 24, 4),
            order("u", 49.999, 8),
            order("u", 50, 16),
            order("u", 59, 32));

    assertThat(settled.values()).containsExactly("0/a [63.0]");
    assertThat(settled.totals()).containsExactly("0/0 u 4 15.0");
    assertThat(settled.days())
        .containsExactly(
            "0/0 u " + day(0) + " 2 3.0",
            "0/0 u " + day(1) + " 1 4.0",
            "0/0 u " + day(2) + " 1 8.0");
  }

  @Test
  void anHourlyRunAddsToTheStoredTotalAndWritesItOnlyWhenItChanges() throws Exception {
    Settled settled =
        settle(
            HOURLY_RUN,
            stored("behind", "a", 1),
            total("behind", 3, 30),
            order("behind", 7.5, 1),
            order("behind", 6.999, 1),
            stored("overlap", "a", 1),
            total("overlap", 3, 30),
            order("overlap", 8, 1),
            stored("quiet", "b", 1),
            total("quiet", 5, 50));

    assertThat(settled.values()).containsExactly("0/a [4.0]", "0/a [4.0]", "0/b [5.0]");
    assertThat(settled.totals()).containsExactly("0/0 behind 4 30.0");
    assertThat(settled.days()).containsExactly("0/0 behind " + day(0) + " 1 0.0");
    assertThat(settled.assignments()).as("nothing changed").isEmpty();
  }

  @Test
  void aRewritingRunWritesEveryTotalAgain() throws Exception {
    MetricPlan metric = metric(Aggregation.SUM, "orders", 0, Base.DAYS, 7);

    Settled settled =
        settle(
            plan(knownPolicy(0, 10, metric)),
            exposure("quiet", "a", 0.5),
            total("quiet", 2, 5),
            total("quiet", 1, 0.25),
            exposure("without facts", "a", 0.5));

    assertThat(settled.totals()).containsExactly("0/0 quiet 3 5.25");
    assertThat(settled.values()).containsExactly("0/a [0.0]", "0/a [5.25]");
  }

  @Test
  void aStoredAssignmentIsKeptAndItsLaterCrossoverIsFoundAgain() throws Exception {
    Settled settled =
        settle(
            HOURLY_RUN,
            stored("same", "a", 1, 8),
            exposure("same", "b", 8),
            stored("gone", "a", 1, 8),
            exposure("gone", "a", 9),
            stored("new", "a", 1),
            exposure("new", "b", 9),
            stored("known", "a", 1, 6.5),
            stored("as before", "a", 1),
            exposure("as before", "a", 9));

    assertThat(settled.assignments()).containsExactly("gone a@1.0 never", "new a@1.0 9.0");
    assertThat(settled.values()).as("as before, gone").hasSize(2);
  }

  @Test
  void aStoredAssignmentOfTheRangeReadAgainIsReplacedByWhatIsThereNow() throws Exception {
    Settled settled =
        settle(
            HOURLY_RUN,
            stored("vanished", "a", 8),
            order("vanished", 9, 1),
            stored("moved", "a", 8),
            exposure("moved", "b", 7.5),
            stored("same", "a", 8),
            exposure("same", "a", 8));

    assertThat(settled.assignments()).containsExactly("moved b@7.5 never", "vanished deleted");
    assertThat(settled.values()).containsExactly("0/a [0.0]", "0/b [0.0]");
  }

  @Test
  void aFreshPolicyForgetsWhatIsStored() throws Exception {
    Settled settled =
        settle(
            FIRST_RUN, stored("u", "a", -5, 2), exposure("u", "b", 3), stored("vanished", "a", -5));

    assertThat(settled.assignments()).containsExactly("u b@3.0 never", "vanished deleted");
  }

  @Test
  void assignmentsThatAreNotReadStandAsTheyAreStored() throws Exception {
    RunPlan plan = plan(unreadPolicy(10, fresh(Aggregation.COUNT, "orders", 7)));

    Settled settled =
        settle(
            plan,
            stored("u", "a", 8),
            exposure("u", "b", 1),
            order("u", 9, 1),
            stored("crossed", "a", 1, 9),
            exposure("unknown", "a", 1));

    assertThat(settled.values()).containsExactly("0/a [1.0]");
    assertThat(settled.assignments()).isEmpty();
  }

  @Test
  void aNullValueIsNoValueForTheSumButCountsAsAFact() throws Exception {
    Settled settled =
        settle(FIRST_RUN, exposure("u", "a", 1), order("u", 2, Double.NaN), order("u", 3, 2.5));

    assertThat(settled.values()).containsExactly("0/a [2.5, 2.0, 0.0]");
    assertThat(settled.totals()).containsExactly("0/0 u 1 2.5", "0/1 u 2 0.0");
  }

  @Test
  void unitsAndPoliciesDoNotMix() throws Exception {
    RunPlan plan = plan(newPolicy(10, ORDERS), knownPolicy(0, 10, ORDERS, VISITED));

    Settled settled =
        settle(
            plan,
            exposure("u1", "a", 1),
            new Exposure("u2", 1, "b", hour(1)),
            order("u1", 2, 1),
            order("u2", 2, 1),
            order("u1", 3, 1),
            visit("u2", 3),
            visit("u1", 3));

    assertThat(settled.values()).containsExactly("0/a [2.0]", "1/b [1.0, 1.0]");
    assertThat(settled.assignments()).containsExactly("u1 a@1.0 never", "u2 b@1.0 never");
  }

  private static Settled settle(RunPlan plan, UnitRow... rows) throws Exception {
    List<UnitRow> given = new ArrayList<>(Arrays.asList(rows));
    Settled settled = settleOnce(plan, given);
    Collections.reverse(given);
    assertThat(settleOnce(plan, given)).as("in reverse").isEqualTo(settled);
    for (int seed = 0; seed < 5; seed++) {
      Collections.shuffle(given, new Random(seed));
      assertThat(settleOnce(plan, given)).as("shuffled").isEqualTo(settled);
    }
    return settled;
  }

  private static Settled settleOnce(RunPlan plan, List<UnitRow> rows) throws Exception {
    Settled settled = settleBlocks(plan, UnitRow.pack(rows));
    assertThat(settleBlocks(plan, UnitRow.packWithOneHash(rows)))
        .as("with one hash for all")
        .isEqualTo(settled);
    return settled;
  }

  private static Settled settleBlocks(RunPlan plan, List<UnitBlock> blocks) throws Exception {
    try (OneInputStreamOperatorTestHarness<UnitBlock, UnitValues> harness =
        new OneInputStreamOperatorTestHarness<>(
            new SettleUnits(plan, Plans.sets(plan), Plans.noHistory()))) {
      harness.open();
      for (UnitBlock block : blocks) {
        harness.processElement(block, 0);
      }
      assertThat(harness.extractOutputValues()).as("before the input's end").isEmpty();
      harness.endInput();
      return settled(plan, harness);
    }
  }

  private static Settled settled(
      RunPlan plan, OneInputStreamOperatorTestHarness<UnitBlock, UnitValues> harness) {
    return new Settled(
        sorted(
            harness.extractOutputValues().stream()
                .map(
                    v ->
                        v.policy()
                            + "/"
                            + plan.policies().get(v.policy()).allocations().get(v.allocation())
                            + " "
                            + Arrays.toString(v.values()))
                .toList()),
        sorted(side(harness, SettleUnits.ASSIGNMENTS).stream().map(SettleUnitsTest::text).toList()),
        sorted(
            side(harness, SettleUnits.TOTALS).stream()
                .flatMap(
                    (TotalChange t) ->
                        tallies(plan, t.policy(), t.set(), t.unit() + " ", t.tallies()))
                .toList()),
        sorted(
            side(harness, SettleUnits.OUTCOMES).stream()
                .flatMap(
                    (DayOutcome d) ->
                        tallies(
                            plan, d.policy(), d.set(), d.unit() + " " + d.day() + " ", d.tallies()))
                .toList()));
  }

  /** Returns the tallies that have facts, one text per metric. */
  private static Stream<String> tallies(
      RunPlan plan, int policy, int set, String what, double[] tallies) {
    List<Integer> metrics = Plans.sets(plan).of(policy).get(set).metrics();
    return IntStream.range(0, metrics.size())
        .filter(place -> tallies[3 * place] != 0)
        .mapToObj(
            place ->
                policy
                    + "/"
                    + metrics.get(place)
                    + " "
                    + what
                    + (long) tallies[3 * place]
                    + " "
                    + (tallies[3 * place + 1] + tallies[3 * place + 2]));
  }

  private static <T> List<T> side(
      OneInputStreamOperatorTestHarness<UnitBlock, UnitValues> harness, OutputTag<T> tag) {
    Queue<StreamRecord<T>> records = harness.getSideOutput(tag);
    return records == null ? List.of() : records.stream().map(StreamRecord::getValue).toList();
  }

  private static String text(AssignmentChange change) {
    if (change.allocation() == null) {
      return change.unit() + " deleted";
    }
    String crossedOver =
        change.crossedOverAt() == UnitRow.NEVER
            ? "never"
            : String.valueOf((change.crossedOverAt() - hour(0)) / (double) HOUR);
    return change.unit()
        + " "
        + change.allocation()
        + "@"
        + (change.firstAssignedAt() - hour(0)) / (double) HOUR
        + " "
        + crossedOver;
  }

  private static List<String> sorted(List<String> rows) {
    return rows.stream().sorted().toList();
  }

  private static Exposure exposure(String unit, String allocation, double time) {
    return new Exposure(unit, 0, allocation, hour(time));
  }

  private static StoredAssignment stored(String unit, String allocation, double time) {
    return new StoredAssignment(unit, 0, allocation, hour(time), UnitRow.NEVER);
  }

  private static StoredAssignment stored(
      String unit, String allocation, double time, double crossedOver) {
    return new StoredAssignment(unit, 0, allocation, hour(time), hour(crossedOver));
  }

  private static StoredTotal total(String unit, long count, double sum) {
    return new StoredTotal(unit, 0, 0, count, sum, 0);
  }

  private static Outcome order(String unit, double time, double amount) {
    return new Outcome(unit, 0, hour(time), new double[] {amount});
  }

  private static Outcome visit(String unit, double time) {
    return new Outcome(unit, 1, hour(time), new double[0]);
  }
}
