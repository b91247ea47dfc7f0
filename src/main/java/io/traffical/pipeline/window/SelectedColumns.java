package io.traffical.pipeline.window;

import io.traffical.pipeline.definition.Definitions;
import io.traffical.pipeline.definition.Metric;
import io.traffical.pipeline.definition.Metric.Aggregation;
import io.traffical.pipeline.definition.Metric.Filter;
import io.traffical.pipeline.definition.Metric.Measure;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/**
 * What is read of a definition's rows beside the unit's key and the time. It depends on the
 * definitions only, not on what a run was asked for, so that checksums of windows stay comparable.
 *
 * @param numbers columns whose numbers metrics add up or rank
 * @param filters conditions that metrics set, each once; the server says whether a row meets them
 * @param distinct columns whose different values are told apart: counted, or keys of users
 * @param dimensions columns by which results are broken down
 */
public record SelectedColumns(
    List<String> numbers, List<Filter> filters, List<String> distinct, List<String> dimensions)
    implements Serializable {
  /** Most filters that the metrics of one fact may have, so that a row's fit into a long. */
  public static final int MOST_FILTERS = 62;

  /** Returns what is read of a definition. */
  public static SelectedColumns of(Definitions definitions, DefinitionRef definition) {
    return definition.kind() == DefinitionRef.Kind.ASSIGNMENT
        ? new SelectedColumns(
            List.of(),
            List.of(),
            userKeys(definitions, definition.name()),
            definitions.assignments().get(definition.name()).dimensions())
        : ofFact(definitions, definition.name());
  }

  /** Returns the keys of the users that the units of an assignment definition are clusters of. */
  private static List<String> userKeys(Definitions definitions, String assignments) {
    String entity = definitions.assignments().get(assignments).entity();
    return definitions.policies().values().stream()
        .filter(policy -> policy.entity().equals(entity))
        .flatMap(policy -> policy.metrics().stream())
        .map(metric -> definitions.metrics().get(metric).per())
        .filter(per -> per != null && !per.equals(entity))
        .map(per -> definitions.entities().get(per).keyColumn())
        .distinct()
        .sorted()
        .toList();
  }

  private static SelectedColumns ofFact(Definitions definitions, String fact) {
    Collection<Metric> metrics = definitions.metrics().values();
    List<String> numbers = new ArrayList<>();
    List<Filter> filters = new ArrayList<>();
    List<String> distinct = new ArrayList<>();
    for (Metric metric : metrics) {
      for (Measure measure : metric.measures()) {
        if (measure.fact().equals(fact)) {
          filters.addAll(measure.filters());
          if (metric.per() != null) {
            distinct.add(definitions.entities().get(metric.per()).keyColumn());
          }
          if (measure.valueColumn() != null) {
            boolean isDistinct = metric.aggregation() == Aggregation.COUNT_DISTINCT;
            (isDistinct ? distinct : numbers).add(measure.valueColumn());
          }
        }
      }
    }
    return new SelectedColumns(
        numbers.stream().distinct().sorted().toList(),
        filters.stream().distinct().sorted(Comparator.comparing(Filter::toString)).toList(),
        distinct.stream().distinct().sorted().toList(),
        definitions.facts().get(fact).dimensions().stream().sorted().toList());
  }

  /** Returns the bits of the filters that rows must all meet for a measure. */
  public long filterBits(Measure measure) {
    long bits = 0;
    for (Filter filter : measure.filters()) {
      bits |= 1L << filters.indexOf(filter);
    }
    return bits;
  }
}
