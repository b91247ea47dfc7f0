package io.traffical.pipeline.config;

import io.traffical.pipeline.definition.Metric.Filter;
import io.traffical.pipeline.sql.Wording;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/** Counts the different filters of each fact: a row's answers have to fit into one long. */
final class FilterCount {
  private static final int MOST_FILTERS = 62;

  private final Map<String, Set<Filter>> filters = new HashMap<>();

  /** Adds the filters of a measure; the one that is too many for its fact is reported. */
  void add(Section section, String fact, Collection<Filter> added) {
    Set<Filter> all = filters.computeIfAbsent(fact, name -> new LinkedHashSet<>());
    boolean hadRoom = all.size() <= MOST_FILTERS;
    all.addAll(added);
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
