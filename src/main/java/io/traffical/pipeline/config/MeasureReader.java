package io.traffical.pipeline.config;

import io.traffical.pipeline.definition.Definitions.Fact;
import io.traffical.pipeline.definition.Metric.Aggregation;
import io.traffical.pipeline.definition.Metric.Direction;
import io.traffical.pipeline.definition.Metric.Filter;
import io.traffical.pipeline.definition.Metric.Measure;
import io.traffical.pipeline.sql.Wording;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Reads which rows of which facts a metric takes, and what of them. */
final class MeasureReader {
  private static final int MOST_STEPS = 20;

  private final MetricForm form;
  private final FilterReader filters;
  private final Map<String, Fact> facts;
  private final Map<String, FactColumns> columns;
  private final FilterCount count;

  /**
   * Reads measures.
   *
   * @param columns what facts call their columns, for facts that call them anything
   */
  MeasureReader(
      MetricForm form,
      Map<String, Fact> facts,
      Map<String, FactColumns> columns,
      FilterCount count) {
    this.form = form;
    this.filters = new FilterReader(form);
    this.facts = facts;
    this.columns = columns;
    this.count = count;
  }

  /** Returns the format of an entity whose keys the rows of a metric carry. */
  Format<String> entityOf(List<Measure> measures) {
    return scalar -> {
      for (Measure measure : measures) {
        Fact fact = measure.fact() == null ? null : facts.get(measure.fact());
        if (fact != null && !fact.entities().contains(scalar.value())) {
          throw new RefusedException(
              "names the entity " + scalar.shown() + ", whose keys its fact does not carry",
              "add it to entities of fact " + Wording.quoted(measure.fact()));
        }
      }
      return scalar.value();
    };
  }

  /** Returns a metric's measures; the filters of the metric stand before a measure's own. */
  List<Measure> read(Section metric, Aggregation aggregation) {
    List<FilterReader.Written> shared = filters.read(metric);
    if (aggregation == Aggregation.RATIO) {
      List<Measure> parts = new ArrayList<>();
      for (String part : List.of("numerator", "denominator")) {
        if (metric.has(part)) {
          Section section = metric.section(part);
          form.allowRatioPart(section);
          parts.add(part(section, aggregation, shared));
        }
      }
      return List.copyOf(parts);
    }
    if (aggregation == Aggregation.FUNNEL) {
      return metric.has(form.steps()) ? steps(metric, shared) : List.of();
    }
    return List.of(measure(metric, aggregation, shared));
  }

  private List<Measure> steps(Section metric, List<FilterReader.Written> shared) {
    List<Measure> measures = new ArrayList<>();
    for (Section step : metric.sections(form.steps(), "step")) {
      form.allowStep(step);
      measures.add(part(step, Aggregation.FUNNEL, shared));
    }
    boolean isList = metric.isList(form.steps());
    if (isList && (measures.size() < 2 || measures.size() > MOST_STEPS)) {
      metric.error(
          form.steps(),
          metric.label(form.steps())
              + " must be 2 to "
              + MOST_STEPS
              + " steps, found "
              + measures.size(),
          measures.size() < 2
              ? "add steps, or use " + form.aggregation() + ": conversion_rate"
              : "keep the steps that matter");
    }
    return List.copyOf(measures);
  }

  private Measure part(
      Section section, Aggregation aggregation, List<FilterReader.Written> shared) {
    List<FilterReader.Written> all = new ArrayList<>(shared);
    all.addAll(filters.read(section));
    return measure(section, aggregation, all);
  }

  private Measure measure(
      Section section, Aggregation aggregation, List<FilterReader.Written> written) {
    String fact = fact(section);
    FactColumns named = columnsOf(fact);
    String valueColumn =
        section.value(form.valueColumn(), named.measureOf(fact, aggregation), null);
    boolean isTime =
        fact != null
            && valueColumn != null
            && valueColumn.equals(facts.get(fact).timestampColumn());
    if (isTime && aggregation != Aggregation.COUNT_DISTINCT) {
      section.error(
          form.valueColumn(),
          section.label(form.valueColumn()) + " is the timestampColumn of fact \"" + fact + "\"",
          "name a numeric column");
    }
    Set<Filter> conditions = new LinkedHashSet<>();
    for (FilterReader.Written filter : written) {
      Filter condition = filter.filter();
      String column = named.dimension(condition.column());
      checkFilter(filter.section(), fact, column);
      conditions.add(new Filter(column, condition.operator(), condition.values()));
    }
    count.add(section, fact, conditions);
    return new Measure(fact, valueColumn, List.copyOf(conditions));
  }

  /** Returns the fact that a measure is of; an event of Traffical's form is refused. */
  private String fact(Section section) {
    if (form == MetricForm.TRAFFICAL && section.has("event")) {
      String event = section.value("event", scalar -> scalar.shown(), "none");
      section.error(
          "event",
          section.title() + " is of the event " + event + ", and only facts can be read here",
          "add a fact source whose SQL returns the event's rows, and name it as fact");
      return null;
    }
    return section.required(
        "fact", References.to("fact", "facts", facts.keySet()), "name one of facts");
  }

  /** Returns which way the column of a metric's measure should move; null when nothing says so. */
  Direction direction(List<Measure> measures) {
    if (measures.size() != 1 || measures.get(0).valueColumn() == null) {
      return null;
    }
    Measure measure = measures.get(0);
    return columnsOf(measure.fact()).directions().get(measure.valueColumn());
  }

  private FactColumns columnsOf(String fact) {
    return fact == null ? FactColumns.NONE : columns.getOrDefault(fact, FactColumns.NONE);
  }

  private void checkFilter(Section filter, String fact, String column) {
    if (fact != null && column.equals(facts.get(fact).timestampColumn())) {
      filter.error(
          form.filterColumn(),
          filter.label(form.filterColumn()) + " is the timestampColumn of fact \"" + fact + "\"",
          "limit the time by timeframe, or by the policy's startsAt and endsAt");
    }
  }
}
