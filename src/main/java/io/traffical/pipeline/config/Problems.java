package io.traffical.pipeline.config;

import io.traffical.pipeline.config.Problem.Severity;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Collects the problems of one file, so that all of them are reported at once. */
final class Problems {
  private final String file;
  private final List<Problem> found = new ArrayList<>();

  Problems(String file) {
    this.file = file;
  }

  void error(int line, String message, String remedy) {
    found.add(new Problem(file, line, Severity.ERROR, message, remedy));
  }

  void warning(int line, String message, String remedy) {
    found.add(new Problem(file, line, Severity.WARNING, message, remedy));
  }

  boolean hasErrors() {
    return found.stream().anyMatch(problem -> problem.severity() == Severity.ERROR);
  }

  List<Problem> sortedByLine() {
    return found.stream().sorted(Comparator.comparingInt(Problem::line)).toList();
  }
}
