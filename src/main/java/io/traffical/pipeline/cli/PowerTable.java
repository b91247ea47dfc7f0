package io.traffical.pipeline.cli;

import io.traffical.pipeline.cli.PowerPlan.Size;
import io.traffical.pipeline.definition.Definitions.Correction;
import io.traffical.pipeline.definition.Definitions.Policy;
import io.traffical.pipeline.stats.Power;
import java.io.PrintStream;
import java.util.Arrays;
import java.util.List;

/** Plans for people: what is known so far, what it can show, and what a change would need. */
final class PowerTable {
  private final PrintStream out;

  PowerTable(PrintStream out) {
    this.out = out;
  }

  /** Prints the plans of one metric, one per treatment. */
  void print(List<PowerPlan> plans, List<Double> effects) {
    PowerPlan first = plans.get(0);
    Policy policy = first.policy();
    MetricWords words = first.treatment().words();
    out.printf("%s of %s, as of %s%n", words.name(), policy.key(), first.treatment().asOf());
    out.printf(
        "%s so far: %d, new ones per day: %s%n",
        words.units(), first.units(), Numbers.plain(first.unitsPerDay()));
    if (first.baseline() != null) {
      out.printf("%s: %s %s%n", policy.control(), words.value(first.baseline()), words.about());
    }
    for (PowerPlan plan : plans) {
      out.println();
      if (plan.reason() == null) {
        numbers(plan, effects);
      } else {
        out.println(reason(plan));
      }
    }
    out.println();
    notes(policy);
  }

  private void numbers(PowerPlan plan, List<Double> effects) {
    ResultRow row = plan.treatment();
    String units = row.words().units();
    out.printf(
        "%s against %s: the %s so far can show a change of %s or more%s%n",
        row.allocation(),
        plan.policy().control(),
        units,
        Numbers.percent(plan.detectableEffect()),
        row.varianceReduction() == null
            ? ""
            : "; CUPED takes %s off the variance"
                .formatted(Numbers.percent(row.varianceReduction())));
    TextTable table =
        new TextTable(
            List.of(
                "change",
                units + " needed",
                "in " + plan.policy().control(),
                "in " + row.allocation(),
                "still to come",
                "days to go"));
    for (Size size : plan.sizes(effects)) {
      table.add(
          List.of(
              Numbers.percent(size.effect()),
              "" + size.units(),
              "" + size.controlUnits(),
              "" + size.treatmentUnits(),
              "" + size.toGo(),
              size.daysToGo() == null ? "no new " + units : "" + size.daysToGo()),
          Arrays.asList(0, 0, 0, 0, 0, 0));
    }
    table.print(out, Integer.MAX_VALUE);
  }

  private static String reason(PowerPlan plan) {
    ResultRow row = plan.treatment();
    String control = plan.policy().control();
    String what = row.allocation() + " against " + control + ": no size can be computed";
    return plan.reason().equals("control_zero")
        ? what + ": " + control + " is 0, and a change is a share of it"
        : what + Remarks.causes(row);
  }

  private void notes(Policy policy) {
    out.printf(
        "A change of this size is found with a chance of %s, by a two-sided test at %s"
            + " confidence.%n",
        Numbers.wholePercent(Power.USUAL), Numbers.wholePercent(policy.confidence()));
    if (policy.sequentialUnits() != null) {
      out.println("That is one look at the end; anytime-valid intervals are wider and need more.");
    }
    if (policy.correction() != Correction.NONE) {
      out.println("That is one comparison; corrected for all of the policy it needs more.");
    }
  }
}
