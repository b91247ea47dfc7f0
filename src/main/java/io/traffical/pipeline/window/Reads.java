package io.traffical.pipeline.window;

import io.traffical.pipeline.definition.Definitions;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Collects, per definition, the union of what its users need, in whole windows, and why. */
final class Reads {
  private final Definitions definitions;
  private final long window;
  private final Map<DefinitionRef, RunPlan.Read> byDefinition =
      new TreeMap<>(Comparator.comparing(DefinitionRef::toString));

  Reads(Definitions definitions, long window) {
    this.definitions = definitions;
    this.window = window;
  }

  /** Adds a user's need; an empty or inverted range needs nothing. */
  void add(DefinitionRef definition, long from, long to, String reason) {
    add(definition, from, from, to, reason);
  }

  /**
   * Adds a user's need.
   *
   * @param historyFrom where that begins which only tells what units did before their assignment
   */
  void add(DefinitionRef definition, long historyFrom, long from, long to, String reason) {
    if (from < to) {
      TimeWindow range = new TimeWindow(from, Micros.ceil(to, window));
      byDefinition.merge(
          definition,
          new RunPlan.Read(
              definition,
              range,
              Micros.floor(historyFrom, window),
              entities(definition),
              SelectedColumns.of(definitions, definition),
              reason),
          Reads::union);
    }
  }

  List<RunPlan.Read> all() {
    return List.copyOf(byDefinition.values());
  }

  private List<String> entities(DefinitionRef definition) {
    return definition.kind() == DefinitionRef.Kind.ASSIGNMENT
        ? List.of(definitions.assignments().get(definition.name()).entity())
        : definitions.facts().get(definition.name()).entities();
  }

  private static RunPlan.Read union(RunPlan.Read a, RunPlan.Read b) {
    TimeWindow range =
        new TimeWindow(
            Math.min(a.range().start(), b.range().start()),
            Math.max(a.range().end(), b.range().end()));
    boolean isKnown = List.of(a.reason().split("; ")).contains(b.reason());
    String reason = isKnown ? a.reason() : a.reason() + "; " + b.reason();
    long historyFrom = Math.min(a.historyFrom(), b.historyFrom());
    return new RunPlan.Read(a.definition(), range, historyFrom, a.entities(), a.columns(), reason);
  }
}
