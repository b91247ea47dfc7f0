package io.traffical.pipeline.cli;

import io.traffical.pipeline.definition.Definitions;
import io.traffical.pipeline.jdbc.Rows;
import io.traffical.pipeline.run.RunService;
import io.traffical.pipeline.window.Micros;
import io.traffical.pipeline.window.RunPlan;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** Shows what a run would read, and why; or why it would read nothing. */
final class PlanRows {
  private PlanRows() {}

  /** Prints a preview: rows to standard output, and why there are none to standard error. */
  static void print(
      RunService.Preview preview, Definitions definitions, Output output, Terminal terminal) {
    output.print(of(preview));
    if (preview.source().isReplica()) {
      terminal.err().println(ReplicaLag.sentence(preview.source()));
    }
    if (preview.plan().reads().isEmpty()) {
      idle(preview.plan(), definitions).forEach(terminal.err()::println);
    }
  }

  private static Rows of(RunService.Preview preview) {
    Rows rows = Rows.of("kind", "name", "range_start", "range_end", "reason");
    for (RunPlan.Read read : preview.plan().reads()) {
      rows.add(
          read.definition().kind().word(),
          read.definition().name(),
          Micros.toInstant(read.range().start()),
          Micros.toInstant(read.range().end()),
          read.reason());
    }
    preview
        .broken()
        .forEach(
            (definition, problem) ->
                rows.add(
                    definition.kind().word(),
                    definition.name(),
                    null,
                    null,
                    "cannot be read: " + problem));
    return rows;
  }

  /** Returns why a plan reads nothing: one line, and one for each policy. */
  static List<String> idle(RunPlan plan, Definitions definitions) {
    List<String> lines = new ArrayList<>();
    if (definitions.policies().isEmpty()) {
      return List.of("Nothing to do: the file has no policies.");
    }
    Instant due = Micros.toInstant(plan.due());
    lines.add("Nothing to do: the last due window ends at " + due + ".");
    for (Definitions.Policy policy : definitions.policies().values()) {
      boolean isPlanned =
          plan.policies().stream().anyMatch(p -> p.policyKey().equals(policy.key()));
      if (!policy.startsAt().isBefore(due)) {
        lines.add("Policy " + policy.key() + " starts at " + policy.startsAt() + ".");
      } else if (policy.endsAt() != null && !policy.endsAt().isAfter(due)) {
        lines.add("Policy " + policy.key() + " ended at " + policy.endsAt() + ".");
      } else if (!isPlanned) {
        lines.add(
            "Policy "
                + policy.key()
                + " was not asked for, was never run, or depends on a definition that cannot be"
                + " read.");
      }
    }
    return lines;
  }
}
