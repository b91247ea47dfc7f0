package io.traffical.pipeline.outcome;

import io.traffical.pipeline.definition.Metric.Filter;
import io.traffical.pipeline.definition.Metric.Measure;
import io.traffical.pipeline.definition.Metric.Timeframe;
import io.traffical.pipeline.outcome.Judgement.Part;
import io.traffical.pipeline.window.Micros;
import io.traffical.pipeline.window.RunPlan;
import io.traffical.pipeline.window.RunPlan.MetricPlan;
import io.traffical.pipeline.window.RunPlan.PolicyPlan;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Says in words what became of the rows of a unit, once its ledger is settled. A reason begins with
 * a fixed phrase; what is behind its colon is about the row.
 */
public final class Reasons {
  private final RunPlan plan;
  private final UnitExplanation explanation;
  private final PolicyPlan policy;
  private final MetricPlan metric;

  /** Speaks about the rows that were entered. */
  public Reasons(RunPlan plan, UnitExplanation explanation) {
    this.plan = plan;
    this.explanation = explanation;
    this.policy = explanation.policy();
    this.metric = explanation.metric();
  }

  /**
   * What became of a row.
   *
   * @param isOfCovariate whether it has to do with the metric's covariate rather than the metric
   * @param text why it does not count, or as what it does; null when there is nothing to say
   */
  public record Answer(boolean isOfCovariate, boolean isCounted, String text) {}

  /** Returns why the metric leaves the unit out; null when it does not. */
  public String leftOut() {
    if (!explanation.isAssigned() || explanation.isAnalysed()) {
      return null;
    }
    if (explanation.crossedOverAt() != null && policy.excludeCrossovers()) {
      return "crossover: seen in another allocation at " + at(explanation.crossedOverAt());
    }
    if (explanation.isIncomplete()) {
      long days = metric.definition().timeframe().endDays();
      return "timeframe not over: it ends at "
          + at(explanation.firstAssignedAt() + days * Micros.DAY);
    }
    return "undeclared allocation: " + explanation.allocation();
  }

  /**
   * Says what an exposure is.
   *
   * @param isSeen whether the first assignment was among the exposures before it
   */
  public Answer exposure(String allocation, long time, boolean isSeen) {
    if (!explanation.countsExposures(time)) {
      return new Answer(
          false, false, time < policy.startsAt() ? "before policy start" : unread(time));
    }
    boolean isFirst =
        !isSeen
            && time == explanation.firstAssignedAt()
            && allocation.equals(explanation.allocation());
    String undeclared =
        policy.allocations().contains(allocation) ? "" : "; undeclared allocation: " + allocation;
    if (isFirst) {
      return new Answer(false, true, "first assignment" + undeclared);
    }
    boolean isElsewhere = !allocation.equals(explanation.allocation());
    String text =
        isElsewhere ? "crossover: first assigned to " + explanation.allocation() : "seen again";
    return new Answer(false, false, text + undeclared);
  }

  private String unread(long time) {
    return time >= policy.endsAt()
        ? "after policy end"
        : "not read yet: materialized up to " + at(policy.end());
  }

  /**
   * Says what a fact is.
   *
   * @param columns the fact's values by their columns; NaN stands for what is no finite number
   */
  public Answer fact(Judgement judgement, Map<String, Object> columns) {
    boolean isOfCovariate = judgement.isOfCovariate(metric.covariateSlot());
    List<Part> parts =
        judgement.parts().stream()
            .filter(part -> (part.slot() == metric.covariateSlot()) == isOfCovariate)
            .toList();
    boolean isCounted = parts.stream().anyMatch(part -> isCounted(part, judgement));
    if (isCounted && leftOut() != null) {
      return new Answer(isOfCovariate, false, leftOut());
    }
    if (isOfCovariate && isCounted) {
      return new Answer(
          true, true, "covariate: within " + metric.lookbackDays() + " days before the assignment");
    }
    return new Answer(isOfCovariate, isCounted, text(parts, judgement, columns));
  }

