package io.traffical.pipeline.doctor;

import io.traffical.pipeline.definition.Definitions;
import io.traffical.pipeline.doctor.Relations.Table;
import io.traffical.pipeline.jdbc.DefinitionQuery;
import io.traffical.pipeline.sql.Column;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Checks of how the server means to find the rows of a definition: by its plan, without reading.
 */
final class PlanChecks {
  /** Reading a table of fewer rows whole costs less than the query around it. */
  private static final double LARGE = 100_000;

  private static final String COLUMN =
      "(?:(?:\"(?:[^\"]|\"\")+\"|\\w+)\\.)?(\"(?:[^\"]|\"\")+\"|\\w+)";
  private static final Pattern TIME_FILTER =
      Pattern.compile("\\(" + COLUMN + " (?:>=|<=|<|>|=) '[^']*'::(?:timestamp|date)");
  private static final Pattern KEY_FILTER =
      Pattern.compile("\\(" + "\\(?" + COLUMN + "\\)?(?:::text)? = ANY \\(");

  private final Findings findings;
  private final Definitions definitions;
  private final Connection connection;
  private final String subject;

  PlanChecks(Findings findings, Definitions definitions, Connection connection, String subject) {
    this.findings = findings;
    this.definitions = definitions;
    this.connection = connection;
    this.subject = subject;
  }

  /** Checks how one window is found. */
  void examineWindow(DefinitionQuery query, List<Column> columns) throws SQLException {
    List<PlanNode> plan = PlanNode.parse(query.plan(columns));
    List<Table> tables = Relations.of(connection, plan);
    for (Table table : tables) {
      if (!table.isAnalyzed()) {
        findings.warn(
            "statistics",
            subject,
            table.name() + " has never been analyzed, so the server guesses",
            "ANALYZE " + table.name());
      }
    }
    findings.ok(
        "rows",
        subject,
        "about %s per window of %s, by the server's estimate"
            .formatted(count(plan.get(0).rows(), "row"), width(definitions.pipeline().window())));
    for (Table table : tables) {
      examineIndex(table);
      examinePartitions(table);
    }
  }

  private void examineIndex(Table table) throws SQLException {
    PlanNode scan =
        table.scans().stream()
            .filter(node -> node.type().equals("Seq Scan"))
            .findFirst()
            .orElse(null);
    if (scan == null) {
      String index =
          table.scans().stream()
              .map(PlanNode::index)
              .filter(name -> name != null)
              .findFirst()
              .orElse("an index");
      findings.ok("index", subject, "%s is read by %s".formatted(table.name(), index));
      return;
    }
    String size = count(Math.round(table.tuples()), "row");
    if (table.tuples() < LARGE) {
      findings.ok(
          "index", subject, "%s is small (%s) and read whole".formatted(table.name(), size));
      return;
    }
    Matcher filter = TIME_FILTER.matcher(scan.filter());
    if (!filter.find()) {
      findings.warn(
          "index",
          subject,
          "%s (%s) is read whole for every slice%s"
              .formatted(
                  table.name(),
                  size,
                  scan.filter().isEmpty() ? "" : ": it is filtered by " + scan.filter()),
          "compare its time column, by itself, with '{{start_date}}' and '{{end_date}}', and index"
              + " that column");
    } else if (Relations.hasIndex(connection, table, filter.group(1))) {
      findings.ok(
          "index",
          subject,
          "%s has an index on %s; the server reads the table whole all the same, as it expects many"
                  .formatted(table.name(), filter.group(1))
              + " of its rows");
    } else {
      findings.warn(
          "index",
          subject,
          "%s (%s) is read whole for every slice: no index begins with %s"
              .formatted(table.name(), size, filter.group(1)),
          createIndex(table, filter.group(1)));
    }
  }

  private void examinePartitions(Table table) {
    if (!table.isPartitioned()) {
      return;
    }
    long scanned = table.scans().stream().map(PlanNode::relation).distinct().count();
    if (table.partitions() > 1 && scanned == table.partitions()) {
      findings.warn(
          "partitions",
          subject,
          "all %d partitions of %s are looked at for one window"
              .formatted(table.partitions(), table.name()),
          "compare the column that it is partitioned by, by itself, with '{{start_date}}' and"
              + " '{{end_date}}'");
    } else {
      findings.ok(
          "partitions",
          subject,
          "%d of %d partitions of %s are looked at for one window"
              .formatted(scanned, table.partitions(), table.name()));
    }
  }

  /**
   * Checks how the rows of one unit are found.
   *
   * @param query over all the time that they are looked for in
   * @param user who looks them up, for the message
   */
  void examineKey(DefinitionQuery query, List<Column> columns, String keyColumn, String user)
      throws SQLException {
    List<PlanNode> plan = PlanNode.parse(query.planOfUnit(columns, keyColumn));
    boolean isWithoutIndex = false;
    for (Table table : Relations.of(connection, plan)) {
      for (PlanNode scan : table.scans()) {
        Matcher filter = KEY_FILTER.matcher(scan.filter());
        if (!filter.find() || Relations.hasIndex(connection, table, filter.group(1))) {
          continue;
        }
        isWithoutIndex = true;
        if (table.tuples() >= LARGE) {
          findings.warn(
              "key index",
              subject,
              "%s looks up units in %s (%s): no index begins with %s"
                  .formatted(
                      user,
                      table.name(),
                      count(Math.round(table.tuples()), "row"),
                      filter.group(1)),
              createIndex(table, filter.group(1)));
          return;
        }
      }
    }
    findings.ok(
        "key index",
        subject,
        isWithoutIndex
            ? "no index begins with %s; the tables are small".formatted(keyColumn)
            : "units are found by %s".formatted(keyColumn));
  }

  /** On a partitioned table, the server refuses CONCURRENTLY. */
  private static String createIndex(Table table, String column) {
    return "CREATE INDEX %sON %s (%s)"
        .formatted(table.isPartitioned() ? "" : "CONCURRENTLY ", table.name(), column);
  }

  private static String count(long n, String one) {
    return String.format(Locale.ROOT, "%,d %s%s", n, one, n == 1 ? "" : "s");
  }

  private static String width(Duration window) {
    return window.toString().substring(2).toLowerCase(Locale.ROOT);
  }
}
