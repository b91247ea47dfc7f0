package io.traffical.pipeline.stats;

import java.util.Locale;

/** Why a number of a result is missing, or was not computed in the usual way. */
public enum Reason {
  /** An arm has fewer than two units, so no variance. */
  INSUFFICIENT_UNITS,
  /** All units of both arms have the same value within their arm. */
  ZERO_VARIANCE,
  /** All units of one arm have the same value; it takes the variance of the other arm. */
  VARIANCE_FLOORED,
  /** No unit or every unit of an arm converted; the interval is Agresti and Caffo's. */
  PROPORTION_AT_BOUND,
  /** The control's estimate is 0, so nothing is relative to it. */
  CONTROL_ZERO,
  /** The control's estimate is too close to 0, for its error, to bound the relative lift. */
  RELATIVE_UNBOUNDED;

  /** Returns the name that results show, in lower case. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }
}
