package io.traffical.pipeline.config;

import io.traffical.pipeline.definition.Definitions.Entity;
import io.traffical.pipeline.definition.Definitions.Fact;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads {@code fact_sources} of Traffical's form; each becomes a fact. */
final class FactSourceReader {
  private final Map<String, Entity> entities;
  private final FactReader facts;
  private final Names names;
  private final Map<String, FactColumns> columns = new LinkedHashMap<>();

  FactSourceReader(Map<String, Entity> entities, FactReader facts, Names names) {
    this.entities = entities;
    this.facts = facts;
    this.names = names;
  }

  /** Returns the facts of an included file, by name. */
  Map<String, Fact> read(Section included) {
    return Named.readMapOrList(included, "fact_sources", "fact", NameRule.NAME, this::fact);
  }

  /** Returns what the facts read so far call their columns, by fact. */
  Map<String, FactColumns> columns() {
    return columns;
  }

  private Fact fact(String name, Section section) {
    names.define(section);
    section.allow(
        "sql", "timestamp_column", "description", "measures", "dimensions", "entity", "entities");
    List<String> keys = entities(section);
    String timestampColumn =
        section.required(
            "timestamp_column", Format.COLUMN, "add timestamp_column: event_time, for example");
    facts.checkColumns(section, keys, "timestamp_column", timestampColumn);
    section.value("description", Format.TEXT, null);
    FactColumns named = FactColumns.Reader.read(section);
    columns.putIfAbsent(name, named);
    List<String> dimensions = named.dimensions().values().stream().distinct().sorted().toList();
    facts.checkDimensions(section, dimensions, keys);
    return new Fact(name, keys, timestampColumn, SqlReader.read(section), dimensions);
  }

  /** The form knows no entities: without one, a fact has the only entity that there is. */
  private List<String> entities(Section section) {
    boolean isNamed = section.has("entity") || section.has("entities");
    return isNamed || entities.size() != 1
        ? facts.entities(section)
        : List.copyOf(entities.keySet());
  }
}
