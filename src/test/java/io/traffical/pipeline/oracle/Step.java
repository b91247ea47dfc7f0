package io.traffical.pipeline.oracle;

import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/** One thing that happens in a schedule. */
sealed interface Step {

  /** A row of the source: an exposure or a fact, the other is null. */
  record Row(long id, String source, String unit, Instant time, Exposure exposure, Fact fact) {
    boolean isExposure() {
      return exposure != null;
    }

    @Override
    public String toString() {
      return "#%d %s %s %s %s".formatted(id, source, unit, time, isExposure() ? exposure : fact);
    }
  }

  /** What an exposure says beside its unit and time. */
  record Exposure(String policy, String allocation, String country, Integer tier) {
    @Override
    public String toString() {
      return policy + "/" + allocation + " " + country + " " + tier;
    }
  }

  /** What a fact says beside its unit and time. */
  record Fact(BigDecimal amount, BigDecimal tax, String kind, String item) {
    @Override
    public String toString() {
      return amount + " " + tax + " " + kind + " " + item;
    }
  }

  /** Time passes. */
  record Tick(Duration by) implements Step {}

  /** The source changes; a correction removes the old row and adds the new one. */
  record Change(List<Row> removed, List<Row> added) implements Step {}

  /** The definition file changes. */
  record Redefine(String what, Experiments now) implements Step {
    @Override
    public String toString() {
      return "Redefine[" + what + "]";
    }
  }

  /** How a definition is broken for one run. */
  enum Break {
    /** Its columns do not fit, which the server says before anything is read. */
    BEFORE_READING,
    /** It raises behind its last row. */
    WHILE_READING
  }

  /** What goes wrong when a run publishes. */
  enum Trouble {
    /** Nothing. */
    NONE,
    /** A row of metric_results cannot be written. */
    RESULTS,
    /** The run's own row cannot be ended. */
    RUN_END,
    /** The commit is refused. */
    COMMIT,
    /** The first try runs into a serialization failure, the next does not. */
    ONCE
  }

  /**
   * A run or a backfill.
   *
   * @param from where to recompute from; null for a run, {@link Instant#MIN} for a full refresh
   * @param to latest end asked for; null for the clock
   * @param policy the only policy, or null
   * @param metric the only metric, or null
   * @param broken the definitions that fail, and how
   */
  record Command(
      Instant from,
      Instant to,
      String policy,
      String metric,
      Map<String, Break> broken,
      Trouble trouble)
      implements Step {
    boolean isBackfill() {
      return from != null;
    }

    boolean selects(String policyKey) {
      return policy == null || policy.equals(policyKey);
    }

    boolean selects(String policyKey, String metricKey) {
      return selects(policyKey) && (metric == null || metric.equals(metricKey));
    }
  }

  /** What a repair does: a backfill from the earliest window that differs from its source. */
  record Repair() implements Step {}
}
