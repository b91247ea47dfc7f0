package io.traffical.pipeline.cli;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;

/** Text in aligned columns: numbers to the right, everything else to the left. */
final class TextTable {
  private static final int NARROWEST = 12;
  private static final String GAP = "  ";

  private final List<String> header;
  private final List<List<String>> rows = new ArrayList<>();
  private final boolean[] isText;

  TextTable(List<String> header) {
    this.header = header;
    this.isText = new boolean[header.size()];
  }

  /** Adds a row of values as text. A column with a value that is not a number is a text column. */
  void add(List<String> cells, List<?> values) {
    rows.add(cells);
    for (int i = 0; i < isText.length; i++) {
      isText[i] |= values.get(i) != null && !(values.get(i) instanceof Number);
    }
  }

  /** Prints the header and the rows; columns of wide text are cut until the lines fit. */
  void print(PrintStream out, int width) {
    int[] widths = widths();
    fit(widths, width);
    out.println(line(header, widths));
    rows.forEach(row -> out.println(line(row, widths)));
  }

  private int[] widths() {
    int[] widths = new int[header.size()];
    for (int i = 0; i < widths.length; i++) {
      widths[i] = length(header.get(i));
      for (List<String> row : rows) {
        widths[i] = Math.max(widths[i], length(row.get(i)));
      }
    }
    return widths;
  }

  /** Takes what is too much from the widest text column, again and again. */
  private void fit(int[] widths, int width) {
    long total = (long) GAP.length() * (widths.length - 1);
    for (int column : widths) {
      total += column;
    }
    while (total > width) {
      int widest = -1;
      for (int i = 0; i < widths.length; i++) {
        boolean canShrink = isText[i] && widths[i] > Math.max(NARROWEST, length(header.get(i)));
        if (canShrink && (widest < 0 || widths[i] > widths[widest])) {
          widest = i;
        }
      }
      if (widest < 0) {
        return;
      }
      widths[widest]--;
      total--;
    }
  }

  private String line(List<String> cells, int[] widths) {
    StringBuilder line = new StringBuilder();
    for (int i = 0; i < widths.length; i++) {
      String cell = cut(cells.get(i), widths[i]);
      String blanks = " ".repeat(widths[i] - length(cell));
      line.append(i == 0 ? "" : GAP);
      line.append(isText[i] ? cell + blanks : blanks + cell);
    }
    return line.toString().stripTrailing();
  }

  private static String cut(String text, int width) {
    return length(text) <= width
        ? text
        : text.substring(0, text.offsetByCodePoints(0, width - 1)) + "…";
  }

  private static int length(String text) {
    return text.codePointCount(0, text.length());
  }
}
