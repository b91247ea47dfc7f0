package io.traffical.pipeline.definition;

import java.io.Serializable;
import java.util.List;

/**
 * What is measured of every unit.
 *
 * @param measures one, but two of a ratio (numerator, denominator), and one per step of a funnel
 * @param winsorizeAt the quantile of the per-unit values that caps them, between 0 and 1; null for
 *     no cap
 * @param percentile which percentile, between 0 and 1; null unless that is the aggregation
 * @param of what the percentile is of; null unless that is the aggregation
 * @param lookbackDays how many days before the first assignment CUPED's covariate is summed over; 0
 *     for none
 * @param desiredDirection which way the metric should move; null when not said
 * @param unit what values are counted in, such as EUR; null when not said
 * @param displayName what people call it; null when not said
 * @param per the entity that values are counted by where clusters of it are randomised; null for
 *     the unit itself
 */
public record Metric(
    String key,
    Aggregation aggregation,
    List<Measure> measures,
    Timeframe timeframe,
    Double winsorizeAt,
    Double percentile,
    PercentileOf of,
    int lookbackDays,
    Direction desiredDirection,
    String unit,
    String displayName,
    String per)
    implements Serializable {

  /** How the facts of one unit become its value, or those of all units one number. */
  public enum Aggregation {
    /** 1 when the unit has at least one fact, else 0. */
    CONVERSION_RATE,
    /** Sum of the value column, 0 without facts. */
    SUM,
    /** Number of facts, 0 without facts. */
    COUNT,
    /** Number of different values of a column, 0 without facts. */
    COUNT_DISTINCT,
    /** Sum of one measure over all units, divided by the sum of another. */
    RATIO,
    /** A percentile of the value column over all facts, or of its sum per unit over all units. */
    PERCENTILE,
    /** 1 when the unit has taken all steps, one after the other, else 0. */
    FUNNEL
  }

  /** What a percentile is of. */
  public enum PercentileOf {
    /** Every fact's value; units are clusters of facts. */
    EVENTS,
    /** The sum per unit, 0 without facts. */
    UNITS
  }

  /** How a filter compares. A null column is equal to nothing and different from everything. */
  public enum Operator {
    /** The column has the value. */
    EQUALS,
    /** The column has another value, or is null. */
    NOT_EQUALS,
    /** The column has one of the values. */
    IN,
    /** The column has none of the values, or is null. */
    NOT_IN
  }

  /** Which way a metric should move. */
  public enum Direction {
    /** More is better. */
    INCREASE,
    /** Less is better. */
    DECREASE
  }

  /**
   * A condition on a column of a fact's SQL.
   *
   * @param values as text; one of them unless the operator is {@code IN} or {@code NOT_IN}
   */
  public record Filter(String column, Operator operator, List<String> values)
      implements Serializable {}

  /**
   * Which rows of a fact a metric takes, and what of them.
   *
   * @param valueColumn the fact's column that is summed, ranked or told apart; null to count rows
   * @param filters conditions that a row must all meet; those of the metric come first
   */
  public record Measure(String fact, String valueColumn, List<Filter> filters)
      implements Serializable {}

  /**
   * How long after its first assignment a unit's facts count, in exact days of 24 hours.
   *
   * @param startDays the first fact counts so long after the first assignment
   * @param endDays no fact counts from so long after it on; null for no end
   * @param completedOnly whether units are left out until their timeframe has ended
   */
  public record Timeframe(int startDays, Integer endDays, boolean completedOnly)
      implements Serializable {
    /** From the first assignment on, without an end. */
    public static final Timeframe ALWAYS = new Timeframe(0, null, false);
  }

  /** A metric of the units themselves. */
  public Metric(
      String key,
      Aggregation aggregation,
      List<Measure> measures,
      Timeframe timeframe,
      Double winsorizeAt,
      Double percentile,
      PercentileOf of,
      int lookbackDays,
      Direction desiredDirection,
      String unit,
      String displayName) {
    this(
        key,
        aggregation,
        measures,
        timeframe,
        winsorizeAt,
        percentile,
        of,
        lookbackDays,
        desiredDirection,
        unit,
        displayName,
        null);
  }

  /** Returns the same metric counted by another entity; null for the unit itself. */
  public Metric per(String entity) {
    return new Metric(
        key,
        aggregation,
        measures,
        timeframe,
        winsorizeAt,
        percentile,
        of,
        lookbackDays,
        desiredDirection,
        unit,
        displayName,
        entity);
  }

  /** A metric of one measure with everything else left out. */
  public static Metric of(String key, Aggregation aggregation, Measure measure) {
    return new Metric(
        key,
        aggregation,
        List.of(measure),
        Timeframe.ALWAYS,
        null,
        null,
        null,
        0,
        null,
        null,
        null);
  }

  /** Returns the names of the facts it is made of, each once, sorted. */
  public List<String> facts() {
    return measures.stream().map(Measure::fact).distinct().sorted().toList();
  }
}
