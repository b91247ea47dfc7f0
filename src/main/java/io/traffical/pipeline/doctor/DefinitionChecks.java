package io.traffical.pipeline.doctor;

import io.traffical.pipeline.definition.Definitions;
import io.traffical.pipeline.definition.Definitions.Policy;
import io.traffical.pipeline.definition.Metric;
import io.traffical.pipeline.jdbc.DefinitionQuery;
import io.traffical.pipeline.jdbc.SourceProbe;
import io.traffical.pipeline.jdbc.SqlFailure;
import io.traffical.pipeline.jdbc.Trouble;
import io.traffical.pipeline.sql.Column;
import io.traffical.pipeline.sql.SelectedStar;
import io.traffical.pipeline.sql.Wording;
import io.traffical.pipeline.window.DefinitionRef;
import io.traffical.pipeline.window.DefinitionRef.Kind;
import io.traffical.pipeline.window.Micros;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;

/** Checks of one definition after the other, at the source. */
final class DefinitionChecks {
  /** {@code explain} looks so far around a policy. */
  private static final long AROUND = 30 * Micros.DAY;

  private final Findings findings;
  private final Definitions definitions;
  private final Connection connection;
  private final SourceProbe probe;

  DefinitionChecks(Findings findings, Definitions definitions, Connection connection) {
    this.findings = findings;
    this.definitions = definitions;
    this.connection = connection;
    this.probe = new SourceProbe(definitions, connection);
  }

  void examine(DefinitionRef definition) {
    findings.attempt("sql", definition.toString(), () -> examineSql(definition));
  }

  private void examineSql(DefinitionRef definition) throws SQLException {
    String subject = definition.toString();
    long window = Micros.of(definitions.pipeline().window());
    long due =
        Micros.floor(probe.clock().micros() - Micros.of(definitions.pipeline().delay()), window);
    List<Trouble> troubles = probe.problems(definition, due);
    boolean isRefused = troubles.stream().anyMatch(trouble -> trouble.sqlState() != null);
    for (Trouble trouble : troubles) {
      findings.fail(check(definition, trouble), subject, trouble);
    }
    if (isRefused) {
      return;
    }
    findings.ok("privileges", subject, "the role may read what the SQL names");
    DefinitionQuery query =
        new DefinitionQuery(definitions, definition, connection, due - window, due);
    List<Column> columns = query.columns();
    if (troubles.isEmpty()) {
      findings.ok("columns", subject, list(columns));
    }
    examineSelection(subject, query, columns);
    if (troubles.isEmpty()) {
      PlanChecks plans = new PlanChecks(findings, definitions, connection, subject);
      findings.attempt("index", subject, () -> plans.examineWindow(query, columns));
      findings.attempt("key index", subject, () -> examineKeys(definition, columns, due, plans));
    }
  }

  private String check(DefinitionRef definition, Trouble trouble) {
    if (trouble.failure() == SqlFailure.PERMISSION) {
      return "privileges";
    }
    if (trouble.sqlState() != null) {
      return "sql";
    }
    String time =
        definition.kind() == Kind.FACT
            ? definitions.facts().get(definition.name()).timestampColumn()
            : "assigned_at";
    return trouble.message().startsWith("column " + Wording.quoted(time) + " ")
        ? "time"
        : "columns";
  }

  private static String list(List<Column> columns) {
    return columns.stream()
        .map(column -> column.name() + " " + column.type())
        .collect(Collectors.joining(", "));
  }

  private void examineSelection(String subject, DefinitionQuery query, List<Column> columns) {
    List<String> unused = query.unused(columns);
    boolean hasStar = SelectedStar.isIn(query.sql());
    if (unused.isEmpty() && !hasStar) {
      return;
    }
    String what = hasStar ? "selects * " : "";
    String which =
        unused.isEmpty() ? "" : "returns what nothing uses: " + String.join(", ", unused);
    findings.warn(
        "select",
        subject,
        (what + (hasStar && !unused.isEmpty() ? "and " : "") + which).strip(),
        "name in the SELECT list what is used, and nothing else");
  }

  /** For each kind of unit: CUPED looks up new units' pasts, and {@code explain} one unit. */
  private void examineKeys(
      DefinitionRef definition, List<Column> columns, long due, PlanChecks plans)
      throws SQLException {
    Instant start =
        definitions.policies().values().stream()
            .map(Policy::startsAt)
            .min(Comparator.naturalOrder())
            .orElse(Micros.toInstant(due));
    long from = Math.min(Micros.of(start), due) - AROUND;
    DefinitionQuery query = new DefinitionQuery(definitions, definition, connection, from, due);
    List<String> entities =
        definition.kind() == Kind.FACT
            ? definitions.facts().get(definition.name()).entities()
            : List.of(definitions.assignments().get(definition.name()).entity());
    for (String entity : entities) {
      plans.examineKey(
          query,
          columns,
          definitions.entities().get(entity).keyColumn(),
          isLookedBack(definition, entity) ? "CUPED" : "explain");
    }
  }

  private boolean isLookedBack(DefinitionRef definition, String entity) {
    return definition.kind() == Kind.FACT
        && definitions.policies().values().stream()
            .filter(policy -> policy.entity().equals(entity))
            .anyMatch(policy -> isLookedBack(definition.name(), policy));
  }

  private boolean isLookedBack(String fact, Policy policy) {
    return policy.metrics().stream()
        .map(definitions.metrics()::get)
        .anyMatch(
            (Metric metric) ->
                definitions.lookbackDays(policy, metric) > 0 && metric.facts().contains(fact));
  }
}
