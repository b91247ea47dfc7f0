package io.traffical.pipeline.cli;

import io.traffical.pipeline.definition.Metric;
import io.traffical.pipeline.definition.Metric.Aggregation;
import io.traffical.pipeline.definition.Metric.Filter;
import io.traffical.pipeline.definition.Metric.Measure;
import io.traffical.pipeline.definition.Metric.Operator;
import java.io.PrintStream;
import java.math.BigDecimal;
import java.util.List;

/** What a metric's one number is made of, where that is more than a value per unit. */
final class MetricDetails {
  private static final String ARROW = " → ";

  private final PrintStream out;

  MetricDetails(PrintStream out) {
    this.out = out;
  }

  /**
   * Prints the details of a metric, with a blank line before; nothing if it has none.
   *
   * @param rows one per allocation
   */
  void print(List<ResultRow> rows) {
    MetricWords words = rows.get(0).words();
    Metric metric = words.metric();
    if (words.is(Aggregation.RATIO)) {
      out.println();
      out.printf(
          "%s: %s / %s%n",
          words.name(),
          MetricWords.summed(metric.measures().get(0)),
          MetricWords.summed(metric.measures().get(1)));
      allocations(rows, MetricDetails::quotient);
    } else if (words.is(Aggregation.PERCENTILE)) {
      out.println();
      out.printf(
          "%s: %s percentile of %s, %s%n",
          words.name(),
          ordinal(metric.percentile()),
          metric.measures().get(0).valueColumn(),
          words.about());
    } else if (words.is(Aggregation.FUNNEL) && !rows.get(0).steps().isEmpty()) {
      out.println();
      out.printf(
          "%s: %s%n",
          words.name(),
          String.join(ARROW, metric.measures().stream().map(MetricDetails::step).toList()));
      allocations(rows, MetricDetails::steps);
    }
  }

  /** How the details of one allocation read. */
  private interface Detail {
    String of(ResultRow row);
  }

  private void allocations(List<ResultRow> rows, Detail detail) {
    int width = rows.stream().mapToInt(row -> row.allocation().length()).max().orElse(0);
    for (ResultRow row : rows) {
      String blanks = " ".repeat(width - row.allocation().length());
      out.println("  " + row.allocation() + blanks + "  " + detail.of(row));
    }
  }

  private static String quotient(ResultRow row) {
    return row.numerator() == null || row.denominator() == null
        ? "-"
        : Numbers.plain(row.numerator()) + " / " + Numbers.plain(row.denominator());
  }

  /** Returns {@code 200 users → 150 (75.0 %) → 30 (20.0 %)}: each a share of the one before. */
  private static String steps(ResultRow row) {
    StringBuilder text = new StringBuilder(row.units() + " " + row.words().units());
    long before = row.units();
    for (long step : row.steps()) {
      text.append(ARROW).append(step);
      if (before > 0) {
        text.append(" (").append(Numbers.percent((double) step / before)).append(')');
      }
      before = step;
    }
    return text.toString();
  }

  /** Returns {@code page_views where page = cart}. */
  private static String step(Measure measure) {
    return measure.filters().isEmpty()
        ? measure.fact()
        : measure.fact()
            + " where "
            + String.join(
                " and ", measure.filters().stream().map(MetricDetails::condition).toList());
  }

  private static String condition(Filter filter) {
    boolean isOfList = filter.operator() == Operator.IN || filter.operator() == Operator.NOT_IN;
    String sign =
        switch (filter.operator()) {
          case EQUALS -> " = ";
          case NOT_EQUALS -> " ≠ ";
          case IN -> " in ";
          case NOT_IN -> " not in ";
        };
    String values = String.join(", ", filter.values());
    return filter.column() + sign + (isOfList ? "(" + values + ")" : values);
  }

  /** Returns {@code 90th} for 0.9 and {@code 99.9th} for 0.999. */
  private static String ordinal(double share) {
    String percent =
        BigDecimal.valueOf(share).movePointRight(2).stripTrailingZeros().toPlainString();
    boolean isTeen = percent.matches("1[123]");
    String ending =
        isTeen || percent.contains(".")
            ? "th"
            : switch (percent.charAt(percent.length() - 1)) {
              case '1' -> "st";
              case '2' -> "nd";
              case '3' -> "rd";
              default -> "th";
            };
    return percent + ending;
  }
}
