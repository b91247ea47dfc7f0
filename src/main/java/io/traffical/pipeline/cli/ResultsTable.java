package io.traffical.pipeline.cli;

import io.traffical.pipeline.definition.Definitions;
import io.traffical.pipeline.definition.Definitions.MultipleAllocations;
import io.traffical.pipeline.jdbc.Rows;
import io.traffical.pipeline.jdbc.StoredResults;
import io.traffical.pipeline.jdbc.Tables;
import java.io.PrintStream;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Results for an analyst: per policy what was measured, the numbers, and what they mean. */
final class ResultsTable {
  private final Definitions definitions;
  private final PrintStream out;

  private ResultsTable(Definitions definitions, PrintStream out) {
    this.definitions = definitions;
    this.out = out;
  }

  /**
   * Prints the results that are stored; nothing when there are none.
   *
   * @param connection to the database with the program's tables, which exist
   * @param policyKey the only policy, or null for all
   * @param asOf exclusive end of the data, or null for the newest results
   */
  static void print(
      Connection connection,
      Tables tables,
      Definitions definitions,
      String policyKey,
      Instant asOf,
      PrintStream out)
      throws SQLException {
    StoredResults stored = new StoredResults(connection, tables);
    ResultsTable table = new ResultsTable(definitions, out);
    boolean isFirst = true;
    for (List<ResultRow> policy : table.byPolicy(stored.totals(policyKey, asOf))) {
      if (!isFirst) {
        out.println();
      }
      isFirst = false;
      Instant end = newest(policy);
      table.header(policy, stored.units(policy.get(0).policy(), end), end);
      table.numbers(policy);
      table.sentences(policy, end);
    }
  }

  /** Returns the rows of each policy, everything in the order of the file, the control first. */
  private List<List<ResultRow>> byPolicy(Rows rows) {
    List<ResultRow> all = new ArrayList<>();
    for (int row = 0; row < rows.values().size(); row++) {
      all.add(ResultRow.of(rows, row, definitions));
    }
    List<String> policies = List.copyOf(definitions.policies().keySet());
    all.sort(
        Comparator.comparingInt((ResultRow row) -> place(policies, row.policy()))
            .thenComparing(ResultRow::policy)
            .thenComparingInt(row -> place(metrics(row), row.metric()))
            .thenComparing(ResultRow::metric)
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
    Definitions.Policy policy = definitions.policies().get(row.policy());
    return policy == null ? List.of() : policy.metrics();
  }

  private List<String> allocations(ResultRow row) {
    Definitions.Policy policy = definitions.policies().get(row.policy());
    return policy == null ? List.of() : List.copyOf(policy.allocations().keySet());
  }

  private Double confidence(ResultRow row) {
    Definitions.Policy policy = definitions.policies().get(row.policy());
    return policy == null ? null : Double.valueOf(policy.confidence());
  }

  private static Instant newest(List<ResultRow> policy) {
    return policy.stream().map(ResultRow::asOf).max(Instant::compareTo).orElseThrow();
  }

  private void header(List<ResultRow> policy, Rows units, Instant end) {
    ResultRow first = policy.get(0);
    out.println(first.policy() + ", as of " + end);
    Map<String, Long> analysed = new LinkedHashMap<>();
    policy.forEach(row -> analysed.merge(row.allocation(), row.units(), Math::max));
    out.println(first.entity() + "s: " + listed(analysed));
    long crossovers = 0;
    Map<String, Long> undeclared = new LinkedHashMap<>();
    for (int row = 0; row < units.values().size(); row++) {
      crossovers += (Long) units.get(row, "crossovers");
      String allocation = (String) units.get(row, "allocation_key");
      if (!analysed.containsKey(allocation)) {
        undeclared.put(allocation, (Long) units.get(row, "units"));
      }
    }
    if (crossovers > 0) {
      boolean isExcluded =
          definitions.pipeline().multipleAllocations() == MultipleAllocations.EXCLUDE;
      out.println(
          "seen in more than one allocation: "
              + crossovers
              + (isExcluded ? ", left out" : ", counted in their first"));
    }
    if (!undeclared.isEmpty()) {
      out.println("in undeclared allocations, left out: " + listed(undeclared));
    }
    if (!definitions.policies().containsKey(first.policy())) {
      out.println(
          "this policy is no longer in the file; its last results stay until it is dropped");
    }
    out.println();
  }

  private static String listed(Map<String, Long> counts) {
    return String.join(
        ", ", counts.entrySet().stream().map(e -> e.getKey() + " " + e.getValue()).toList());
  }

  private void numbers(List<ResultRow> policy) {
    TextTable table =
        new TextTable(
            List.of(
                "metric",
                "allocation",
                "units",
                "value",
                "lift",
                Meaning.interval(confidence(policy.get(0))),
                "p",
                "significant"));
    for (ResultRow row : policy) {
      List<String> cells =
          List.of(
              row.metric(),
              row.allocation(),
              Long.toString(row.units()),
              value(row),
              lift(row),
              interval(row),
              row.pValue() == null ? "" : Numbers.probability(row.pValue()).replace("= ", ""),
              row.pValue() == null && !row.hasInterval() ? "" : yesOrNo(row.significant()));
      table.add(cells, Arrays.asList(row.metric(), row.allocation(), 0, 0, 0, 0, 0, ""));
    }
    table.print(out, Integer.MAX_VALUE);
  }

  private static String yesOrNo(Boolean flag) {
    return Boolean.TRUE.equals(flag) ? "yes" : "no";
  }

  private static String value(ResultRow row) {
    if (row.value() == null) {
      return "";
    }
    return row.isProportion() ? Numbers.share(row.value()) : Numbers.plain(row.value());
  }

  private static String lift(ResultRow row) {
    if (row.hasRelativeInterval() || (row.relativeLift() != null && !row.hasInterval())) {
      return Numbers.signed(Numbers.percent(row.relativeLift()), row.relativeLift());
    }
    return row.lift() == null ? "" : absolute(row, row.lift()) + unit(row);
  }

  private static String interval(ResultRow row) {
    if (row.hasRelativeInterval()) {
      return Numbers.signed(Numbers.percent(row.relativeLower()), row.relativeLower())
          + " to "
          + Numbers.signed(Numbers.percent(row.relativeUpper()), row.relativeUpper());
    }
    return row.hasInterval()
        ? absolute(row, row.liftLower()) + " to " + absolute(row, row.liftUpper()) + unit(row)
        : "";
  }

  private static String absolute(ResultRow row, double difference) {
    String text = row.isProportion() ? Numbers.points(difference) : Numbers.plain(difference);
    return Numbers.signed(text, difference);
  }

  private static String unit(ResultRow row) {
    return row.isProportion() ? " pp" : " per " + row.entity();
  }

  private void sentences(List<ResultRow> policy, Instant end) {
    out.println();
    for (ResultRow row : policy) {
      if (!row.isControl()) {
        String control =
            policy.stream()
                .filter(other -> other.isControl() && other.metric().equals(row.metric()))
                .map(ResultRow::allocation)
                .findFirst()
                .orElse("control");
        String older =
            row.asOf().isBefore(end) ? " These results end earlier, at " + row.asOf() + "." : "";
        out.println(Meaning.sentence(row, control, confidence(row)) + older);
      }
    }
  }
}
