package io.traffical.pipeline.cli;

import io.traffical.pipeline.sql.Wording;
import java.util.Collection;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.OverwrittenOptionException;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.TypeConversionException;
import picocli.CommandLine.UnmatchedArgumentException;

/** Says what is wrong with a command line, on one line, and where the help is. */
final class UsageErrors implements IParameterExceptionHandler {
  private final Terminal terminal;

  UsageErrors(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public int handleParseException(ParameterException e, String[] args) {
    CommandLine command = e.getCommandLine();
    String name = command.getCommandSpec().qualifiedName();
    terminal.err().println("ERROR " + name + ": " + message(e, command));
    terminal.err().println("See " + name + " --help.");
    return ExitCode.USAGE.code();
  }

  private static String message(ParameterException e, CommandLine command) {
    if (e instanceof UnmatchedArgumentException unmatched) {
      return unmatched(unmatched.getUnmatched().get(0), command);
    }
    if (e.getCause() instanceof TypeConversionException refused) {
      return label(e.getArgSpec()) + " " + refused.getMessage();
    }
    if (e instanceof OverwrittenOptionException twice) {
      return label(twice.getOverwritten()) + " is given twice; keep one";
    }
    if (e instanceof MissingParameterException missing && !missing.getMissing().isEmpty()) {
      return label(missing.getMissing().get(0)) + " needs a value";
    }
    return e.getMessage();
  }

  private static String unmatched(String argument, CommandLine command) {
    Collection<String> commands = command.getSubcommands().keySet();
    if (argument.startsWith("-")) {
      String name = argument.contains("=") ? argument.split("=", 2)[0] : argument;
      List<String> known =
          command.getCommandSpec().options().stream().map(OptionSpec::longestName).toList();
      return "unknown option " + Wording.quoted(name) + remedy(name, known);
    }
    return commands.isEmpty()
        ? "unexpected argument " + Wording.quoted(argument)
        : "unknown command " + Wording.quoted(argument) + remedy(argument, commands);
  }

  private static String remedy(String name, Collection<String> known) {
    return Wording.nearest(name, known)
        .map(near -> "; did you mean " + near + "?")
        .orElse("; there is " + Wording.list(known, "and"));
  }

  private static String label(ArgSpec argument) {
    return argument instanceof OptionSpec option ? option.longestName() : argument.paramLabel();
  }
}
