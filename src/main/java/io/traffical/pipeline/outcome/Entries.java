package io.traffical.pipeline.outcome;

import io.traffical.pipeline.model.AssignmentChange;
import io.traffical.pipeline.model.DayOutcome;
import io.traffical.pipeline.model.TotalChange;
import io.traffical.pipeline.model.UnitValues;

/** Takes what settled ledgers amount to. */
public interface Entries {
  /** The row of {@code assignments} changes. */
  void change(AssignmentChange change);

  /** A unit's totals change. */
  void change(TotalChange change);

  /** A day's outcomes were read. */
  void add(DayOutcome outcome);

  /** The unit is analysed, with these values. */
  void analyse(UnitValues values);
}
