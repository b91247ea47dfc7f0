package io.traffical.pipeline.cli;

import io.traffical.pipeline.cli.ResultsTable.View;
import io.traffical.pipeline.definition.Definitions;
import io.traffical.pipeline.jdbc.Rows;
import io.traffical.pipeline.jdbc.Schema;
import io.traffical.pipeline.jdbc.StoredResults;
import io.traffical.pipeline.jdbc.Tables;
import io.traffical.pipeline.run.Questions;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Shows published results. */
@Command(
    name = "results",
    description = {
      "Shows the published results of all policies, or of one, and says what they mean.",
      "",
      "Reads latest_results, metric_results and assignments of the program's own schema. Writes",
      "nothing. The lift is relative to the control; where that cannot be bounded it is the",
      "difference itself, in the metric's unit or in percentage points (pp).",
      ""
    },
    footer = {
      "",
      "Examples:",
      "  traffical results",
      "  traffical results pricing_test --as-of 2026-02-01T00:00:00Z",
      "  traffical results pricing_test --dimension country",
      "  traffical results --format json | jq '.[] | select(.significant)'"
    })
final class ResultsCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Mixin private final FileOptions options = new FileOptions();

  @Parameters(arity = "0..1", paramLabel = "POLICY", description = "Show this policy only.")
  private String policy;

  @Option(
      names = "--as-of",
      paramLabel = "T",
      converter = InstantConverter.class,
      description = "Show the results with exactly this end of the data (default: the newest).")
  private Instant asOf;

  @Option(
      names = "--dimension",
      paramLabel = "D",
      description = "Show the results per value of this dimension, instead of those of all units.")
  private String dimension;

  ResultsCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    Definitions definitions = options.read(terminal);
    boolean isEmpty =
        Questions.ask(definitions, connection -> print(connection, definitions).isEmpty());
    if (isEmpty) {
      terminal
          .err()
          .println(
              "No results"
                  + (policy == null ? "" : " of policy " + policy)
                  + (dimension == null ? "" : " by " + dimension)
                  + (asOf == null ? " yet" : " as of " + asOf)
                  + " in schema "
                  + definitions.schema()
                  + ".");
    }
    return ExitCode.DONE.code();
  }

  private Rows print(Connection connection, Definitions definitions) throws SQLException {
    Tables tables = new Tables(definitions.schema());
    boolean exists = new Schema(tables).exists(connection);
    StoredResults stored = new StoredResults(connection, tables);
    if (policy != null) {
      Set<String> known = new LinkedHashSet<>(definitions.policies().keySet());
      if (exists) {
        known.addAll(stored.policies());
      }
      Words.requireKnown("policy", policy, known);
    }
    if (dimension != null) {
      Words.requireKnown("dimension", dimension, dimensions(definitions, exists ? stored : null));
    }
    View view = new View(policy, asOf, dimension);
    Rows rows = exists ? view.read(stored) : Rows.of();
    if (options.output(terminal).isJson()) {
      options.output(terminal).print(rows);
    } else if (!rows.isEmpty()) {
      ResultsTable.print(connection, tables, definitions, view, terminal.out());
    }
    return rows;
  }

  /** Returns the dimensions of the shown policies: those in the file, and those with results. */
  private Set<String> dimensions(Definitions definitions, StoredResults stored)
      throws SQLException {
    Set<String> known = new LinkedHashSet<>();
    definitions.policies().values().stream()
        .filter(shown -> policy == null || shown.key().equals(policy))
        .forEach(
            shown -> {
              known.addAll(definitions.unitDimensions(shown.entity()));
              shown.metrics().stream()
                  .map(definitions.metrics()::get)
                  .forEach(metric -> known.addAll(definitions.factDimensions(metric)));
            });
    if (stored != null) {
      known.addAll(stored.dimensions(policy));
    }
    return known;
  }
}
