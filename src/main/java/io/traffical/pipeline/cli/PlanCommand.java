package io.traffical.pipeline.cli;

import io.traffical.pipeline.definition.Definitions;
import io.traffical.pipeline.run.RunListener;
import io.traffical.pipeline.run.RunService;
import io.traffical.pipeline.window.Micros;
import io.traffical.pipeline.window.RunRequest;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Shows what the next run would read. */
@Command(
    name = "plan",
    description = {
      "Shows which definitions the next run would read, from when to when, and why.",
      "",
      "Compares the definitions with what is materialized and asks the source for its clock and",
      "about the SQL. Reads no rows and writes nothing.",
      ""
    },
    footer = {
      "",
      "Examples:",
      "  traffical plan",
      "  traffical run --dry-run --to 2026-02-01T00:00:00Z    the plan of a run up to a time"
    })
final class PlanCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Mixin private final FileOptions options = new FileOptions();

  PlanCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    Definitions definitions = options.readAndWarn(terminal);
    RunService.Preview preview =
        new RunService(definitions, RunListener.SILENT).preview(RunRequest.run(Micros.AFTER_ALL));
    PlanRows.print(preview, definitions, options.output(terminal), terminal);
    return ExitCode.DONE.code();
  }
}
