package io.traffical.pipeline.sql;

import java.util.List;
import java.util.stream.Collectors;

/** SQL that is refused before any database sees it. */
public final class InvalidSqlException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient List<SqlProblem> problems;

  InvalidSqlException(List<SqlProblem> problems) {
    super(
        problems.stream()
            .map(problem -> "the SQL " + problem.message() + "; " + problem.remedy())
            .collect(Collectors.joining("\n")));
    this.problems = List.copyOf(problems);
  }

  InvalidSqlException(int offset, String message, String remedy) {
    this(List.of(new SqlProblem(offset, message, remedy)));
  }

  /** Returns every problem found, in the order of the text; at least one. */
  public List<SqlProblem> problems() {
    return problems;
  }
}
