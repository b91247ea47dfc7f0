package io.traffical.pipeline.cli;

import io.traffical.pipeline.definition.Definitions;
import io.traffical.pipeline.definition.Definitions.Correction;
import io.traffical.pipeline.definition.Definitions.MultipleAllocations;
import io.traffical.pipeline.definition.Definitions.Policy;
import io.traffical.pipeline.jdbc.Rows;
import io.traffical.pipeline.jdbc.StoredResults;
import io.traffical.pipeline.jdbc.Tables;
import java.io.PrintStream;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Results for an analyst: per policy what was measured, the numbers, and what they mean. */
final class ResultsTable {
  private final Definitions definitions;
  private final PrintStream out;

  /**
   * Which results are shown.
   *
   * @param policy the only policy, or null for all
   * @param asOf exclusive end of the data, or null for the newest results
   * @param dimension by whose values they are broken down, or null for totals
   * @param goalOnly whether a policy's other metrics are left out
   */
  record View(String policy, Instant asOf, String dimension, boolean goalOnly) {
    static final View NEWEST = new View(null, null, null, false);

    View(String policy, Instant asOf, String dimension) {
      this(policy, asOf, dimension, false);
    }

    boolean shows(ResultRow row) {
      return !goalOnly || row.role().equals("goal");
    }

    Rows read(StoredResults stored) throws SQLException {
      return dimension == null
          ? stored.totals(policy, asOf)
          : stored.ofDimension(policy, asOf, dimension);
    }
  }

  private ResultsTable(Definitions definitions, PrintStream out) {
    this.definitions = definitions;
    this.out = out;
  }

  /**
   * Prints the results that are stored; nothing when there are none.
   *
   * @param connection to the database with the program's tables, which exist
   */
  static void print(
      Connection connection, Tables tables, Definitions definitions, View view, PrintStream out)
      throws SQLException {
    StoredResults stored = new StoredResults(connection, tables);
    ResultOrder order = new ResultOrder(definitions);
    ResultsTable table = new ResultsTable(definitions, out);
    boolean isFirst = true;
    for (List<ResultRow> all : order.byPolicy(view.read(stored))) {
      List<ResultRow> policy = all.stream().filter(view::shows).toList();
      if (!isFirst) {
        out.println();
      }
      isFirst = false;
      Instant end = newest(policy);
      String key = policy.get(0).policy();
      List<ResultRow> totals =
          view.dimension() == null
              ? policy
              : order.byPolicy(stored.totals(key, view.asOf())).get(0);
      table.header(policy.get(0), totals, stored.units(key, end), end);
      ResultColumns.print(policy, table.confidence(key), out);
      if (view.dimension() == null) {
        table.details(policy);
        table.sentences(policy, end);
      } else {
        table.breakdown(policy, end);
      }
    }
  }

  private Double confidence(String policyKey) {
    Policy policy = definitions.policies().get(policyKey);
    return policy == null ? null : Double.valueOf(policy.confidence());
  }

  private static Instant newest(List<ResultRow> policy) {
    return policy.stream().map(ResultRow::asOf).max(Instant::compareTo).orElseThrow();
  }

  private void header(ResultRow first, List<ResultRow> totals, Rows units, Instant end) {
    String by = first.dimension().isEmpty() ? "" : " by " + first.dimension();
    out.println(first.policy() + by + ", as of " + end);
    Map<String, Long> analysed = new LinkedHashMap<>();
    totals.forEach(row -> analysed.merge(row.allocation(), row.units(), Math::max));
    out.println(first.words().units() + ": " + listed(analysed));
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
    method(totals);
    out.println();
  }

  private void method(List<ResultRow> totals) {
    if (totals.stream().anyMatch(ResultRow::isSequential)) {
      out.println("intervals are anytime-valid: look as often as you like; there is no p");
    }
    Correction correction = totals.get(0).words().correction();
    if (totals.stream().anyMatch(row -> row.adjustedP() != null)) {
      out.println(
          "significance is corrected for all comparisons of the policy" + Meaning.by(correction));
    }
  }

  private static String listed(Map<String, Long> counts) {
    return String.join(
        ", ", counts.entrySet().stream().map(e -> e.getKey() + " " + e.getValue()).toList());
  }

  private void details(List<ResultRow> policy) {
    MetricDetails details = new MetricDetails(out);
    policy.stream()
        .map(ResultRow::metric)
        .distinct()
        .forEach(
            metric ->
                details.print(policy.stream().filter(row -> row.metric().equals(metric)).toList()));
  }

  private void sentences(List<ResultRow> policy, Instant end) {
    out.println();
    policy.stream().filter(row -> !row.isControl()).forEach(row -> sentence(policy, row, end));
  }

  private void sentence(List<ResultRow> policy, ResultRow row, Instant end) {
    String control =
        policy.stream()
            .filter(other -> other.isControl() && other.metric().equals(row.metric()))
            .map(ResultRow::allocation)
            .findFirst()
            .orElse("control");
    String older =
        row.asOf().isBefore(end) ? " These results end earlier, at " + row.asOf() + "." : "";
    out.println(Meaning.sentence(row, control, confidence(row.policy())) + older);
  }

  /**
   * With many values some lift is always significant: only these are said, and how many to expect.
   */
  private void breakdown(List<ResultRow> policy, Instant end) {
    out.println();
    List<ResultRow> compared =
        policy.stream().filter(row -> !row.isControl() && row.lift().isWhole()).toList();
    List<ResultRow> significant =
        compared.stream().filter(row -> Boolean.TRUE.equals(row.significant())).toList();
    significant.forEach(row -> sentence(policy, row, end));
    Double confidence = confidence(policy.get(0).policy());
    String chance =
        confidence == null
            ? ""
            : "; about %s would be by chance alone, if nothing differed"
                .formatted(Numbers.plain(compared.size() * (1 - confidence)));
    out.printf(
        "%d of %s %s significant%s.%n",
        significant.size(),
        Words.count(compared.size(), "comparison", "comparisons"),
        significant.size() == 1 ? "is" : "are",
        chance);
  }
}
