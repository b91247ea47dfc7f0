package io.traffical.pipeline.config;

import io.traffical.pipeline.config.Problem.Severity;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Collects the problems of a file and of those it includes, so that all are reported at once. */
final class Problems {
  private final String file;
  private final List<String> files;
  private final Set<Problem> found;

  Problems(String file) {
    this(file, new ArrayList<>(), new LinkedHashSet<>());
  }

  private Problems(String file, List<String> files, Set<Problem> found) {
    this.file = file;
    this.files = files;
    this.found = found;
    files.add(file);
  }

  /** Returns where the problems of an included file are put; they join these. */
  Problems in(String includedFile) {
    return new Problems(includedFile, files, found);
  }

  void error(int line, String message, String remedy) {
    found.add(new Problem(file, line, Severity.ERROR, message, remedy));
  }

  void warning(int line, String message, String remedy) {
    found.add(new Problem(file, line, Severity.WARNING, message, remedy));
  }

  /** Returns the name of this file. */
  String file() {
    return file;
  }

  boolean hasErrors() {
    return errors() > 0;
  }

  /** Returns how many errors were found so far, in all files. */
  long errors() {
    return found.stream().filter(problem -> problem.severity() == Severity.ERROR).count();
  }

  /** Returns all problems: those of the file that includes others come first. */
  List<Problem> sortedByPlace() {
    return found.stream()
        .sorted(
            Comparator.comparingInt((Problem problem) -> files.indexOf(problem.file()))
                .thenComparingInt(Problem::line))
        .toList();
  }
}
