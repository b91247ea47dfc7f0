package io.traffical.pipeline.cli;

import io.traffical.pipeline.definition.Definitions;
import io.traffical.pipeline.jdbc.Rows;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** The health of policies for people: the six checks in words, and new units over time. */
final class HealthTable {
  private static final List<String> ORDER =
      List.of("exposures", "srm", "allocation_floor", "freshness", "guardrails", "crossovers");

  private final Definitions definitions;
  private final PrintStream out;

  HealthTable(Definitions definitions, PrintStream out) {
    this.definitions = definitions;
    this.out = out;
  }

  /**
   * Prints the policies in the order of the file, then those that have left it.
   *
   * @param rows rows of {@code policy_health}
   * @param checks one row per policy and check
   * @param series new units over time, the same policies in the same order as {@code rows}
   */
  void print(Rows rows, Rows checks, Rows series) {
    List<Object> stored = rows.values().stream().map(row -> row.get(0)).toList();
    Set<Object> order = new LinkedHashSet<>(definitions.policies().keySet());
    order.retainAll(stored);
    order.addAll(stored);
    boolean isFirst = true;
    for (Object policyKey : order) {
      if (!isFirst) {
        out.println();
      }
      isFirst = false;
      int row = stored.indexOf(policyKey);
      out.printf("%s, as of %s: %s%n", policyKey, rows.get(row, "as_of"), rows.get(row, "status"));
      if (!definitions.policies().containsKey((String) policyKey)) {
        out.println(
            "this policy is no longer in the file; its last numbers stay until it is dropped");
      }
      out.println();
      checks((String) policyKey, checks);
      out.println();
      series((String) policyKey, series, row);
    }
  }

  private void checks(String policyKey, Rows checks) {
    TextTable table = new TextTable(List.of("check", "status", "what it says"));
    for (String key : ORDER) {
      for (int row = 0; row < checks.values().size(); row++) {
        if (checks.get(row, "policy_key").equals(policyKey)
            && checks.get(row, "check_key").equals(key)) {
          List<String> cells =
              List.of(key, (String) checks.get(row, "status"), (String) checks.get(row, "detail"));
          table.add(cells, cells);
        }
      }
    }
    table.print(out, Integer.MAX_VALUE);
  }

  private void series(String policyKey, Rows series, int row) {
    Definitions.Policy policy = definitions.policies().get(policyKey);
    String units = (policy == null ? "unit" : policy.entity()) + "s";
    List<String> parts = new ArrayList<>(Arrays.asList((String) series.get(row, "allocations")));
    long undeclared = (Long) series.get(row, "undeclared");
    if (undeclared > 0) {
      parts.add("undeclared " + undeclared);
    }
    out.printf("new %s per hour, last 24 h: %s%n", units, series.get(row, "per_hour"));
    out.printf("new %s per day, last 30 d: %s%n", units, series.get(row, "per_day"));
    out.printf("%s in all: %s (%s)%n", units, series.get(row, "total"), String.join(", ", parts));
  }
}
