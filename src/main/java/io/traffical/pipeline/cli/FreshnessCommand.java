package io.traffical.pipeline.cli;

import io.traffical.pipeline.definition.Definitions;
import io.traffical.pipeline.jdbc.Freshness;
import io.traffical.pipeline.jdbc.Rows;
import io.traffical.pipeline.jdbc.Schema;
import io.traffical.pipeline.jdbc.Tables;
import io.traffical.pipeline.run.Questions;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Shows how far definitions are published. */
@Command(
    name = "freshness",
    description = {
      "Shows how far each definition is published, and whether it keeps up.",
      "",
      "Reads the view freshness of the program's own schema and writes nothing. stale: windows",
      "have been due for more than two windows' time and are not published. failing: the last",
      "attempt to read the definition failed, or the whole run did.",
      ""
    },
    footer = {
      "",
      "Examples:",
      "  traffical freshness",
      "  traffical freshness --check || alert    ends with 10 when anything is stale or failing"
    })
final class FreshnessCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Mixin private final FileOptions options = new FileOptions();

  @Option(
      names = "--check",
      description = "End with code 10 when anything is stale or failing, or was never published.")
  private boolean isCheck;

  FreshnessCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    Definitions definitions = options.read(terminal);
    return Questions.ask(definitions, connection -> show(connection, definitions)).code();
  }

  private ExitCode show(Connection connection, Definitions definitions) throws SQLException {
    Tables tables = new Tables(definitions.schema());
    boolean exists = new Schema(tables).exists(connection);
    Freshness freshness = new Freshness(connection, tables);
    Rows rows = exists ? freshness.rows() : Rows.of();
    if (!rows.isEmpty() || options.output(terminal).isJson()) {
      options.output(terminal).print(rows);
    }
    if (rows.isEmpty()) {
      terminal.err().println("Nothing is published yet in schema " + definitions.schema() + ".");
    }
    String sourceLag = exists ? freshness.sourceLag() : null;
    if (sourceLag != null) {
      terminal
          .err()
          .println("The source is a replica; it was " + sourceLag + " behind at the last run.");
    }
    boolean isFresh =
        Freshness.isHealthy(rows) && (!rows.isEmpty() || definitions.policies().isEmpty());
    return isCheck && !isFresh ? ExitCode.STALE : ExitCode.DONE;
  }
}
