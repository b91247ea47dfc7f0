package io.traffical.pipeline.cli;

import io.traffical.pipeline.definition.Definitions;
import io.traffical.pipeline.jdbc.Retries;
import io.traffical.pipeline.run.FollowService;
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
      "",
      "With --follow it stays up, and runs each window when it is due by the database's clock,"
          + " until",
      "it gets SIGTERM or SIGINT. What was missed meanwhile is caught up in steps of at most a"
          + " day.",
      "A run that fails does not end it: it is tried again. Several of them may be up; one works.",
      ""
    },
    footer = {
      "",
      "Examples:",
      "  traffical run",
      "  traffical run --to 2026-02-01T00:00:00Z    no window that ends after that",
      "  traffical run --dry-run                    shows the plan, reads and writes nothing",
      "  traffical run --follow                     stays up, a line per run on standard error",
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

  @Option(names = "--follow", description = "Stay up and run each window when it is due.")
  private boolean isFollowing;

  @Mixin private final ShrinkOption shrink = new ShrinkOption();

  RunCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    if (isFollowing) {
      checkFollowing();
      FollowLines lines = new FollowLines(terminal.err());
      Definitions followed = options.readAndWarn(terminal);
      Retries.tell(lines::retries);
      new FollowService(followed, lines).follow();
      return ExitCode.DONE.code();
    }
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

  /** What is meant for one run must not hold for all of them. */
  private void checkFollowing() {
    String other =
        to != null
            ? "--to"
            : isDryRun ? "--dry-run" : shrink.isAccepted() ? "--accept-shrink" : null;
    if (other != null) {
      throw new UsageException("has both --follow and " + other + "; keep one");
    }
    if (options.format() == Output.Format.JSON) {
      throw new UsageException(
          "--follow prints no results; traffical runs --format json has what its runs did");
    }
    if (InsideCluster.isHere() || FollowService.isDetached()) {
      throw new UsageException(
          "--follow needs a process of its own, which waits: flink run without -d, or bin/traffical");
    }
  }
}