  private boolean isCounted(Part part, Judgement judgement) {
    return part.verdict() == Verdict.COUNTED
        && (judgement.entry() < 0 || explanation.funnel().stepOf(judgement.entry()) == part.slot());
  }

  /** Says it once where it is the same for all measures, else for each of them. */
  private String text(List<Part> parts, Judgement judgement, Map<String, Object> columns) {
    if (judgement.entry() >= 0 && explanation.funnel().stepOf(judgement.entry()) >= 0) {
      return "step " + (explanation.funnel().stepOf(judgement.entry()) + 1);
    }
    Set<String> different = new LinkedHashSet<>();
    Set<String> named = new LinkedHashSet<>();
    for (Part part : parts) {
      boolean isStep = judgement.entry() >= 0;
      String text =
          isStep && part.verdict() == Verdict.COUNTED
              ? untaken(part.slot(), judgement)
              : text(part, judgement.time(), columns);
      different.add(text);
      named.add(name(part) + (text == null ? "counted" : text));
    }
    return different.size() == 1 ? different.iterator().next() : String.join("; ", named);
  }

  private String name(Part part) {
    String name = UnitTotals.name(metric, part.slot());
    return name.isEmpty() ? "step " + (part.slot() + 1) + ": " : name + ": ";
  }

  private String text(Part part, long time, Map<String, Object> columns) {
    return switch (part.verdict()) {
      case COUNTED -> metric.isPerUser() ? "user: " + user(columns) : null;
      case UNASSIGNED ->
          time < policy.startsAt()
              ? "before policy start"
              : "not assigned: the policy has no assignment of the unit";
      case NOT_READ -> unread(time);
      case TOO_EARLY, STORED -> early(time);
      case TOO_LATE ->
          "outside timeframe: it ends at "
              + at(
                  explanation.firstAssignedAt()
                      + metric.definition().timeframe().endDays() * Micros.DAY);
      case FILTERED -> "filtered: " + filter(part);
      case NO_VALUE -> noValue(part, columns);
      case KNOWN_VALUE -> "value already counted";
      case NO_USER -> "no user: " + userColumn() + " is null";
      case USER_NOT_EXPOSED -> "user not exposed: " + user(columns);
    };
  }

  private String userColumn() {
    return policy.userKeys().get(metric.definition().per());
  }

  private Object user(Map<String, Object> columns) {
    return columns.get(userColumn());
  }

  private String early(long time) {
    if (time < policy.startsAt()) {
      return "before policy start";
    }
    Timeframe timeframe = metric.definition().timeframe();
    return time < explanation.firstAssignedAt()
        ? "before assignment"
        : "outside timeframe: it begins at "
            + at(explanation.firstAssignedAt() + timeframe.startDays() * Micros.DAY);
  }

  private String filter(Part part) {
    List<Filter> filters = plan.reads().get(part.read()).columns().filters();
    Filter failed = filters.get(Long.numberOfTrailingZeros(part.unmet()));
    String values = String.join(", ", failed.values());
    return switch (failed.operator()) {
      case EQUALS -> failed.column() + " is not " + values;
      case IN -> failed.column() + " is none of " + values;
      case NOT_EQUALS -> failed.column() + " is " + values;
      case NOT_IN -> failed.column() + " is one of " + values;
    };
  }

  private String noValue(Part part, Map<String, Object> columns) {
    boolean isCovariate = part.slot() == metric.covariateSlot();
    Measure measure = metric.definition().measures().get(isCovariate ? 0 : part.slot());
    return columns.get(measure.valueColumn()) == null
        ? "no value: " + measure.valueColumn() + " is null"
        : "rejected: " + measure.valueColumn() + " is NaN, infinite or too large";
  }

  private String untaken(int step, Judgement judgement) {
    Long takenAt = explanation.funnel().takenAt(step);
    return takenAt != null && takenAt <= judgement.time()
        ? "not the earliest: step " + (step + 1) + " was taken at " + at(takenAt)
        : "out of order: step " + step + " was not taken before";
  }

  private static String at(long micros) {
    return Micros.toInstant(micros).toString();
  }
}
