package io.traffical.pipeline.jdbc;

import io.traffical.pipeline.definition.Definitions;
import io.traffical.pipeline.sql.Column;
import io.traffical.pipeline.sql.Wording;
import io.traffical.pipeline.window.DefinitionRef;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Finds keys of one entity that have different types in different definitions. They are compared as
 * texts, so that {@code 7} meets {@code '7'}, but not {@code '07'}.
 */
final class KeyTypes {
  private static final List<Set<String>> ALIKE =
      List.of(Set.of("int2", "int4", "int8"), Set.of("text", "varchar"), Set.of("uuid"));

  private final Definitions definitions;
  private final Map<String, Seen> seen = new LinkedHashMap<>();

  /** The type that an entity's key was first seen with. */
  private record Seen(String type, DefinitionRef definition) {}

  KeyTypes(Definitions definitions) {
    this.definitions = definitions;
  }

  /**
   * Returns the keys of a definition whose types are unlike those of the definitions before it.
   *
   * @param columns what its SQL returns
   */
  List<Trouble> unlike(DefinitionRef definition, List<Column> columns) {
    List<String> entities =
        definition.kind() == DefinitionRef.Kind.ASSIGNMENT
            ? List.of(definitions.assignments().get(definition.name()).entity())
            : definitions.facts().get(definition.name()).entities();
    return entities.stream()
        .map(entity -> unlike(definition, entity, columns))
        .filter(trouble -> trouble != null)
        .toList();
  }

  private Trouble unlike(DefinitionRef definition, String entity, List<Column> columns) {
    String key = definitions.entities().get(entity).keyColumn();
    String type =
        columns.stream().filter(c -> c.name().equals(key)).findFirst().map(Column::type).orElse("");
    Seen first = seen.putIfAbsent(entity, new Seen(type, definition));
    if (first == null
        || ALIKE.stream().anyMatch(a -> a.contains(type) && a.contains(first.type()))) {
      return null;
    }
    return new Trouble(
        SqlFailure.DEFINITION,
        null,
        "key column %s is of type %s, and of type %s in %s: they meet as the text that Postgres prints"
            .formatted(Wording.quoted(key), type, first.type(), first.definition()),
        "make sure that the texts are equal (7 is not 07 or 7.0), or cast one of the two");
  }
}
