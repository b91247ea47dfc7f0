package io.traffical.pipeline.cli;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.ToIntFunction;

/**
 * A command inside a JobManager: what the REST API and the application mode do with a jar. Ending
 * the process would take the cluster down, so a failure is an exception, which Flink reports.
 */
final class InsideCluster {
  private static final int LONGEST_MESSAGE = 4000;

  private InsideCluster() {}

  /** Returns whether Flink called this program, other than as {@code flink run} on a client. */
  static boolean isHere() {
    List<String> callers =
        StackWalker.getInstance()
            .walk(frames -> frames.map(StackWalker.StackFrame::getClassName).toList());
    return callers.stream().anyMatch(name -> name.startsWith("org.apache.flink."))
        && callers.stream().noneMatch(name -> name.endsWith(".CliFrontend"));
  }

  /**
   * Runs a command, which returns its exit code.
   *
   * @throws CommandFailedException with what the command said, if that is not 0
   */
  static void run(Terminal process, ToIntFunction<Terminal> command) {
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    int code;
    try (PrintStream err = new PrintStream(said, true, StandardCharsets.UTF_8)) {
      code = command.applyAsInt(new Terminal(process.out(), err, process.environment(), false));
    }
    String text = said.toString(StandardCharsets.UTF_8).strip();
    process.err().println(text);
    if (code != ExitCode.DONE.code()) {
      throw new CommandFailedException(
          "exit code "
              + code
              + ": "
              + text.substring(Math.max(0, text.length() - LONGEST_MESSAGE)));
    }
  }

  /** The command did not end well; the message is what it said. */
  static final class CommandFailedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    CommandFailedException(String message) {
      super(message);
    }
  }
}
