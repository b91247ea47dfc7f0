package io.traffical.pipeline.stats;

import java.util.Locale;

/** Why a number of a result is missing, or was not computed in the usual way. */
public enum Reason {
  /** An arm has fewer than two units, so no variance. */
  INSUFFICIENT_UNITS,
  /** Nothing varies where an error could come from, and no fallback of the method applies. */
  ZERO_VARIANCE,
  /** All units of one arm have the same value; it takes the variance of the other arm. */
  VARIANCE_FLOORED,
  /** No unit or every unit of an arm converted; the interval is Agresti and Caffo's. */
  PROPORTION_AT_BOUND,
  /** The control's estimate is 0, so nothing is relative to it. */
  CONTROL_ZERO,
  /** The control's estimate is too close to 0, for its error, to bound the relative lift. */
  RELATIVE_UNBOUNDED,
  /** The denominators of an arm add up to 0, so it has no ratio. */
  ZERO_DENOMINATOR,
  /** Too few units of an arm carry its denominator for the delta formula to hold. */
  SPARSE_DENOMINATOR,
  /** So many values equal the percentile that its neighbourhood says nothing of its error. */
  ATOM_AT_QUANTILE,
  /** Too few values for an interval around so extreme a percentile. */
  QUANTILE_OUT_OF_RANGE,
  /** The winsorization cap is not positive, so nothing was capped. */
  WINSOR_CAP_NONPOSITIVE,
  /** The covariate has the same value for all units, so nothing was adjusted. */
  COVARIATE_CONSTANT;

  /** Returns the name that results show, in lower case. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }
}
