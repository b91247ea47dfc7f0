package io.traffical.pipeline.oracle;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What the definition file says of a metric.
 *
 * @param measures one, but two of a ratio and one per step of a funnel
 * @param filters what rows of all measures must meet
 * @param winsorizeAt null for no cap
 * @param percentile null unless that is the aggregation
 * @param isOfUnits whether a percentile is that of the units' sums
 * @param lookbackDays 0 for no covariate
 */
record Metric(
    String aggregation,
    List<Measure> measures,
    List<Filter> filters,
    Frame frame,
    Double winsorizeAt,
    Double percentile,
    boolean isOfUnits,
    int lookbackDays) {

  /** Rows of a fact; the column is null when they are counted. */
  record Measure(String fact, String column, List<Filter> filters) {
    boolean isOfText() {
      return "item".equals(column);
    }
  }

  /** Days after the first assignment; without an end when that is null. */
  record Frame(int startDays, Integer endDays, boolean completedOnly) {
    static final Frame ALWAYS = new Frame(0, null, false);
  }

  /** A condition on a column. */
  record Filter(String column, String operator, List<String> values) {
    String sql() {
      String first = Sql.text(values.get(0));
      String all = values.stream().map(Sql::text).collect(Collectors.joining(", "));
      return switch (operator) {
        case "equals" -> "coalesce(" + column + " = " + first + ", false)";
        case "not_equals" -> column + " IS DISTINCT FROM " + first;
        case "in" -> "coalesce(" + column + " IN (" + all + "), false)";
        case "not_in" -> "(" + column + " IS NULL OR " + column + " NOT IN (" + all + "))";
        default -> throw new IllegalArgumentException(operator);
      };
    }

    private String yaml() {
      return "{ column: %s, operator: %s, values: [%s] }"
          .formatted(
              column,
              operator,
              values.stream().map(DefinitionText::quoted).collect(Collectors.joining(", ")));
    }
  }

  boolean is(String other) {
    return aggregation.equals(other);
  }

  boolean isProportion() {
    return is("conversion_rate") || is("funnel");
  }

  boolean isPercentileOfEvents() {
    return is("percentile") && !isOfUnits;
  }

  /** Whether it adds up from fact to fact, so that it can be broken down by them. */
  boolean addsUp() {
    return is("sum") || is("count") || is("conversion_rate") || is("ratio");
  }

  /** Whether the program keeps entries of it, not tallies. */
  boolean keepsEntries() {
    return is("funnel") || is("count_distinct") || isPercentileOfEvents();
  }

  List<String> facts() {
    return measures.stream().map(Measure::fact).distinct().sorted().toList();
  }

  /** Returns the filters of a measure, each once. */
  List<Filter> filtersOf(Measure measure) {
    Set<Filter> all = new LinkedHashSet<>(filters);
    all.addAll(measure.filters);
    return List.copyOf(all);
  }

  /** Returns the condition that a row meets to count for a measure, apart from its time. */
  String condition(Measure measure) {
    List<String> conditions = new ArrayList<>();
    conditions.add("source = " + Sql.text(measure.fact));
    filtersOf(measure).forEach(filter -> conditions.add(filter.sql()));
    if (measure.column != null) {
      conditions.add(measure.column + " IS NOT NULL");
    }
    return String.join(" AND ", conditions);
  }

  /** Returns what the outcomes of units depend on. */
  String essence(int lookback) {
    String all =
        measures.stream()
            .map(m -> m.fact + "." + m.column + filtersOf(m))
            .collect(Collectors.joining(" "));
    return "%s %s %s %s %d".formatted(aggregation, all, frame, isOfUnits, lookback);
  }

  Metric with(Frame other) {
    return new Metric(
        aggregation, measures, filters, other, winsorizeAt, percentile, isOfUnits, lookbackDays);
  }

  Metric withFilters(List<Filter> other) {
    return new Metric(
        aggregation, measures, other, frame, winsorizeAt, percentile, isOfUnits, lookbackDays);
  }

  /** Another cap, which changes no outcome. */
  Metric withCap(Double at) {
    return new Metric(
        aggregation, measures, filters, frame, at, percentile, isOfUnits, lookbackDays);
  }

  /** Another percentile, which changes no outcome. */
  Metric withPercentile(Double other) {
    return new Metric(
        aggregation, measures, filters, frame, winsorizeAt, other, isOfUnits, lookbackDays);
  }

  Metric withLookback(int days) {
    return new Metric(
        aggregation, measures, filters, frame, winsorizeAt, percentile, isOfUnits, days);
  }

  String yaml() {
    List<String> parts = new ArrayList<>();
    parts.add("aggregation: " + aggregation);
    if (is("ratio")) {
      parts.add("numerator: " + part(measures.get(0)));
      parts.add("denominator: " + part(measures.get(1)));
      addFilters(parts, filters);
    } else if (is("funnel")) {
      parts.add(
          "steps: [" + measures.stream().map(Metric::part).collect(Collectors.joining(", ")) + "]");
      addFilters(parts, filters);
    } else {
      addMeasure(parts, measures.get(0));
      addFilters(parts, filtersOf(measures.get(0)));
    }
    addRest(parts);
    return "{ " + String.join(", ", parts) + " }";
  }

  private static String part(Measure measure) {
    List<String> parts = new ArrayList<>();
    addMeasure(parts, measure);
    addFilters(parts, measure.filters);
    return "{ " + String.join(", ", parts) + " }";
  }

  private static void addMeasure(List<String> parts, Measure measure) {
    parts.add("fact: " + measure.fact);
    if (measure.column != null) {
      parts.add("valueColumn: " + measure.column);
    }
  }

  private static void addFilters(List<String> parts, List<Filter> filters) {
    if (!filters.isEmpty()) {
      parts.add(
          "filters: [ "
              + filters.stream().map(Filter::yaml).collect(Collectors.joining(", "))
              + " ]");
    }
  }

  private void addRest(List<String> parts) {
    if (!frame.equals(Frame.ALWAYS)) {
      String end = frame.endDays == null ? "" : ", endDays: " + frame.endDays;
      String completed = frame.completedOnly ? ", completedOnly: true" : "";
      parts.add("timeframe: { startDays: " + frame.startDays + end + completed + " }");
    }
    if (winsorizeAt != null) {
      parts.add("winsorizeAt: " + winsorizeAt);
    }
    if (percentile != null) {
      parts.add("percentile: " + percentile);
      parts.add("of: " + (isOfUnits ? "units" : "events"));
    }
    if (lookbackDays > 0) {
      parts.add("cuped: { lookbackDays: " + lookbackDays + " }");
    }
  }

  @Override
  public String toString() {
    return yaml();
  }
}
