package io.traffical.pipeline.jdbc;

import io.traffical.pipeline.definition.Definitions;
import io.traffical.pipeline.window.DefinitionRef;

/** Says who depends on a definition. */
final class DefinitionUsers {
  private DefinitionUsers() {}

  /**
   * Returns whether a policy's assignments (metric key {@code ""}) or one of its declared metrics
   * is computed from the definition.
   */
  static boolean uses(
      Definitions definitions,
      Definitions.Policy policy,
      String metricKey,
      DefinitionRef definition) {
    if (metricKey.isEmpty()) {
      return definition.kind() == DefinitionRef.Kind.ASSIGNMENT
          && definitions.assignments().get(definition.name()).entity().equals(policy.entity());
    }
    if (!policy.metrics().contains(metricKey)) {
      return false;
    }
    if (definition.kind() == DefinitionRef.Kind.ASSIGNMENT) {
      String per = definitions.metrics().get(metricKey).per();
      return per != null
          && !per.equals(policy.entity())
          && uses(definitions, policy, "", definition);
    }
    return definitions.metrics().get(metricKey).facts().contains(definition.name());
  }
}
