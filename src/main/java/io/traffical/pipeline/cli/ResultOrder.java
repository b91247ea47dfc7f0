package io.traffical.pipeline.cli;

import io.traffical.pipeline.definition.Definitions;
import io.traffical.pipeline.definition.Definitions.Policy;
import io.traffical.pipeline.jdbc.Rows;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The order that people read results in: as in the file, but a policy's goal first and its
 * guardrails next; the control before the others; values of a dimension with more units first.
 */
final class ResultOrder {
  private static final List<String> ROLES = List.of("goal", "guardrail");

  private final Definitions definitions;

  ResultOrder(Definitions definitions) {
    this.definitions = definitions;
  }

  /** Returns the rows of each policy. */
  List<List<ResultRow>> byPolicy(Rows rows) {
    List<ResultRow> all = new ArrayList<>();
    for (int row = 0; row < rows.values().size(); row++) {
      all.add(ResultRow.of(rows, row, definitions));
    }
    List<String> policies = List.copyOf(definitions.policies().keySet());
    Map<String, Long> units = new HashMap<>();
    all.forEach(row -> units.merge(row.dimensionValue(), row.units(), Long::sum));
    all.sort(
        Comparator.comparingInt((ResultRow row) -> place(policies, row.policy()))
            .thenComparing(ResultRow::policy)
            .thenComparingInt(row -> place(ROLES, row.role()))
            .thenComparingInt(row -> place(metrics(row), row.metric()))
            .thenComparing(ResultRow::metric)
            .thenComparing(row -> row.dimensionValue().equals("(other)"))
            .thenComparing(row -> -units.get(row.dimensionValue()))
            .thenComparing(ResultRow::dimensionValue)
            .thenComparing(row -> !row.isControl())
            .thenComparingInt(row -> place(allocations(row), row.allocation()))
            .thenComparing(ResultRow::allocation));
    Map<String, List<ResultRow>> grouped = new LinkedHashMap<>();
    all.forEach(row -> grouped.computeIfAbsent(row.policy(), key -> new ArrayList<>()).add(row));
    return List.copyOf(grouped.values());
  }

  private static int place(List<String> order, String name) {
    int place = order.indexOf(name);
    return place < 0 ? order.size() : place;
  }

  private List<String> metrics(ResultRow row) {
    Policy policy = definitions.policies().get(row.policy());
    return policy == null ? List.of() : policy.metrics();
  }

  private List<String> allocations(ResultRow row) {
    Policy policy = definitions.policies().get(row.policy());
    return policy == null ? List.of() : List.copyOf(policy.allocations().keySet());
  }
}
