package io.traffical.pipeline.sql;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * How names that a user wrote appear in messages: quoted, listed, or with the nearest known one.
 */
public final class Wording {
  private static final int LONGEST_SHOWN = 120;

  private Wording() {}

  /**
   * Returns the text in double quotes on one line, control characters escaped and long text cut.
   */
  public static String quoted(String text) {
    StringBuilder shown = new StringBuilder("\"");
    text.codePoints()
        .limit(LONGEST_SHOWN)
        .forEach(
            c -> {
              if (Character.isISOControl(c)) {
                shown.append(String.format("\\u%04x", c));
              } else {
                shown.appendCodePoint(c);
              }
            });
    boolean isCut = text.codePointCount(0, text.length()) > LONGEST_SHOWN;
    return shown.append(isCut ? "…\"" : "\"").toString();
  }

  /** Returns {@code a, b and c} when {@code last} is {@code and}. */
  public static String list(Collection<String> words, String last) {
    List<String> all = List.copyOf(words);
    int end = all.size() - 1;
    return end < 1
        ? String.join(", ", all)
        : String.join(", ", all.subList(0, end)) + " " + last + " " + all.get(end);
  }

  /**
   * Returns the known name that the given one most likely means, if any is close. Case, {@code _}
   * and {@code -} do not count, so {@code timestamp_column} means {@code timestampColumn}.
   */
  public static Optional<String> nearest(String name, Collection<String> known) {
    String wanted = folded(name);
    int allowed = Math.max(1, wanted.length() / 3);
    return known.stream()
        .filter(candidate -> distance(wanted, folded(candidate)) <= allowed)
        .min(Comparator.comparingInt(candidate -> distance(wanted, folded(candidate))));
  }

  private static String folded(String name) {
    return name.toLowerCase(Locale.ROOT).replace("_", "").replace("-", "");
  }

  /** Edits between two words; swapping two neighbours is one edit (optimal string alignment). */
  private static int distance(String a, String b) {
    int[][] d = new int[a.length() + 1][b.length() + 1];
    for (int i = 0; i <= a.length(); i++) {
      d[i][0] = i;
    }
    for (int j = 0; j <= b.length(); j++) {
      d[0][j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      for (int j = 1; j <= b.length(); j++) {
        int change = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
        d[i][j] = Math.min(d[i - 1][j - 1] + change, 1 + Math.min(d[i - 1][j], d[i][j - 1]));
        boolean isSwap =
            i > 1
                && j > 1
                && a.charAt(i - 1) == b.charAt(j - 2)
                && a.charAt(i - 2) == b.charAt(j - 1);
        if (isSwap) {
          d[i][j] = Math.min(d[i][j], d[i - 2][j - 2] + 1);
        }
      }
    }
    return d[a.length()][b.length()];
  }
}
