package io.traffical.pipeline.config;

import io.traffical.pipeline.config.Problem.Severity;
import java.util.List;
import java.util.stream.Collectors;

/** A definition file with errors. The message lists every problem on a line of its own. */
public final class InvalidDefinitionsException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final List<Problem> problems;

  InvalidDefinitionsException(List<Problem> problems) {
    super(message(problems));
    this.problems = List.copyOf(problems);
  }

  /** Returns all problems, warnings included, in the order of their lines. */
  public List<Problem> problems() {
    return problems;
  }

  private static String message(List<Problem> problems) {
    long errors = problems.stream().filter(p -> p.severity() == Severity.ERROR).count();
    String lines = problems.stream().map(Problem::text).collect(Collectors.joining("\n"));
    return lines + "\n" + errors + (errors == 1 ? " problem" : " problems") + ", nothing was run.";
  }
}
