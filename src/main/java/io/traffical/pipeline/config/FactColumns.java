package io.traffical.pipeline.config;

import io.traffical.pipeline.definition.Metric.Aggregation;
import io.traffical.pipeline.definition.Metric.Direction;
import io.traffical.pipeline.sql.Wording;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/**
 * What a fact source of Traffical's form calls the columns of its SQL. Every column also goes by
 * itself.
 *
 * @param measures columns that metrics sum, rank or tell apart, by name
 * @param dimensions columns that filters compare, by name
 * @param directions which way a column should move, where that is said
 */
record FactColumns(
    Map<String, String> measures,
    Map<String, String> dimensions,
    Map<String, Direction> directions) {

  /** Those of a fact that declares none: metrics name any column of its SQL. */
  static final FactColumns NONE = new FactColumns(Map.of(), Map.of(), Map.of());

  /** Returns the format of a metric's measure: one of those declared, or any column if none is. */
  Format<String> measureOf(String fact, Aggregation aggregation) {
    return scalar -> {
      String name = scalar.value();
      boolean isLabel = aggregation == Aggregation.COUNT_DISTINCT && dimensions.containsKey(name);
      if (measures.isEmpty() || measures.containsKey(name) || isLabel) {
        return isLabel && !measures.containsKey(name)
            ? dimensions.get(name)
            : measures.getOrDefault(name, Format.COLUMN.parse(scalar));
      }
      Set<String> names = new LinkedHashSet<>(measures.keySet());
      throw new RefusedException(
          "names the measure "
              + scalar.shown()
              + ", which fact "
              + Wording.quoted(fact)
              + " does not have",
          Wording.nearest(name, names)
              .map(near -> "did you mean " + Wording.quoted(near) + "?")
              .orElse("use " + Wording.list(names, "or") + ", or add it to its measures"));
    };
  }

  /** Returns the column of a filter's dimension. */
  String dimension(String name) {
    return dimensions.getOrDefault(name, name);
  }

  /** Reads the measures and dimensions of fact sources. */
  static final class Reader {
    private static final Format<String> TYPE =
        Format.word("int64", "float64", "string", "boolean", "timestamp", "date");

    private final Section fact;
    private final Map<String, Direction> directions = new HashMap<>();

    private Reader(Section fact) {
      this.fact = fact;
    }

    /** Returns what a fact source says about its columns. */
    static FactColumns read(Section fact) {
      Reader reader = new Reader(fact);
      Map<String, String> measures = reader.columns("measures", "measure");
      Map<String, String> dimensions = reader.columns("dimensions", "dimension");
      return new FactColumns(measures, dimensions, reader.directions);
    }

    /** Reads a list of columns, or a map of names to columns; a column may stand for itself. */
    private Map<String, String> columns(String key, String kind) {
      Map<String, String> columns = new LinkedHashMap<>();
      if (fact.isMap(key)) {
        fact.children(key, kind, "column")
            .forEach((name, section) -> add(columns, kind, name, section));
      } else {
        for (Section section : fact.sections(key, kind, "column")) {
          String name = section.value("name", Format.LABEL, null);
          add(columns, kind, name, section.without("name", section.title()));
        }
      }
      columns.remove(null);
      for (String column : Set.copyOf(columns.values())) {
        columns.putIfAbsent(column, column);
      }
      return columns;
    }

    private void add(Map<String, String> columns, String kind, String name, Section section) {
      boolean isMeasure = kind.equals("measure");
      if (isMeasure) {
        section.allow("column", "type", "displayName", "desiredDirection");
      } else {
        section.allow("column", "type");
      }
      String column = section.required("column", Format.COLUMN, "name a column of the fact's SQL");
      section.value("type", TYPE, null);
      if (isMeasure) {
        section.value("displayName", Format.LABEL, null);
        Format<Direction> direction = Format.choice(Direction.class);
        directions.put(column, section.value("desiredDirection", direction, null));
      }
      String known = name == null ? column : name;
      if (column != null && columns.putIfAbsent(known, column) != null) {
        section
            .problems()
            .error(
                section.line(),
                section.title() + " has the name " + Wording.quoted(known) + " again",
                "give it another name");
      }
    }
  }
}
