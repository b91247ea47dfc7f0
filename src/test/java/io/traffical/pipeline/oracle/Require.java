package io.traffical.pipeline.oracle;

import java.util.List;

/** Ends a schedule at a difference. */
final class Require {
  private Require() {}

  /** There are no differences. */
  static void none(String what, List<?> differences) {
    if (!differences.isEmpty()) {
      StringBuilder text = new StringBuilder(what);
      differences.forEach(difference -> text.append("\n  ").append(difference));
      throw new AssertionError(text.toString());
    }
  }

  /** Both are the same. */
  static void equal(String what, Object expected, Object found) {
    if (!expected.equals(found)) {
      throw new AssertionError(what + "\n  expected " + expected + "\n  found    " + found);
    }
  }
}
