package io.traffical.pipeline.jdbc;

import io.traffical.pipeline.definition.Definitions;
import io.traffical.pipeline.definition.Metric.Filter;
import io.traffical.pipeline.definition.Metric.Operator;
import io.traffical.pipeline.sql.RequiredColumns;
import io.traffical.pipeline.sql.RequiredColumns.Derived;
import io.traffical.pipeline.sql.RequiredColumns.Form;
import io.traffical.pipeline.window.DefinitionRef;
import io.traffical.pipeline.window.SelectedColumns;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** Says which columns are read of a definition. */
final class ReadColumns {
  private ReadColumns() {}

  static RequiredColumns of(Definitions definitions, DefinitionRef definition) {
    SelectedColumns selected = SelectedColumns.of(definitions, definition);
    List<Derived> derived = new ArrayList<>();
    selected.filters().forEach(filter -> derived.add(derived(filter)));
    selected.distinct().forEach(c -> derived.add(new Derived(c, Form.IDENTITY, null)));
    selected.dimensions().forEach(c -> derived.add(new Derived(c, Form.LABEL, null)));
    if (definition.kind() == DefinitionRef.Kind.ASSIGNMENT) {
      String entity = definitions.assignments().get(definition.name()).entity();
      return RequiredColumns.ofAssignments(keyColumn(definitions, entity), derived);
    }
    Definitions.Fact fact = definitions.facts().get(definition.name());
    List<String> keys =
        fact.entities().stream().map(entity -> keyColumn(definitions, entity)).toList();
    return RequiredColumns.ofFact(keys, fact.timestampColumn(), selected.numbers(), derived);
  }

  private static String keyColumn(Definitions definitions, String entity) {
    return definitions.entities().get(entity).keyColumn();
  }

  /**
   * The values are literals without a type: the server compares them as values of the column's
   * type, whatever that is.
   */
  private static Derived derived(Filter filter) {
    String isOneOf =
        filter.values().stream()
            .map(Tables::literal)
            .collect(Collectors.joining(", ", "IN (", ")"));
    boolean isNegated =
        filter.operator() == Operator.NOT_EQUALS || filter.operator() == Operator.NOT_IN;
    return new Derived(filter.column(), isNegated ? Form.FAILS : Form.MEETS, isOneOf);
  }
}
