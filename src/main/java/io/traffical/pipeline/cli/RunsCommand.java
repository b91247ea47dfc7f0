package io.traffical.pipeline.cli;

import io.traffical.pipeline.definition.Definitions;
import io.traffical.pipeline.jdbc.Rows;
import io.traffical.pipeline.jdbc.RunHistory;
import io.traffical.pipeline.jdbc.Schema;
import io.traffical.pipeline.jdbc.Tables;
import io.traffical.pipeline.run.Questions;
import io.traffical.pipeline.sql.Wording;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Shows what runs did. */
@Command(
    name = "runs",
    description = {
      "Lists the last 20 runs, newest first; or shows one run and what it read.",
      "",
      "Reads the tables runs and run_definitions of the program's own schema. Writes nothing.",
      ""
    },
    footer = {
      "",
      "Examples:",
      "  traffical runs",
      "  traffical runs 0b5c3c9e-6c0e-4e33-9a57-3a1f0a5f7d0f --sql    with the SQL that it sent"
    })
final class RunsCommand implements Callable<Integer> {
  private static final int NEWEST = 20;

  private final Terminal terminal;

  @Mixin private final FileOptions options = new FileOptions();

  @Parameters(arity = "0..1", paramLabel = "RUN_ID", description = "Show this run only.")
  private String runId;

  @Option(names = "--sql", description = "With RUN_ID: also show the rendered SQL.")
  private boolean withSql;

  RunsCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  /** One run and what it read. */
  private record Details(Rows run, Rows definitions) {}

  @Override
  public Integer call() {
    if (withSql && runId == null) {
      throw new UsageException("--sql needs a RUN_ID; traffical runs lists them");
    }
    Definitions definitions = options.read(terminal);
    if (runId == null) {
      list(Questions.ask(definitions, connection -> newest(connection, definitions)), definitions);
    } else {
      show(Questions.ask(definitions, connection -> details(connection, definitions)));
    }
    return ExitCode.DONE.code();
  }

  private static Rows newest(Connection connection, Definitions definitions) throws SQLException {
    Tables tables = new Tables(definitions.schema());
    return new Schema(tables).exists(connection)
        ? new RunHistory(connection, tables).newest(NEWEST)
        : Rows.of();
  }

  private void list(Rows runs, Definitions definitions) {
    if (!runs.isEmpty() || options.output(terminal).isJson()) {
      options.output(terminal).print(runs);
    }
    if (runs.isEmpty()) {
      terminal.err().println("No run yet in schema " + definitions.schema() + ".");
    }
  }

  private Details details(Connection connection, Definitions definitions) throws SQLException {
    Tables tables = new Tables(definitions.schema());
    if (!new Schema(tables).exists(connection)) {
      return new Details(Rows.of(), Rows.of());
    }
    RunHistory history = new RunHistory(connection, tables);
    return new Details(history.run(runId), history.definitions(runId));
  }

  private void show(Details details) {
    if (details.run().isEmpty()) {
      throw new UsageException(
          "unknown run " + Wording.quoted(runId) + "; traffical runs lists the last " + NEWEST);
    }
    Rows definitions =
        withSql ? details.definitions() : details.definitions().without("rendered_sql");
    Output output = options.output(terminal);
    if (output.isJson()) {
      output.print(nested(details.run(), definitions));
      return;
    }
    output.print(details.run());
    terminal.out().println();
    output.print(withSql ? definitions.without("rendered_sql") : definitions);
    for (int i = 0; withSql && i < definitions.values().size(); i++) {
      Object sql = definitions.get(i, "rendered_sql");
      terminal
          .out()
          .printf(
              "%n-- %s %s%n%s%n",
              definitions.get(i, "kind"),
              definitions.get(i, "name"),
              sql == null ? "-- nothing was read" : sql);
    }
  }

  private static Rows nested(Rows run, Rows definitions) {
    List<String> columns = new ArrayList<>(run.columns());
    columns.add("run_definitions");
    List<Object> row = new ArrayList<>(run.values().get(0));
    row.add(definitions);
    Rows nested = Rows.of(columns.toArray(String[]::new));
    nested.add(row.toArray());
    return nested;
  }
}
