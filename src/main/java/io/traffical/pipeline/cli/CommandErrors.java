package io.traffical.pipeline.cli;

import io.traffical.pipeline.config.InvalidDefinitionsException;
import io.traffical.pipeline.run.RunFailure;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.ParseResult;

/** Says why a command did not do its work, without a stack trace, and gives the exit code. */
final class CommandErrors implements IExecutionExceptionHandler {
  private final Terminal terminal;

  CommandErrors(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public int handleExecutionException(Exception e, CommandLine command, ParseResult parsed) {
    if (terminal.isDebug()) {
      e.printStackTrace(terminal.err());
    }
    if (e instanceof InvalidDefinitionsException) {
      terminal.err().println(e.getMessage());
      return ExitCode.USAGE.code();
    }
    if (e instanceof UsageException) {
      terminal
          .err()
          .println("ERROR " + command.getCommandSpec().qualifiedName() + ": " + e.getMessage());
      return ExitCode.USAGE.code();
    }
    if (e instanceof RunFailure failure) {
      terminal.err().println("ERROR " + failure.getMessage());
      return ExitCode.of(failure).code();
    }
    terminal
        .err()
        .println(
            "ERROR INTERNAL "
                + e.getClass().getSimpleName()
                + ": "
                + e.getMessage()
                + " | hint: set TRAFFICAL_DEBUG=1 to see the stack trace, and report it");
    return ExitCode.FAILED.code();
  }

  static int missingLibrary(NoClassDefFoundError e, Terminal terminal) {
    if (terminal.isDebug()) {
      e.printStackTrace(terminal.err());
    }
    terminal
        .err()
        .println(
            "ERROR CONFIG the class "
                + e.getMessage()
                + " is missing | hint: start the jar with bin/traffical or with flink run; alone it"
                + " has no Flink");
    return ExitCode.USAGE.code();
  }
}
