package io.traffical.pipeline.cli;

import io.traffical.pipeline.definition.Definitions;
import io.traffical.pipeline.jdbc.Rows;
import io.traffical.pipeline.jdbc.Schema;
import io.traffical.pipeline.jdbc.StoredHealth;
import io.traffical.pipeline.jdbc.Tables;
import io.traffical.pipeline.run.Questions;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Shows whether the data of policies can be trusted. */
@Command(
    name = "health",
    description = {
      "Shows six checks of all policies, or of one, and how many units came when.",
      "",
      "Reads policy_health of the program's own schema: the health as of the last publication.",
      "Writes nothing. Ends with code 11 when a check of a policy in the file fails. That of the",
      "sample ratio (srm) follows the chi-square test, which gives false alarms when one looks",
      "every hour: it counts only if its anytime-valid p is below 0.01, or if there are units in",
      "an allocation with share 0.",
      ""
    },
    footer = {
      "",
      "Examples:",
      "  traffical health",
      "  traffical health pricing_test --format json | jq '.[].checks.srm'"
    })
final class HealthCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Mixin private final FileOptions options = new FileOptions();

  @Parameters(arity = "0..1", paramLabel = "POLICY", description = "Show this policy only.")
  private String policy;

  HealthCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    Definitions definitions = options.read(terminal);
    return Questions.ask(definitions, connection -> show(connection, definitions)).code();
  }

  private ExitCode show(Connection connection, Definitions definitions) throws SQLException {
    Tables tables = new Tables(definitions.schema());
    StoredHealth stored = new StoredHealth(connection, tables);
    boolean exists = new Schema(tables).exists(connection);
    if (policy != null) {
      Set<String> known = new LinkedHashSet<>(definitions.policies().keySet());
      if (exists) {
        known.addAll(stored.policies());
      }
      Words.requireKnown("policy", policy, known);
    }
    Rows rows = exists ? stored.rows(policy) : Rows.of();
    Rows checks = exists ? stored.checks(policy) : Rows.of();
    if (options.output(terminal).isJson()) {
      options.output(terminal).print(rows);
    } else if (!rows.isEmpty()) {
      new HealthTable(definitions, terminal.out()).print(rows, checks, stored.series(policy));
    }
    if (rows.isEmpty()) {
      String which = policy == null ? "" : " of policy " + policy;
      terminal.err().println("No health" + which + " yet in schema " + definitions.schema() + ".");
    } else {
      new HealthNotes(definitions, terminal.err()).print(rows, stored.series(policy));
    }
    return needsAttention(checks, definitions) ? ExitCode.ATTENTION : ExitCode.DONE;
  }

  /** A policy that has left the file is shown, but nobody has to act. */
  private static boolean needsAttention(Rows checks, Definitions definitions) {
    for (int row = 0; row < checks.values().size(); row++) {
      if (Boolean.TRUE.equals(checks.get(row, "needs_attention"))
          && definitions.policies().containsKey((String) checks.get(row, "policy_key"))) {
        return true;
      }
    }
    return false;
  }
}
