package io.traffical.pipeline.cli;

import io.traffical.pipeline.cli.PowerPlan.Size;
import io.traffical.pipeline.jdbc.Rows;
import io.traffical.pipeline.stats.Power;
import java.util.List;

/** Plans for programs: one row per treatment and change. */
final class PowerRows {
  private PowerRows() {}

  static Rows of(List<PowerPlan> plans, List<Double> effects) {
    Rows rows =
        Rows.of(
            "policy_key",
            "metric_key",
            "allocation_key",
            "as_of",
            "value",
            "unit_variance",
            "variance_reduction",
            "confidence",
            "power",
            "units",
            "units_per_day",
            "detectable_effect",
            "effect",
            "required_units",
            "required_control_units",
            "required_allocation_units",
            "units_to_go",
            "days_to_go",
            "reason");
    for (PowerPlan plan : plans) {
      for (Size size : plan.sizes(effects)) {
        rows.add(
            plan.policy().key(),
            plan.treatment().metric(),
            plan.treatment().allocation(),
            plan.treatment().asOf(),
            plan.baseline(),
            plan.unitVariance(),
            plan.treatment().varianceReduction(),
            plan.policy().confidence(),
            Power.USUAL,
            plan.units(),
            plan.unitsPerDay(),
            plan.detectableEffect(),
            size.effect(),
            size.units(),
            size.controlUnits(),
            size.treatmentUnits(),
            size.toGo(),
            size.daysToGo(),
            plan.reason());
      }
    }
    return rows;
  }
}
