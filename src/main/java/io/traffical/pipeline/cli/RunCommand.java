package io.traffical.pipeline.cli;

import io.traffical.pipeline.definition.Definitions;
import io.traffical.pipeline.run.RunListener;
import io.traffical.pipeline.run.RunService;
import io.traffical.pipeline.window.Micros;
import io.traffical.pipeline.window.RunRequest;
import java.time.Instant;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** One incremental run. */
@Command(
    name = "run",
    description = {
      "Reads what is new since the last run, up to the last due window, and publishes results.",
      "",
      "Reads the source with the SQL of the definitions, in read-only transactions. Writes only",
      "into the program's own schema, which the first run creates, and all at once: readers see",
      "the results from before the run or those from after it. A definition that fails does not",
      "block the others; what depends on it keeps its old results, and the exit code is 4.",
      "Safe to repeat: a run that finds nothing new changes nothing.",
      ""
    },
    footer = {
      "",
      "Examples:",
      "  traffical run",
      "  traffical run --to 2026-02-01T00:00:00Z    no window that ends after that",
      "  traffical run --dry-run                    shows the plan, reads and writes nothing",
      "  flink run traffical.jar run -c traffical.yaml"
    })
final class RunCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Mixin private final FileOptions options = new FileOptions();

  @Option(
      names = "--to",
      paramLabel = "T",
      converter = InstantConverter.class,
      description = "Stop before this time, such as 2026-01-01T00:00:00Z (default: now).")
  private Instant to;

  @Option(names = "--dry-run", description = "Show the plan only.")
  private boolean isDryRun;

  @Mixin private final ShrinkOption shrink = new ShrinkOption();

  RunCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    Definitions definitions = options.readAndWarn(terminal);
    RunRequest request =
        RunRequest.run(to == null ? Micros.AFTER_ALL : Micros.of(to))
            .acceptingShrink(shrink.isAccepted());
    Output output = options.output(terminal);
    if (isDryRun) {
      RunService.Preview preview = new RunService(definitions, RunListener.SILENT).preview(request);
      PlanRows.print(preview, definitions, output, terminal);
      return ExitCode.DONE.code();
    }
    return new RunAndReport(definitions, output, terminal).run(request).code();
  }
}
