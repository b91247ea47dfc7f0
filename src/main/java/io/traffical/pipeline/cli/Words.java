package io.traffical.pipeline.cli;

import io.traffical.pipeline.sql.Wording;
import java.util.Collection;

/** Sentences that several commands say. */
final class Words {
  private Words() {}

  static String mustBe(String wanted, String found) {
    return "must be " + wanted + ", found " + Wording.quoted(found);
  }

  /** Returns {@code 1 policy} or {@code 2 policies}. */
  static String count(long n, String one, String many) {
    return n + " " + (n == 1 ? one : many);
  }

  /**
   * Checks that something is there.
   *
   * @throws UsageException with the nearest name, if it is not
   */
  static void requireKnown(String kind, String name, Collection<String> known) {
    if (!known.contains(name)) {
      String remedy =
          Wording.nearest(name, known)
              .map(near -> "did you mean " + Wording.quoted(near) + "?")
              .orElse(
                  known.isEmpty() ? "there is none yet" : "there is " + Wording.list(known, "and"));
      throw new UsageException("unknown " + kind + " " + Wording.quoted(name) + "; " + remedy);
    }
  }
}
