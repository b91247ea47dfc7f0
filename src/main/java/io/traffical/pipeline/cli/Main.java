package io.traffical.pipeline.cli;

import io.traffical.pipeline.jdbc.Retries;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.CommandSpec;

/** Entry point of the job jar, on the command line and on a cluster. */
public final class Main {
  private static final String LOGGING = "log4j2.configurationFile";

  private static final int HELP_WIDTH = 100;

  private Main() {}

  /**
   * Runs one command and exits with its code.
   *
   * @throws InsideCluster.CommandFailedException if the command failed inside a JobManager, which
   *     must go on
   */
  public static void main(String[] args) {
    if (InsideCluster.isHere()) {
      InsideCluster.run(Terminal.ofProcess(), terminal -> execute(args, terminal));
      return;
    }
    keepLogsOffStdout();
    int code = execute(args, Terminal.ofProcess());
    if (code != ExitCode.DONE.code()) {
      System.exit(code);
    }
  }

  /**
   * Runs one command as if nobody watched, and returns its exit code.
   *
   * @param out gets the results
   * @param err gets everything else
   * @param environment stands for the process's environment variables
   */
  public static int execute(
      String[] args, PrintStream out, PrintStream err, Map<String, String> environment) {
    return execute(args, new Terminal(out, err, environment, false));
  }

  /** The commands, in the order of the help. */
  private static List<Callable<Integer>> commands(Terminal terminal) {
    return List.of(
        new DemoCommand(terminal),
        new InitCommand(terminal),
        new DoctorCommand(terminal),
        new ValidateCommand(terminal),
        new PreviewCommand(terminal),
        new PlanCommand(terminal),
        new RunCommand(terminal),
        new BackfillCommand(terminal),
        new RunsCommand(terminal),
        new FreshnessCommand(terminal),
        new StatusCommand(terminal),
        new ResultsCommand(terminal),
        new HealthCommand(terminal),
        new ExplainCommand(terminal),
        new PowerCommand(terminal),
        new DropCommand(terminal));
  }

  private static int execute(String[] args, Terminal terminal) {
    Retries.tell(terminal.err()::println);
    CommandLine program = new CommandLine(new TrafficalCommand());
    commands(terminal).forEach(program::addSubcommand);
    program
        .setOut(new PrintWriter(terminal.out(), true, StandardCharsets.UTF_8))
        .setErr(new PrintWriter(terminal.err(), true, StandardCharsets.UTF_8))
        .setColorScheme(
            CommandLine.Help.defaultColorScheme(terminal.isInteractive() ? Ansi.AUTO : Ansi.OFF))
        .setExpandAtFiles(false)
        .setUsageHelpWidth(HELP_WIDTH)
        .setParameterExceptionHandler(new UsageErrors(terminal))
        .setExecutionExceptionHandler(new CommandErrors(terminal));
    setExitCodes(program.getCommandSpec());
    program.getSubcommands().values().stream()
        .map(CommandLine::getCommandSpec)
        .forEach(Main::setExitCodes);
    try {
      return program.execute(args);
    } catch (NoClassDefFoundError e) {
      return CommandErrors.missingLibrary(e, terminal);
    } finally {
      terminal.out().flush();
      terminal.err().flush();
    }
  }

  /** The library's own codes differ: it has 2 for wrong usage and 1 for everything else. */
  private static void setExitCodes(CommandSpec command) {
    command.exitCodeOnInvalidInput(ExitCode.USAGE.code());
    command.exitCodeOnExecutionException(ExitCode.FAILED.code());
    command.usageMessage().exitCodeListHeading("%nExit codes:%n").exitCodeList(ExitCode.list());
  }

  /** Logging that nobody has configured would go to standard output, between the results. */
  private static void keepLogsOffStdout() {
    boolean isConfigured =
        System.getProperty(LOGGING) != null
            || System.getProperty("log4j.configurationFile") != null
            || Main.class.getResource("/log4j2.properties") != null
            || Main.class.getResource("/log4j2.xml") != null;
    if (!isConfigured) {
      System.setProperty(LOGGING, "classpath:io/traffical/pipeline/cli/log4j2-stderr.properties");
    }
  }
}
