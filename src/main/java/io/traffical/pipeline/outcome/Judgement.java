package io.traffical.pipeline.outcome;

import java.util.List;

/**
 * What the ledger makes of one fact, measure by measure.
 *
 * @param parts those of the metric's measures that are of the fact's definition, and its covariate
 * @param entry the fact's number among those that a funnel remembers; -1 for none
 */
public record Judgement(long time, List<Part> parts, int entry) {
  /**
   * What becomes of the fact for one measure.
   *
   * @param slot the measure's place in the metric; behind them the covariate
   * @param read place of its definition among the plan's reads
   * @param unmet bits of the filters that the fact fails
   * @param value the measure's value; NaN where rows are counted
   */
  record Part(int slot, int read, Verdict verdict, long unmet, double value) {}

  /** Returns whether the fact has to do with the covariate rather than the metric itself. */
  boolean isOfCovariate(int covariateSlot) {
    Part covariate = part(covariateSlot);
    return covariate != null
        && covariate.verdict() != Verdict.TOO_EARLY
        && covariate.verdict() != Verdict.TOO_LATE
        && covariate.verdict() != Verdict.UNASSIGNED
        && covariate.verdict() != Verdict.NOT_READ;
  }

  private Part part(int slot) {
    return parts.stream().filter(part -> part.slot() == slot).findFirst().orElse(null);
  }
}
