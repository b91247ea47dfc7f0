package io.traffical.pipeline.config;

import io.traffical.pipeline.definition.Definitions.Assignments;
import io.traffical.pipeline.definition.Definitions.Entity;
import io.traffical.pipeline.definition.Definitions.Fact;
import io.traffical.pipeline.sql.Wording;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Reads {@code facts}: what happened to the units. */
final class FactReader {
  private final Map<String, Entity> entities;
  private final Collection<Assignments> assignments;
  private final Names names;

  FactReader(Map<String, Entity> entities, Collection<Assignments> assignments, Names names) {
    this.entities = entities;
    this.assignments = assignments;
    this.names = names;
  }

  Map<String, Fact> read(Section file) {
    return Named.read(file, "facts", "fact", NameRule.NAME, this::fact);
  }

  private Fact fact(String name, Section section) {
    names.define(section);
    section.allow("entity", "entities", "timestampColumn", "sql", "dimensions");
    List<String> keys = entities(section);
    String timestampColumn = section.value("timestampColumn", Format.COLUMN, "event_time");
    checkColumns(section, keys, "timestampColumn", timestampColumn);
    Set<String> taken = new HashSet<>(keys.stream().map(this::keyColumn).toList());
    taken.add(timestampColumn);
    List<String> dimensions = DimensionsReader.read(section, "fact", taken);
    checkDimensions(section, dimensions, keys);
    return new Fact(name, keys, timestampColumn, SqlReader.read(section), dimensions);
  }

  /** Reports dimensions that the fact's units have, too. */
  void checkDimensions(Section section, Collection<String> dimensions, List<String> keys) {
    DimensionsReader.checkFree(section, dimensions, keys, assignments);
  }

  private String keyColumn(String entity) {
    return entities.get(entity).keyColumn();
  }

  /** Returns the entities whose keys a row carries: {@code entity}, or several {@code entities}. */
  List<String> entities(Section section) {
    if (!section.has("entities")) {
      String entity = SourceReader.entity(section, entities);
      return entity == null ? List.of() : List.of(entity);
    }
    if (section.has("entity")) {
      section.error(
          "entities", section.title() + " has both entity and entities", "keep one of them");
    }
    List<String> seen = new ArrayList<>();
    Format<String> other =
        scalar -> {
          String entity = SourceReader.defined(entities).parse(scalar);
          if (seen.contains(entity)) {
            throw new RefusedException(
                "names the entity " + scalar.shown() + " twice", "remove it");
          }
          seen.add(entity);
          return entity;
        };
    List<String> named = section.values("entities", other);
    if (named != null && named.isEmpty() && section.list("entities").isEmpty()) {
      section.error("entities", section.title() + " has no entities", "name one of entities");
    }
    return List.copyOf(seen);
  }

  /** Reports a column that would have to be two things of a row. */
  void checkColumns(Section section, List<String> keys, String timeKey, String timestampColumn) {
    Map<String, String> owners = new HashMap<>();
    for (String entity : keys) {
      String column = entities.get(entity).keyColumn();
      if (column == null) {
        continue;
      }
      if (column.equals(timestampColumn)) {
        section.error(
            timeKey,
            section.label(timeKey) + " is also the key column of entity " + Wording.quoted(entity),
            "name the column with the time of the fact");
      }
      String owner = owners.putIfAbsent(column, entity);
      if (owner != null) {
        section.error(
            "entities",
            section.title()
                + " has the entities "
                + Wording.quoted(owner)
                + " and "
                + Wording.quoted(entity)
                + ", whose keys are both in column "
                + Wording.quoted(column),
            "give one of the entities another column");
      }
    }
  }
}
