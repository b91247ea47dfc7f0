package io.traffical.pipeline.definition;

import java.io.Serializable;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * Everything one definition file says, checked: every reference resolves and every value is in its
 * range. Maps keep the order of the file.
 *
 * @param connection the database that holds the materializations
 * @param source where assignments and facts are read; equal to {@code connection} unless overridden
 * @param schema the schema this program owns
 * @param pipeline how runs behave
 * @param entities kinds of unit, by name
 * @param assignments assignment definitions, by name
 * @param facts fact definitions, by name
 * @param metrics metrics, by key
 * @param policies policies (experiments), by key
 */
public record Definitions(
    ConnectionSettings connection,
    ConnectionSettings source,
    String schema,
    Pipeline pipeline,
    Map<String, Entity> entities,
    Map<String, Assignments> assignments,
    Map<String, Fact> facts,
    Map<String, Metric> metrics,
    Map<String, Policy> policies)
    implements Serializable {

  /** What happens to the metrics of a unit that was seen in more than one allocation. */
  public enum MultipleAllocations {
    /** The unit is left out of every metric (the default). */
    EXCLUDE,
    /** The unit stays, in its first allocation. */
    FIRST
  }

  /** How the facts of one unit become its value. */
  public enum Aggregation {
    /** 1 when the unit has at least one fact, else 0. */
    CONVERSION_RATE,
    /** Sum of the value column, 0 without facts. */
    SUM,
    /** Number of facts, 0 without facts. */
    COUNT
  }

  /**
   * How runs behave.
   *
   * @param window width of a window; divides a day
   * @param overlap how far behind the watermark every run reads again
   * @param delay a window is due when the database's clock is past its end plus this
   * @param scan width of one source query; at least one window
   * @param multipleAllocations what happens to units in several allocations
   * @param maxRejectedShare largest share of unusable rows that a definition may have, 0 to 1
   * @param parallelism parallel readers and operators; 0 = the machine's cores, or what the cluster
   *     gives
   * @param statementTimeout longest time one statement may take
   * @param confidence confidence level of intervals, between 0 and 1; a policy may override it
   */
  public record Pipeline(
      Duration window,
      Duration overlap,
      Duration delay,
      Duration scan,
      MultipleAllocations multipleAllocations,
      double maxRejectedShare,
      int parallelism,
      Duration statementTimeout,
      double confidence)
      implements Serializable {}

  /**
   * A kind of thing that is randomised.
   *
   * @param keyColumn the column that holds the unit's key in assignment and fact SQL
   */
  public record Entity(String name, String keyColumn) implements Serializable {}

  /** SQL that returns one row per exposure: key, assigned_at, policy_key, allocation_key. */
  public record Assignments(String name, String entity, String sql) implements Serializable {}

  /**
   * SQL that returns one row per outcome.
   *
   * @param timestampColumn the column with the time of the outcome
   */
  public record Fact(String name, String entity, String timestampColumn, String sql)
      implements Serializable {}

  /**
   * A fact and how it is aggregated per unit.
   *
   * @param valueColumn the fact's numeric column; null unless the aggregation is {@code SUM}
   */
  public record Metric(String key, String fact, Aggregation aggregation, String valueColumn)
      implements Serializable {}

  /**
   * An experiment.
   *
   * @param allocations expected share of each allocation, in the file's order; they sum to 1
   * @param control the baseline allocation
   * @param startsAt assignments and facts before this do not count
   * @param endsAt assignments and facts at or after this do not count; null while it runs
   * @param metrics keys of the policy's metrics, in the file's order, each once
   * @param confidence confidence level of intervals, between 0 and 1
   */
  public record Policy(
      String key,
      String entity,
      Map<String, Double> allocations,
      String control,
      Instant startsAt,
      Instant endsAt,
      List<String> metrics,
      double confidence)
      implements Serializable {}
}
