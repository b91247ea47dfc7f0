package io.traffical.pipeline.jdbc;

import io.traffical.pipeline.definition.Definitions;
import io.traffical.pipeline.window.DefinitionRef;
import io.traffical.pipeline.window.MetricSets;
import io.traffical.pipeline.window.RunPlan;
import java.io.Serializable;
import java.util.Map;

/**
 * One run, as every part of the job knows it.
 *
 * @param sets where the tallies of its metrics are stored
 * @param broken definitions that could not be read at all, and why
 * @param acceptsShrink whether windows that have lost most of their rows are published all the same
 */
public record RunContext(
    String runId,
    Definitions definitions,
    RunPlan plan,
    MetricSets sets,
    Map<DefinitionRef, String> broken,
    boolean acceptsShrink)
    implements Serializable {
  Tables tables() {
    return new Tables(definitions.schema());
  }
}
