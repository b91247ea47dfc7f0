package io.traffical.pipeline.sql;

import io.traffical.pipeline.sql.SqlToken.Kind;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoField;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * SQL text with the variables {@code {{start_date}}} and {@code {{end_date}}}: the first instant of
 * a slice and the first instant after it. Blanks inside the braces do not matter.
 */
public final class SqlTemplate {
  private static final String START = "start_date";
  private static final String END = "end_date";
  private static final List<String> VARIABLES = List.of(START, END);
  private static final DateTimeFormatter SECONDS =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss", Locale.ROOT).withZone(ZoneOffset.UTC);

  private record Variable(String name, int start, int end) {}

  private final String text;
  private final List<Variable> variables;

  private SqlTemplate(String text, List<Variable> variables) {
    this.text = text;
    this.variables = variables;
  }

  /**
   * Returns the template in the text.
   *
   * @throws InvalidSqlException naming every variable that is unknown or not closed
   */
  public static SqlTemplate parse(String text) {
    List<Variable> variables = new ArrayList<>();
    List<SqlProblem> problems = new ArrayList<>();
    int open = text.indexOf("{{");
    while (open >= 0) {
      int close = text.indexOf("}}", open);
      int nextOpen = text.indexOf("{{", open + 2);
      if (close < 0 || (nextOpen >= 0 && nextOpen < close)) {
        problems.add(new SqlProblem(open, "has a {{ that is never closed", "close it with }}"));
        open = nextOpen;
        continue;
      }
      Variable variable = new Variable(text.substring(open + 2, close).strip(), open, close + 2);
      variables.add(variable);
      if (!VARIABLES.contains(variable.name())) {
        problems.add(unknown(variable));
      }
      open = text.indexOf("{{", variable.end());
    }
    if (!problems.isEmpty()) {
      throw new InvalidSqlException(problems);
    }
    return new SqlTemplate(text, List.copyOf(variables));
  }

  private static SqlProblem unknown(Variable variable) {
    String remedy =
        Wording.nearest(variable.name(), VARIABLES)
            .map(name -> "did you mean {{" + name + "}}?")
            .orElse("use {{start_date}} and {{end_date}}, or put a blank between two plain braces");
    return new SqlProblem(
        variable.start(), "has an unknown variable " + Wording.quoted(variable.name()), remedy);
  }

  /**
   * Returns the SQL that reads {@code [start, end)}, with the variables as text like {@code
   * 2026-01-01T00:00:00Z}. Microseconds appear only when there are any; finer parts are cut off.
   */
  public String render(Instant start, Instant end) {
    StringBuilder sql = new StringBuilder();
    int copied = 0;
    for (Variable variable : variables) {
      sql.append(text, copied, variable.start());
      sql.append(format(variable.name().equals(START) ? start : end));
      copied = variable.end();
    }
    return sql.append(text, copied, text.length()).toString();
  }

  private static String format(Instant instant) {
    int micros = instant.get(ChronoField.MICRO_OF_SECOND);
    String fraction = micros == 0 ? "" : String.format(Locale.ROOT, ".%06d", micros);
    return SECONDS.format(instant) + fraction + "Z";
  }

  /** Returns whether both variables limit what is read; one inside a comment does not count. */
  public boolean usesBothVariables() {
    return missingVariables().isEmpty();
  }

  /**
   * Returns the variables that the SQL does not use outside comments, in the order start, end.
   *
   * @throws InvalidSqlException when a quote or comment does not end
   */
  public List<String> missingVariables() {
    List<SqlToken> comments =
        SqlLexer.tokens(text).stream().filter(token -> token.kind() == Kind.COMMENT).toList();
    List<String> used =
        variables.stream().filter(v -> !isInside(v, comments)).map(Variable::name).toList();
    return VARIABLES.stream().filter(name -> !used.contains(name)).toList();
  }

  private static boolean isInside(Variable variable, List<SqlToken> comments) {
    return comments.stream()
        .anyMatch(c -> c.start() <= variable.start() && variable.start() < c.end());
  }
}
