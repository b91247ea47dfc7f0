package io.traffical.pipeline.config;

import io.traffical.pipeline.definition.Definitions.Aggregation;
import io.traffical.pipeline.definition.Definitions.Fact;
import io.traffical.pipeline.definition.Definitions.Filter;
import io.traffical.pipeline.definition.Definitions.Measure;
import io.traffical.pipeline.sql.Wording;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Reads which rows of which facts a metric takes, and what of them. */
final class MeasureReader {
  /** The server answers them in the bits of one long per row. */
  private static final int MOST_FILTERS = 62;

  private static final int MOST_STEPS = 20;

  private final MetricForm form;
  private final FilterReader filters;
  private final Map<String, Fact> facts;
  private final Map<String, Set<Filter>> filtersOfFacts = new HashMap<>();

  MeasureReader(MetricForm form, Map<String, Fact> facts) {
    this.form = form;
    this.filters = new FilterReader(form);
    this.facts = facts;
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
    String fact =
        section.required(
            "fact", References.to("fact", "facts", facts.keySet()), "name one of facts");
    String valueColumn = section.value(form.valueColumn(), Format.COLUMN, null);
    boolean isTime = fact != null && facts.get(fact).timestampColumn().equals(valueColumn);
    if (isTime && aggregation != Aggregation.COUNT_DISTINCT) {
      section.error(
          form.valueColumn(),
          section.label(form.valueColumn()) + " is the timestampColumn of fact \"" + fact + "\"",
          "name a numeric column");
    }
    Set<Filter> conditions = new LinkedHashSet<>();
    for (FilterReader.Written filter : written) {
      checkFilter(filter, fact);
      conditions.add(filter.filter());
    }
    count(section, fact, conditions);
    return new Measure(fact, valueColumn, List.copyOf(conditions));
  }

  private void checkFilter(FilterReader.Written filter, String fact) {
    if (fact != null && facts.get(fact).timestampColumn().equals(filter.filter().column())) {
      filter
          .section()
          .error(
              form.filterColumn(),
              filter.section().label(form.filterColumn())
                  + " is the timestampColumn of fact \""
                  + fact
                  + "\"",
              "limit the time by timeframe, or by the policy's startsAt and endsAt");
    }
  }

  private void count(Section section, String fact, Set<Filter> conditions) {
    Set<Filter> all = filtersOfFacts.computeIfAbsent(fact, name -> new LinkedHashSet<>());
    boolean hadRoom = all.size() <= MOST_FILTERS;
    all.addAll(conditions);
    if (fact != null && hadRoom && all.size() > MOST_FILTERS) {
      section.error(
          "filters",
          section.title()
              + " is one too many: the metrics of fact "
              + Wording.quoted(fact)
              + " have more than "
              + MOST_FILTERS
              + " different filters",
          "define another fact, whose SQL has the conditions");
    }
  }
}
