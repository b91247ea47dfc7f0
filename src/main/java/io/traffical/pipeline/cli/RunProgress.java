package io.traffical.pipeline.cli;

import io.traffical.pipeline.definition.Definitions;
import io.traffical.pipeline.jdbc.SourceClock;
import io.traffical.pipeline.run.RunListener;
import io.traffical.pipeline.window.Micros;
import io.traffical.pipeline.window.RunPlan;
import java.io.PrintStream;
import java.time.Instant;
import java.util.Optional;

/** Shows how a run goes on: a bar on a terminal, a line every tenth of the way elsewhere. */
final class RunProgress implements RunListener {
  private static final int BAR = 30;

  private final Definitions definitions;
  private final Terminal terminal;
  private final PrintStream err;
  private RunPlan plan;
  private int shown = -1;
  private boolean hasBar;

  RunProgress(Definitions definitions, Terminal terminal) {
    this.definitions = definitions;
    this.terminal = terminal;
    this.err = terminal.err();
  }

  @Override
  public void readsReplica(SourceClock clock) {
    err.println(ReplicaLag.sentence(clock));
  }

  @Override
  public void planned(RunPlan made) {
    plan = made;
    for (RunPlan.Read read : made.reads()) {
      err.println("reading " + read.definition() + " " + read.range() + ": " + read.reason());
    }
    if (made.reads().isEmpty()) {
      PlanRows.idle(made, definitions).forEach(err::println);
    }
  }

  @Override
  public void reading(int started, int slices) {
    if (slices <= 0) {
      return;
    }
    if (terminal.isInteractive()) {
      drawBar(started, slices);
      return;
    }
    int tenth = (int) (10L * started / slices);
    if (tenth > shown) {
      shown = tenth;
      err.println("slice " + started + " of " + slices);
    }
  }

  private void drawBar(int started, int slices) {
    if (started == shown) {
      return;
    }
    shown = started;
    hasBar = true;
    int full = (int) ((long) BAR * started / slices);
    String bar = "#".repeat(full) + ".".repeat(BAR - full);
    err.print("\r[" + bar + "] slice " + started + " of " + slices + " ");
    err.flush();
  }

  /** Leaves the line of the bar. */
  void end() {
    if (hasBar) {
      err.println();
      hasBar = false;
    }
  }

  /** Returns the exclusive end of the results: the latest of all planned policies. */
  Optional<Instant> asOf() {
    return plan == null
        ? Optional.empty()
        : plan.policies().stream()
            .map(RunPlan.PolicyPlan::until)
            .filter(Micros::isFinite)
            .max(Long::compare)
            .map(Micros::toInstant);
  }
}
