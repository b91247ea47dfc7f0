package io.traffical.pipeline.config;

import io.traffical.pipeline.definition.Definitions.Assignments;
import io.traffical.pipeline.definition.Definitions.Entity;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/** Reads {@code entities} and {@code assignments}: who was assigned what. */
final class SourceReader {
  private static final Pattern KEY_TYPE = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");
  private static final Set<String> ASSIGNMENT_COLUMNS =
      Set.of("assigned_at", "policy_key", "allocation_key");

  private SourceReader() {}

  static Map<String, Entity> entities(Section file) {
    return Named.read(file, "entities", "entity", NameRule.NAME, SourceReader::entity);
  }

  private static Entity entity(String name, Section section) {
    section.allow("keyType", "column");
    if (section.has("keyType") && section.has("column")) {
      section.error("column", section.title() + " has both keyType and column", "keep one of them");
    } else if (!section.has("keyType") && !section.has("column")) {
      section.reportMissing("keyType", "add keyType: userId, or column: user_id");
    }
    String column =
        section.has("column")
            ? section.value("column", SourceReader::keyColumn, null)
            : section.value("keyType", SourceReader::keyType, null);
    return new Entity(name, column);
  }

  private static String keyColumn(Scalar scalar) throws RefusedException {
    String column = Format.COLUMN.parse(scalar);
    if (ASSIGNMENT_COLUMNS.contains(column)) {
      throw new RefusedException(
          "cannot be " + scalar.shown() + ", a column that assignments need for something else",
          "name the column with the unit's key");
    }
    return column;
  }

  /** Returns the column of a key type: {@code userId} is {@code user_id}. */
  private static String keyType(Scalar scalar) throws RefusedException {
    if (!KEY_TYPE.matcher(scalar.value()).matches()) {
      throw new RefusedException(
          "must be a word such as userId, found " + scalar.shown(), "use column for other names");
    }
    String snakeCase =
        scalar
            .value()
            .replaceAll("([a-z0-9])([A-Z])", "$1_$2")
            .replaceAll("([A-Z])([A-Z][a-z])", "$1_$2")
            .toLowerCase(Locale.ROOT);
    return keyColumn(new Scalar(scalar.node(), snakeCase));
  }

  static Map<String, Assignments> assignments(
      Section file, Map<String, Entity> entities, Names names) {
    return Named.read(
        file,
        "assignments",
        "assignment",
        NameRule.NAME,
        (name, section) -> {
          names.define(section);
          section.allow("entity", "sql", "dimensions");
          String entity = entity(section, entities);
          Set<String> taken = new HashSet<>(ASSIGNMENT_COLUMNS);
          if (entities.containsKey(entity)) {
            taken.add(entities.get(entity).keyColumn());
          }
          List<String> dimensions = DimensionsReader.read(section, "assignment", taken);
          return new Assignments(name, entity, SqlReader.read(section), dimensions);
        });
  }

  /** Returns the entity that the section names; null after reporting why there is none. */
  static String entity(Section section, Map<String, Entity> entities) {
    return section.required("entity", defined(entities), "name one of entities");
  }

  static Format<String> defined(Map<String, Entity> entities) {
    return References.to("entity", "entities", entities.keySet());
  }
}
