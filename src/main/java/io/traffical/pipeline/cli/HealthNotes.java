package io.traffical.pipeline.cli;

import io.traffical.pipeline.definition.Definitions;
import io.traffical.pipeline.jdbc.Rows;
import java.io.PrintStream;
import java.time.Duration;
import java.time.Instant;

/** Says beside the stored health what it cannot know: that nothing was published since. */
final class HealthNotes {
  private static final int WINDOWS = 2;

  private final Definitions definitions;
  private final PrintStream err;

  HealthNotes(Definitions definitions, PrintStream err) {
    this.definitions = definitions;
    this.err = err;
  }

  /**
   * Prints one line per policy whose data end more than two windows before the last due one.
   *
   * @param rows rows of {@code policy_health}
   * @param series the same policies with the age of their data, in the same order
   */
  void print(Rows rows, Rows series) {
    Definitions.Pipeline pipeline = definitions.pipeline();
    Duration late = pipeline.window().multipliedBy(WINDOWS + 1L).plus(pipeline.delay());
    for (int row = 0; row < rows.values().size(); row++) {
      Definitions.Policy policy = definitions.policies().get((String) rows.get(row, "policy_key"));
      Instant asOf = (Instant) rows.get(row, "as_of");
      boolean runs = policy != null && (policy.endsAt() == null || asOf.isBefore(policy.endsAt()));
      if (runs && (Double) series.get(row, "age_seconds") > late.toSeconds()) {
        err.println(
            "Nothing of policy %s has been published since %s; traffical plan shows what is due."
                .formatted(policy.key(), asOf));
      }
    }
  }
}
