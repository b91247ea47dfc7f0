package io.traffical.pipeline.cli;

import io.traffical.pipeline.cli.ResultRow.Range;
import io.traffical.pipeline.definition.Metric.Direction;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** The results of a policy as a table. Columns that say nothing of any row are left out. */
final class ResultColumns {
  private final List<ResultRow> rows;
  private final List<String> header = new ArrayList<>();
  private final List<Function<ResultRow, String>> cells = new ArrayList<>();
  private final List<Boolean> isText = new ArrayList<>();

  private ResultColumns(List<ResultRow> rows) {
    this.rows = rows;
  }

  /**
   * Prints the table.
   *
   * @param rows of one policy, in order
   * @param confidence of the intervals; null when it is not known
   */
  static void print(List<ResultRow> rows, Double confidence, PrintStream out) {
    boolean isSequential = rows.stream().allMatch(ResultRow::isSequential);
    ResultColumns columns = new ResultColumns(rows);
    columns.text("metric", row -> row.words().name());
    columns.textIfAny("role", ResultColumns::role);
    columns.textIfAny(rows.get(0).dimension(), ResultRow::dimensionValue);
    columns.text("allocation", ResultRow::allocation);
    columns.number("units", row -> Long.toString(row.units()));
    columns.number("value", row -> row.value() == null ? "" : row.words().value(row.value()));
    columns.number("lift", ResultColumns::lift);
    columns.number(Meaning.interval(confidence, isSequential), ResultColumns::interval);
    if (!isSequential) {
      columns.number("p", row -> probability(row.pValue()));
    }
    if (rows.stream().anyMatch(row -> row.adjustedP() != null)) {
      columns.number("corrected p", row -> probability(row.adjustedP()));
    }
    columns.text("significant", ResultColumns::significant);
    columns.textIfAny("note", ResultColumns::note);
    columns.print(out);
  }

  private void text(String name, Function<ResultRow, String> cell) {
    column(name, cell, true);
  }

  private void number(String name, Function<ResultRow, String> cell) {
    column(name, cell, false);
  }

  private void textIfAny(String name, Function<ResultRow, String> cell) {
    if (rows.stream().anyMatch(row -> !cell.apply(row).isEmpty())) {
      text(name, cell);
    }
  }

  private void column(String name, Function<ResultRow, String> cell, boolean isColumnOfText) {
    header.add(name);
    cells.add(cell);
    isText.add(isColumnOfText);
  }

  private void print(PrintStream out) {
    TextTable table = new TextTable(header);
    List<?> kinds = isText.stream().map(text -> text ? "" : (Object) 0).toList();
    for (ResultRow row : rows) {
      table.add(cells.stream().map(cell -> cell.apply(row)).toList(), kinds);
    }
    table.print(out, Integer.MAX_VALUE);
  }

  private static String role(ResultRow row) {
    if (row.role().equals("metric")) {
      return "";
    }
    return row.guardrailStatus() == null
        ? row.role()
        : row.role()
            + ": "
            + (row.guardrailStatus().equals("failing")
                ? "FAILING"
                : row.guardrailStatus().replace('_', ' '));
  }

  private static String lift(ResultRow row) {
    if (row.isShownRelative()) {
      return signedPercent(row.relative().estimate());
    }
    Double lift = row.lift().estimate();
    return lift == null ? "" : signed(row, lift) + row.words().differenceUnit("pp");
  }

  private static String interval(ResultRow row) {
    Range relative = row.relative();
    if (relative.isWhole()) {
      return signedPercent(relative.lower()) + " to " + signedPercent(relative.upper());
    }
    Range lift = row.lift();
    return lift.isWhole()
        ? signed(row, lift.lower())
            + " to "
            + signed(row, lift.upper())
            + row.words().differenceUnit("pp")
        : "";
  }

  private static String signedPercent(double change) {
    return Numbers.signed(Numbers.percent(change), change);
  }

  private static String signed(ResultRow row, double difference) {
    return Numbers.signed(row.words().difference(difference), difference);
  }

  private static String probability(Double p) {
    return p == null ? "" : Numbers.probability(p).replace("= ", "");
  }

  private static String significant(ResultRow row) {
    if (row.pValue() == null && !row.lift().isWhole()) {
      return "";
    }
    if (!Boolean.TRUE.equals(row.significant())) {
      return "no";
    }
    return row.isBetter() == null ? "yes" : row.isBetter() ? "yes, better" : "yes, WORSE";
  }

  /** Of the control what holds for the metric, of the others what holds for them alone. */
  private static String note(ResultRow row) {
    if (row.varianceReduction() != null) {
      return "CUPED -" + Math.round(row.varianceReduction() * 100) + " % variance";
    }
    if (!row.isControl() || row.words().desired() == null) {
      return "";
    }
    return row.words().desired() == Direction.INCREASE ? "should increase" : "should decrease";
  }
}
