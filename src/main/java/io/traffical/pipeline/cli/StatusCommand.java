package io.traffical.pipeline.cli;

import io.traffical.pipeline.definition.Definitions;
import io.traffical.pipeline.jdbc.Rows;
import io.traffical.pipeline.jdbc.Schema;
import io.traffical.pipeline.run.Status;
import java.io.PrintStream;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Shows on one screen how things are. */
@Command(
    name = "status",
    description = {
      "Shows on one screen: the active run, the last runs, how far each definition is published,",
      "each policy's health, and when the next window is due.",
      "",
      "Reads the program's own schema and writes nothing. With --check it is a probe: it ends with",
      "code 10 like freshness --check, and also when the tables are of another version. What"
          + " health",
      "finds is shown but does not count: it is about the experiment, not about the program.",
      ""
    },
    footer = {
      "",
      "Examples:",
      "  traffical status",
      "  traffical status --check > /dev/null || alert",
      "  traffical status --format json | jq '.[].next_due_at'"
    })
final class StatusCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Mixin private final FileOptions options = new FileOptions();

  @Option(
      names = "--check",
      description = "End with code 10 when anything is stale or failing, or was never published.")
  private boolean isCheck;

  StatusCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    Definitions definitions = options.read(terminal);
    Status status = Status.of(definitions);
    Output output = options.output(terminal);
    if (output.isJson()) {
      output.print(nested(status, definitions));
    } else {
      print(status, definitions, output, terminal.out());
    }
    return (isCheck && !status.isFresh() ? ExitCode.STALE : ExitCode.DONE).code();
  }

  private static Rows nested(Status status, Definitions definitions) {
    Rows rows =
        Rows.of(
            "schema",
            "schema_version",
            "read_at",
            "fresh",
            "next_due_at",
            "source_lag",
            "active",
            "runs",
            "definitions",
            "policies");
    rows.add(
        definitions.schema(),
        status.schemaVersion(),
        status.readAt(),
        status.isFresh(),
        status.nextDueAt(),
        status.sourceLag(),
        status.active(),
        status.runs(),
        status.definitions(),
        status.policies());
    return rows;
  }

  private static void print(
      Status status, Definitions definitions, Output output, PrintStream out) {
    out.printf(
        "schema %s: %s, %s at %s%n",
        definitions.schema(),
        version(status.schemaVersion()),
        status.isFresh() ? "fresh" : "NOT FRESH",
        status.readAt());
    out.println(active(status.active()));
    if (status.nextDueAt() != null) {
      String due = status.isDue() ? "a window is due since " : "the next window is due at ";
      out.println(due + status.nextDueAt());
    }
    if (status.sourceLag() != null) {
      out.println(
          "the source is a replica; it was " + status.sourceLag() + " behind at the last run");
    }
    section(status.runs().isEmpty() ? status.runs() : brief(status.runs()), output, out);
    section(status.definitions(), output, out);
    section(status.policies(), output, out);
  }

  private static String version(int version) {
    if (version == Schema.VERSION) {
      return "version " + version;
    }
    return version == 0
        ? "no tables yet"
        : "version " + version + ", of which this program (" + Schema.VERSION + ") knows nothing";
  }

  private static String active(Rows active) {
    if (active.isEmpty()) {
      return "no run is active";
    }
    Object slices = active.get(0, "slices");
    return "run %s by %s is active for %s%s%s"
        .formatted(
            active.get(0, "run_id"),
            active.get(0, "owner"),
            active.get(0, "running_for"),
            slices.equals(0) ? "" : ", slice " + active.get(0, "slices_started") + " of " + slices,
            active.get(0, "is_dead").equals(true) ? "; it gives no sign of life" : "");
  }

  /** What fits on a screen; {@code runs} has the rest. */
  private static Rows brief(Rows runs) {
    return runs.without("command")
        .without("range_start")
        .without("finished_at")
        .without("definitions")
        .without("late_rows");
  }

  private static void section(Rows rows, Output output, PrintStream out) {
    if (!rows.isEmpty()) {
      out.println();
      output.print(rows);
    }
  }
}
