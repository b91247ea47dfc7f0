package io.traffical.pipeline.run;

import io.traffical.pipeline.definition.Definitions;
import io.traffical.pipeline.jdbc.SourceClock;
import io.traffical.pipeline.jdbc.SourceProbe;
import io.traffical.pipeline.window.DefinitionRef;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/**
 * What the source says before anything is read.
 *
 * @param clock up to when the source is complete
 * @param broken definitions whose SQL the server refuses or whose columns do not fit, and why
 */
record Preflight(SourceClock clock, Map<DefinitionRef, String> broken) {
  /** Asks the source about every definition that a policy uses. */
  static Preflight of(Definitions definitions) throws SQLException {
    try (SourceProbe probe = new SourceProbe(definitions)) {
      SourceClock clock = probe.clock();
      Map<DefinitionRef, String> broken = new LinkedHashMap<>();
      for (DefinitionRef definition : used(definitions)) {
        String problem = probe.problem(definition, clock.micros());
        if (problem != null) {
          broken.put(definition, problem);
        }
      }
      return new Preflight(clock, broken);
    }
  }

  private static Set<DefinitionRef> used(Definitions definitions) {
    Set<DefinitionRef> used = new LinkedHashSet<>();
    for (Definitions.Policy policy : definitions.policies().values()) {
      definitions.assignments().values().stream()
          .filter(assignments -> assignments.entity().equals(policy.entity()))
          .forEach(assignments -> used.add(DefinitionRef.assignment(assignments.name())));
      policy.metrics().stream()
          .flatMap(metric -> definitions.metrics().get(metric).facts().stream())
          .forEach(fact -> used.add(DefinitionRef.fact(fact)));
    }
    return used;
  }
}
