package io.traffical.pipeline.config;

import io.traffical.pipeline.sql.Additivity;
import io.traffical.pipeline.sql.InvalidSqlException;
import io.traffical.pipeline.sql.SqlProblem;
import io.traffical.pipeline.sql.SqlStatement;
import io.traffical.pipeline.sql.SqlTemplate;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Reads the {@code sql} of a definition and checks what can be checked without a database. SQL
 * keeps its {@code $}: environment variables are not put into it.
 */
final class SqlReader {
  private final Section section;
  private final Scalar scalar;

  private SqlReader(Section section, Scalar scalar) {
    this.section = section;
    this.scalar = scalar;
  }

  /** Returns the statement without a final semicolon; null after reporting why there is none. */
  static String read(Section section) {
    if (!section.has("sql")) {
      section.reportMissing("sql", "add the SELECT that returns its rows");
      return null;
    }
    Scalar scalar = section.scalarAsWritten("sql");
    return scalar == null ? null : new SqlReader(section, scalar).statement();
  }

  /** Returns the line in which the statement begins; 0 where it has no lines of its own. */
  static int firstLine(Section section) {
    Scalar scalar = section.has("sql") ? section.scalarAsWritten("sql") : null;
    if (scalar == null || !scalar.hasLines()) {
      return 0;
    }
    try {
      return scalar.lineOf(scalar.value().indexOf(SqlStatement.parse(scalar.value()).text()));
    } catch (InvalidSqlException e) {
      // There is no statement; it is reported where it is read.
      return 0;
    }
  }

  private String statement() {
    SqlTemplate template = null;
    try {
      template = SqlTemplate.parse(scalar.value());
    } catch (InvalidSqlException e) {
      e.problems().forEach(this::error);
    }
    try {
      String statement = SqlStatement.parse(scalar.value()).text();
      Additivity.warnings(scalar.value()).forEach(this::warning);
      if (template != null) {
        warnOfMissing(template.missingVariables());
      }
      return statement;
    } catch (InvalidSqlException e) {
      e.problems().forEach(this::error);
      return null;
    }
  }

  private void error(SqlProblem problem) {
    section
        .problems()
        .error(
            scalar.lineOf(problem.offset()),
            section.label("sql") + " " + problem.message(),
            problem.remedy());
  }

  private void warning(SqlProblem problem) {
    section
        .problems()
        .warning(
            scalar.lineOf(problem.offset()),
            section.label("sql") + " " + problem.message(),
            problem.remedy());
  }

  private void warnOfMissing(List<String> variables) {
    if (!variables.isEmpty()) {
      String names =
          variables.stream().map(name -> "{{" + name + "}}").collect(Collectors.joining(" and "));
      section
          .problems()
          .warning(
              scalar.line(),
              section.label("sql") + " does not use " + names + ", so every slice reads too much",
              "limit the time column by {{start_date}} and {{end_date}}");
    }
  }
}
