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

  /** What a guardrail forbids. */
  public enum GuardrailDirection {
    /** The metric must not fall by more than the threshold. */
    MUST_NOT_DECREASE,
    /** The metric must not rise by more than the threshold. */
    MUST_NOT_INCREASE
  }

  /** How p-values are adjusted for the number of comparisons of a policy. */
  public enum Correction {
    /** Not at all. */
    NONE,
    /** Holm (1979): the family-wise error rate. */
    HOLM,
    /** Benjamini and Hochberg (1995): the false discovery rate. */
    BH
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
   * @param sequentialUnits expected total units of an experiment whose results may be looked at any
   *     time; null for a fixed horizon; a policy may override it
   * @param cuped whether metrics that have a lookback are adjusted by it; a policy may override it
   * @param maxDimensionValues most values of a dimension that results are broken down by
   * @param allocationFloor fewest units that an allocation must have to be healthy
   * @param readers roles that may read what is published
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
      double confidence,
      Long sequentialUnits,
      boolean cuped,
      int maxDimensionValues,
      int allocationFloor,
      List<String> readers)
      implements Serializable {}

  /**
   * A kind of thing that is randomised.
   *
   * @param keyColumn the column that holds the unit's key in assignment and fact SQL
   */
  public record Entity(String name, String keyColumn) implements Serializable {}

  /**
   * SQL that returns one row per exposure: key, assigned_at, policy_key, allocation_key.
   *
   * @param dimensions further columns by which results are broken down: the unit's value at its
   *     first assignment
   */
  public record Assignments(String name, String entity, String sql, List<String> dimensions)
      implements Serializable {}

  /**
   * SQL that returns one row per outcome.
   *
   * @param entities whose keys a row carries, at least one
   * @param timestampColumn the column with the time of the outcome
   * @param dimensions further columns by which results are broken down: each fact's own value
   */
  public record Fact(
      String name,
      List<String> entities,
      String timestampColumn,
      String sql,
      List<String> dimensions)
      implements Serializable {}

  /**
   * A metric that must not get worse.
   *
   * @param metric the metric's key
   * @param threshold by what share of the control it may, such as 0.01; at least 0
   */
  public record Guardrail(String metric, GuardrailDirection direction, double threshold)
      implements Serializable {}

  /**
   * An experiment.
   *
   * @param allocations expected share of each allocation, in the file's order; they sum to 1
   * @param control the baseline allocation
   * @param startsAt assignments and facts before this do not count
   * @param endsAt assignments and facts at or after this do not count; null while it runs
   * @param metrics keys of the policy's metrics, in the file's order, each once; with its goal and
   *     its guardrails'
   * @param goal the metric that decides; null when none was named
   * @param confidence confidence level of intervals, between 0 and 1
   * @param sequentialUnits expected total units when results may be looked at any time, fixed
   *     beforehand; null for a fixed horizon
   * @param cuped whether metrics that have a lookback are adjusted by it
   */
  public record Policy(
      String key,
      String entity,
      Map<String, Double> allocations,
      String control,
      Instant startsAt,
      Instant endsAt,
      List<String> metrics,
      String goal,
      List<Guardrail> guardrails,
      double confidence,
      Long sequentialUnits,
      boolean cuped,
      Correction correction)
      implements Serializable {}

  /** Returns how many days CUPED looks back for a metric of a policy; 0 when it does not. */
  public int lookbackDays(Policy policy, Metric metric) {
    return policy.cuped() ? metric.lookbackDays() : 0;
  }

  /**
   * Returns the dimensions of facts that a metric's results are broken down by, sorted: those that
   * all its facts have. Only what adds up from fact to fact has any: sums, counts, conversion rates
   * and their ratios.
   */
  public List<String> factDimensions(Metric metric) {
    boolean addsUp =
        switch (metric.aggregation()) {
          case SUM, COUNT, CONVERSION_RATE, RATIO -> metric.per() == null;
          default -> false;
        };
    if (!addsUp) {
      return List.of();
    }
    List<Fact> ofMetric = metric.facts().stream().map(facts::get).toList();
    return ofMetric.get(0).dimensions().stream()
        .filter(name -> ofMetric.stream().allMatch(fact -> fact.dimensions().contains(name)))
        .sorted()
        .toList();
  }

  /** Returns the names of the dimensions of an entity's units, each once, sorted. */
  public List<String> unitDimensions(String entity) {
    return assignments.values().stream()
        .filter(assignment -> assignment.entity().equals(entity))
        .flatMap(assignment -> assignment.dimensions().stream())
        .distinct()
        .sorted()
        .toList();
  }
}
