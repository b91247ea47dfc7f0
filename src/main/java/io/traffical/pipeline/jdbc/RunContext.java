package io.traffical.pipeline.jdbc;

import io.traffical.pipeline.definition.Definitions;
import io.traffical.pipeline.window.DefinitionRef;
import io.traffical.pipeline.window.RunPlan;
import java.io.Serializable;
import java.util.Map;

/**
 * One run, as every part of the job knows it.
 *
 * @param broken definitions that could not be read at all, and why
 */
public record RunContext(
    String runId, Definitions definitions, RunPlan plan, Map<DefinitionRef, String> broken)
    implements Serializable {
  Tables tables() {
    return new Tables(definitions.schema());
  }
}
