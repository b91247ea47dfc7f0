package io.traffical.pipeline.outcome;

import io.traffical.pipeline.definition.Metric.Aggregation;
import io.traffical.pipeline.model.AssignmentChange;
import io.traffical.pipeline.model.FactValues;
import io.traffical.pipeline.outcome.FactUsers.EntryMeasure;
import io.traffical.pipeline.outcome.FactUsers.EntryUser;
import io.traffical.pipeline.outcome.FactUsers.SetUser;
import io.traffical.pipeline.outcome.FactUsers.TallyUser;
import io.traffical.pipeline.outcome.FirstAssignment.Settled;
import io.traffical.pipeline.outcome.Judgement.Part;
import io.traffical.pipeline.window.MetricSets;
import io.traffical.pipeline.window.RunPlan;
import io.traffical.pipeline.window.RunPlan.MetricPlan;
import io.traffical.pipeline.window.RunPlan.PolicyPlan;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A ledger of one unit that says of every row what becomes of it. The rows go into the same {@link
 * UnitLedger} that a run has, and its own conditions are asked why a fact does not count: first all
 * exposures, then all facts in the order of their times, then {@link #settle}.
 */
public final class UnitExplanation {
  private final LedgerPlan plan;
  private final PolicyPlan policy;
  private final MetricPlan metric;
  private final UnitLedger ledger;
  private final SettledTotals settled;
  private final List<UserExposure> users = new ArrayList<>();
  private int funnelFacts;

  /** A user of a unit that is a cluster was exposed. */
  private record UserExposure(int read, long time, FactValues values) {}

  /**
   * Opens the ledger.
   *
   * @param plan of a first run for one policy and one metric
   */
  public UnitExplanation(RunPlan plan) {
    this.plan = new LedgerPlan(plan, new MetricSets(plan, List.of()));
    this.policy = plan.policies().get(0);
    this.metric = policy.metrics().get(0);
    this.ledger = new UnitLedger(this.plan);
    this.settled = new SettledTotals(this.plan);
  }

  /** The unit was seen in an allocation. */
  public void exposure(String allocation, String dimensions, long time) {
    ledger.exposure(0, allocation, dimensions, time);
  }

  /** A user of the unit was exposed; known to the ledger once all exposures of the unit are. */
  public void userExposure(int read, long time, FactValues values) {
    FactValues copy =
        new FactValues(values.numbers().length, values.digests().length, values.hasFilters());
    System.arraycopy(values.numbers(), 0, copy.numbers(), 0, copy.numbers().length);
    System.arraycopy(values.digests(), 0, copy.digests(), 0, copy.digests().length);
    users.add(new UserExposure(read, time, copy));
  }

  private void enterUsers() {
    users.forEach(user -> ledger.fact(user.read(), 0, user.time(), user.values()));
    users.clear();
  }

  /** Enters a fact and says what becomes of it. */
  public Judgement fact(int read, int entity, long time, FactValues values) {
    enterUsers();
    Settled first = ledger.firstAssignment(0);
    FactUsers uses = plan.usersOf(read, entity);
    List<Part> parts = new ArrayList<>();
    for (SetUser user : uses.sets()) {
      for (TallyUser tally : user.tallies()) {
        parts.add(judge(read, user, tally, first, time, values));
      }
    }
    int entry = -1;
    int set = plan.places(0, 0).set();
    double before = distinctValues(set);
    for (EntryUser user : uses.entries()) {
      for (EntryMeasure measure : user.ofFact()) {
        Part part = judge(read, user, measure, first, time, values);
        if (part.verdict() == Verdict.COUNTED && metric.aggregation() == Aggregation.FUNNEL) {
          entry = funnelFacts;
        }
        parts.add(part);
      }
    }
    funnelFacts += entry < 0 ? 0 : 1;
    ledger.fact(read, entity, time, values);
    if (metric.aggregation() == Aggregation.COUNT_DISTINCT && distinctValues(set) == before) {
      parts.replaceAll(UnitExplanation::known);
    }
    return new Judgement(time, List.copyOf(parts), entry);
  }

  private static Part known(Part part) {
    return part.verdict() == Verdict.COUNTED
        ? new Part(part.slot(), part.read(), Verdict.KNOWN_VALUE, part.unmet(), part.value())
        : part;
  }

  private double distinctValues(int set) {
    return metric.aggregation() == Aggregation.COUNT_DISTINCT && ledger.entriesOf(set) != null
        ? ledger.entriesOf(set).value()
        : 0;
  }

  private Part judge(
      int read, SetUser user, TallyUser tally, Settled first, long time, FactValues values) {
    Verdict verdict = Verdict.UNASSIGNED;
    if (!user.reads(time)) {
      verdict = Verdict.NOT_READ;
    } else if (first != null) {
      verdict = tally.judge(time - first.firstAssignedAt(), time, values);
    }
    int[] slots = plan.places(0, 0).slots();
    int slot = Arrays.stream(slots).boxed().toList().indexOf(tally.place());
    double value = tally.value() < 0 ? Double.NaN : values.numbers()[tally.value()];
    return new Part(slot, read, verdict, tally.filters() & ~values.filters(), value);
  }

  private Part judge(
      int read, EntryUser user, EntryMeasure measure, Settled first, long time, FactValues values) {
    Verdict verdict = Verdict.UNASSIGNED;
    if (!user.reads(time)) {
      verdict = Verdict.NOT_READ;
    } else if (first != null) {
      verdict = user.judge(time - first.firstAssignedAt(), time);
    }
    if (verdict == Verdict.COUNTED) {
      verdict = judge(measure, values);
    }
    double value = measure.value() < 0 ? Double.NaN : values.numbers()[measure.value()];
    return new Part(measure.measure(), read, verdict, measure.filters() & ~values.filters(), value);
  }

  private Verdict judge(EntryMeasure measure, FactValues values) {
    if (!measure.isMetBy(values)) {
      return Verdict.FILTERED;
    }
    if (metric.isPerUser()) {
      return judgeOfUser(measure, values);
    }
    boolean hasValue =
        switch (metric.aggregation()) {
          case PERCENTILE -> EventsLedger.hasValue(values, measure.value());
          case COUNT_DISTINCT -> DistinctLedger.hasValue(values, measure.digest());
          default -> true;
        };
    return hasValue ? Verdict.COUNTED : Verdict.NO_VALUE;
  }

  private Verdict judgeOfUser(EntryMeasure measure, FactValues values) {
    if (!ClusterLedger.hasUser(values, measure.digest())) {
      return Verdict.NO_USER;
    }
    if (measure.value() >= 0 && !EventsLedger.hasValue(values, measure.value())) {
      return Verdict.NO_VALUE;
    }
    ClusterLedger cluster = (ClusterLedger) ledger.entriesOf(plan.places(0, 0).set());
    boolean isExposed = cluster != null && cluster.isExposed(values, measure.digest());
    return isExposed ? Verdict.COUNTED : Verdict.USER_NOT_EXPOSED;
  }

  /** Closes the ledger. Totals and reasons are known from now on. */
  public void settle(String unit) {
    enterUsers();
    ledger.settle(unit, settled);
  }

  /** Returns what the unit's facts amount to up to the metric's {@code totals_to}. */
  public UnitTotals totals() {
    return settled.totals();
  }

  /** Returns whether the unit has an assignment. */
  public boolean isAssigned() {
    return first() != null;
  }

  /** Returns the unit's first allocation; null when it has none. */
  public String allocation() {
    return first() == null ? null : first().allocation();
  }

  /** Returns the values of the policy's dimensions at the first assignment, joined by NUL. */
  public String dimensions() {
    return first().dimensions();
  }

  /** Returns when the unit was first assigned, in microseconds since 1970. */
  public long firstAssignedAt() {
    return first().firstAssignedAt();
  }

  /** Returns when the unit was first seen in another allocation; null if it never was. */
  public Long crossedOverAt() {
    Settled first = first();
    boolean isNever = first == null || first.crossedOverAt() == AssignmentChange.NEVER;
    return isNever ? null : Long.valueOf(first.crossedOverAt());
  }

  private Settled first() {
    return ledger.firstAssignment(0);
  }

  /** Returns whether the metric's results have the unit in them. */
  public boolean isAnalysed() {
    return settled.isAnalysed() && !settled.isLeftOut();
  }

  /** Returns whether the unit's timeframe has not ended, and the metric leaves it out for that. */
  public boolean isIncomplete() {
    return settled.isAnalysed() && settled.isLeftOut();
  }

  /** Returns whether exposures of this time count. */
  public boolean countsExposures(long time) {
    return FirstAssignment.counts(policy, time);
  }

  /** Returns the funnel's ledger; null when no fact counted. */
  FunnelLedger funnel() {
    return (FunnelLedger) ledger.entriesOf(plan.places(0, 0).set());
  }

  PolicyPlan policy() {
    return policy;
  }

  MetricPlan metric() {
    return metric;
  }
}
