package io.traffical.pipeline.config;

import io.traffical.pipeline.definition.Definitions.Assignments;
import io.traffical.pipeline.definition.Definitions.Entity;
import io.traffical.pipeline.definition.Definitions.Fact;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/** Reads {@code entities}, {@code assignments} and {@code facts}: what the data is. */
final class SourceReader {
  private static final Pattern KEY_TYPE = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");
  private static final Set<String> ASSIGNMENT_COLUMNS =
      Set.of("assigned_at", "policy_key", "allocation_key");

  private SourceReader() {}

  static Map<String, Entity> entities(Section file) {
    return file.named("entities", "entity", NameRule.NAME, SourceReader::entity);
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

  static Map<String, Assignments> assignments(Section file, Map<String, Entity> entities) {
    return file.named(
        "assignments",
        "assignment",
        NameRule.NAME,
        (name, section) -> {
          section.allow("entity", "sql");
          String entity = entity(section, entities);
          return new Assignments(name, entity, SqlReader.read(section), List.of());
        });
  }

  static Map<String, Fact> facts(Section file, Map<String, Entity> entities) {
    return file.named(
        "facts", "fact", NameRule.NAME, (name, section) -> fact(name, section, entities));
  }

  private static Fact fact(String name, Section section, Map<String, Entity> entities) {
    section.allow("entity", "timestampColumn", "sql");
    String entity = entity(section, entities);
    String timestampColumn = section.value("timestampColumn", Format.COLUMN, "event_time");
    if (entity != null && timestampColumn.equals(entities.get(entity).keyColumn())) {
      section.error(
          "timestampColumn",
          section.label("timestampColumn") + " is also the key column of entity \"" + entity + "\"",
          "name the column with the time of the fact");
    }
    return new Fact(
        name,
        entity == null ? List.of() : List.of(entity),
        timestampColumn,
        SqlReader.read(section),
        List.of());
  }

  /** Returns the entity that the section names; null after reporting why there is none. */
  static String entity(Section section, Map<String, Entity> entities) {
    return section.required(
        "entity", References.to("entity", "entities", entities.keySet()), "name one of entities");
  }
}
