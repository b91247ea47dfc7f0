package io.traffical.pipeline.cli;

import java.io.Console;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * Where a command writes, and what it may know of its surroundings.
 *
 * @param out results
 * @param err everything else
 * @param environment environment variables
 * @param isInteractive whether a person watches: both input and output are a terminal
 */
record Terminal(
    PrintStream out, PrintStream err, Map<String, String> environment, boolean isInteractive) {
  private static final int USUAL_WIDTH = 120;

  /** Returns the process's own, writing UTF-8 whatever the locale. */
  static Terminal ofProcess() {
    return new Terminal(
        new PrintStream(System.out, true, StandardCharsets.UTF_8),
        new PrintStream(System.err, true, StandardCharsets.UTF_8),
        System.getenv(),
        isTerminal());
  }

  /** Returns the number of characters on a line; unlimited when nobody watches. */
  int width() {
    if (!isInteractive) {
      return Integer.MAX_VALUE;
    }
    String columns = environment.getOrDefault("COLUMNS", "");
    return columns.matches("[1-9][0-9]{1,3}") ? Integer.parseInt(columns) : USUAL_WIDTH;
  }

  /** Returns whether stack traces are wanted. */
  boolean isDebug() {
    return "1".equals(environment.get("TRAFFICAL_DEBUG"));
  }

  /** From Java 22 on there is a console even when output is redirected, and it can be asked. */
  @SuppressWarnings("SystemConsoleNull") // null before Java 22, asked from then on
  private static boolean isTerminal() {
    Console console = System.console();
    if (console == null) {
      return false;
    }
    try {
      return (boolean) Console.class.getMethod("isTerminal").invoke(console);
    } catch (ReflectiveOperationException e) {
      return true;
    }
  }
}
