package io.traffical.pipeline.cli;

import io.traffical.pipeline.definition.Definitions;
import io.traffical.pipeline.jdbc.RunHistory;
import io.traffical.pipeline.jdbc.Tables;
import io.traffical.pipeline.run.Questions;
import io.traffical.pipeline.run.RunReport;
import io.traffical.pipeline.run.RunService;
import io.traffical.pipeline.window.RunRequest;
import java.time.Duration;
import java.util.Locale;

/** Does a run, shows how it goes on and how it ended. */
final class RunAndReport {
  private final Definitions definitions;
  private final Output output;
  private final Terminal terminal;

  RunAndReport(Definitions definitions, Output output, Terminal terminal) {
    this.definitions = definitions;
    this.output = output;
    this.terminal = terminal;
  }

  /** Does the run and returns how it ended. */
  ExitCode run(RunRequest request) {
    RunProgress progress = new RunProgress(definitions, terminal);
    RunReport report;
    try {
      report = new RunService(definitions, progress).run(request);
    } finally {
      progress.end();
    }
    if (output.isJson()) {
      output.print(
          Questions.ask(
              definitions,
              connection ->
                  new RunHistory(connection, new Tables(definitions.schema()))
                      .run(report.runId())));
    } else {
      terminal.out().println(line(report, progress));
    }
    if (report.status().equals("succeeded") || report.isGoingOn()) {
      return ExitCode.DONE;
    }
    if (report.error() != null) {
      report.error().lines().forEach(line -> terminal.err().println("ERROR " + line));
    }
    return ExitCode.FAILED;
  }

  private static String line(RunReport report, RunProgress progress) {
    if (report.isGoingOn()) {
      return "running on the cluster: run %s; traffical runs %1$s shows how it ends"
          .formatted(report.runId());
    }
    return "%s: %s read, %d late, %s, run %s%s"
        .formatted(
            report.status(),
            Words.count(report.rowsRead(), "row", "rows"),
            report.lateRows(),
            seconds(report.duration()),
            report.runId(),
            progress.asOf().map(asOf -> ", as of " + asOf).orElse(""));
  }

  private static String seconds(Duration duration) {
    return String.format(Locale.ROOT, "%.1f s", duration.toMillis() / 1000.0);
  }
}
