package io.traffical.pipeline.jdbc;

import io.traffical.pipeline.definition.Definitions;
import io.traffical.pipeline.sql.RequiredColumns;
import io.traffical.pipeline.window.DefinitionRef;
import java.util.List;

/** Says which columns are read of a definition. */
final class ReadColumns {
  private ReadColumns() {}

  static RequiredColumns of(
      Definitions definitions, DefinitionRef definition, List<String> valueColumns) {
    if (definition.kind() == DefinitionRef.Kind.ASSIGNMENT) {
      String entity = definitions.assignments().get(definition.name()).entity();
      return RequiredColumns.ofAssignments(definitions.entities().get(entity).keyColumn());
    }
    Definitions.Fact fact = definitions.facts().get(definition.name());
    String key = definitions.entities().get(fact.entity()).keyColumn();
    return RequiredColumns.ofFact(key, fact.timestampColumn(), valueColumns);
  }
}
