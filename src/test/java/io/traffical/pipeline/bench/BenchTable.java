package io.traffical.pipeline.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;

/** The table that a benchmark ends with, in GitHub's Markdown: one line per case and shape. */
final class BenchTable {
  private final boolean judges;
  private final Set<String> cases = new TreeSet<>();
  private final List<String> lines = new ArrayList<>();

  /**
   * Begins a table.
   *
   * @param judges whether ratios are held against their aims, which are stated for the full size
   */
  BenchTable(boolean judges) {
    this.judges = judges;
  }

  /**
   * A comparison with another case.
   *
   * @param text what is compared, such as {@code c / b3}
   * @param ratio NaN when nothing is compared
   * @param aim what the ratio should be, or empty
   */
  record Ratio(String text, double ratio, String aim, String verdict) {
    static final Ratio NONE = new Ratio("", Double.NaN, "", "");

    /** A ratio that is shown and not judged. */
    static Ratio shown(String text, double ratio) {
      return new Ratio(text, ratio, "", "");
    }

    static Ratio atMost(String text, double ratio, double limit) {
      return new Ratio(text, ratio, "≤ " + limit, ratio <= limit ? "yes" : "no");
    }

    static Ratio atLeast(String text, double ratio, double limit) {
      return new Ratio(text, ratio, "≥ " + limit, ratio >= limit ? "yes" : "no");
    }

    private String shown() {
      return Double.isNaN(ratio) ? text : String.format(Locale.ROOT, "%s = %.2f", text, ratio);
    }
  }

  /**
   * Adds a case's times.
   *
   * @param rows rows read, or 0 to leave them out
   */
  void add(String name, Shape shape, String what, Samples samples, long rows, Ratio ratio) {
    String rate = rows == 0 ? "" : String.format(Locale.ROOT, "%,.0f", rows / samples.median());
    add(
        name,
        shape,
        what,
        String.format(Locale.ROOT, "%.2f", samples.median()),
        samples.range(),
        rate,
        ratio);
  }

  /** Adds another comparison of the line before. */
  void also(String name, Shape shape, String what, Ratio ratio) {
    add(name, shape, what, "", "", "", ratio);
  }

  /** Adds something that is not a time. */
  void add(String name, Shape shape, String what, String measured, Ratio ratio) {
    add(name, shape, what, measured, "", "", ratio);
  }

  private void add(
      String name,
      Shape shape,
      String what,
      String median,
      String range,
      String rate,
      Ratio ratio) {
    String line =
        "| "
            + String.join(
                " | ",
                name,
                shape.name(),
                what,
                median,
                range,
                rate,
                ratio.shown(),
                judges ? ratio.aim() : "",
                judges ? ratio.verdict() : "")
            + " |";
    cases.add(name + " " + shape.name());
    lines.add(line);
    Progress.say(line);
  }

  /** Returns the cases that have lines, each with its shape, such as {@code b2 10x5}. */
  Set<String> cases() {
    return cases;
  }

  /** Returns the table, with its head. */
  String text() {
    return """
        | case | shape | what | median s | min–max | rows/s | ratio | aim | met |
        | --- | --- | --- | ---: | ---: | ---: | --- | --- | --- |
        """
        + String.join("\n", lines)
        + "\n";
  }
}
