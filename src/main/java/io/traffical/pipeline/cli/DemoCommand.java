package io.traffical.pipeline.cli;

import io.traffical.pipeline.cli.ResultsTable.View;
import io.traffical.pipeline.definition.Definitions;
import io.traffical.pipeline.demo.Demo;
import io.traffical.pipeline.demo.DemoFailure;
import io.traffical.pipeline.jdbc.StoredHealth;
import io.traffical.pipeline.jdbc.StoredResults;
import io.traffical.pipeline.jdbc.Tables;
import io.traffical.pipeline.run.Questions;
import java.sql.SQLException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Shows on made-up data what the program does, from nothing to results. */
@Command(
    name = "demo",
    description = {
      "Shows on a made-up web shop what the program does. Needs no database and no file.",
      "",
      "Starts a Postgres of its own, fills it with three weeks of an experiment, computes the",
      "results with a first run and then hour by hour, and shows them. Everything is in one",
      "temporary directory, which is removed at the end. The data is the same every time.",
      ""
    },
    footer = {
      "",
      "Examples:",
      "  traffical demo",
      "  traffical demo --keep             leaves the database running, to look into",
      "  traffical demo --rows 5000000     a larger shop; takes minutes"
    })
final class DemoCommand implements Callable<Integer> {
  private static final long FEWEST_ROWS = 1_000;

  private final Terminal terminal;

  @Option(
      names = "--keep",
      description = "Leave the database running, and say where it is and how to remove it.")
  private boolean isKept;

  @Option(
      names = "--rows",
      paramLabel = "N",
      defaultValue = "" + Demo.DEFAULT_ROWS,
      description = "About how many orders, page views and sign-ups (default: ${DEFAULT-VALUE}).")
  private long rows;

  @Option(
      names = "--format",
      paramLabel = "table|json",
      defaultValue = "table",
      converter = FileOptions.FormatConverter.class,
      description = "How results are printed (default: table).")
  private Output.Format format;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help and exit.")
  @SuppressWarnings("unused") // picocli acts on it by itself
  private boolean isHelp;

  DemoCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    if (rows < FEWEST_ROWS) {
      throw new UsageException("--rows " + Words.mustBe("at least " + FEWEST_ROWS, "" + rows));
    }
    DemoStory story = new DemoStory(terminal);
    story.begins();
    try (Demo demo = Demo.start()) {
      story.started();
      story.opened(demo.open(rows));
      if (!story.goesOn(demo.firstRun(story.listener()))) {
        return ExitCode.FAILED.code();
      }
      for (int hour = 1; hour <= Demo.HOURS; hour++) {
        if (!story.goesOn(demo.nextHour(hour, story.listener()))) {
          return ExitCode.FAILED.code();
        }
      }
      story.ends();
      print(demo.definitions(), story);
      story.afterwards(isKept ? demo.keep() : null, demo);
      return ExitCode.DONE.code();
    } catch (DemoFailure e) {
      story.fails(e.getMessage());
      return ExitCode.UNREACHABLE.code();
    } catch (SQLException e) {
      story.fails("the shop cannot be filled: " + e.getMessage());
      return ExitCode.FAILED.code();
    }
  }

  private void print(Definitions definitions, DemoStory story) {
    Tables tables = new Tables(definitions.schema());
    Output output = new Output(terminal.out(), format, terminal.width());
    Questions.ask(
        definitions,
        connection -> {
          if (output.isJson()) {
            output.print(new StoredResults(connection, tables).totals(null, null));
          } else {
            ResultsTable.print(connection, tables, definitions, View.NEWEST, terminal.out());
            terminal.out().println();
            story.breaksDown();
            View goal = new View(Demo.POLICY, null, Demo.DIMENSION, true);
            ResultsTable.print(connection, tables, definitions, goal, terminal.out());
            terminal.out().println();
            story.checksHealth();
            StoredHealth health = new StoredHealth(connection, tables);
            new HealthTable(definitions, terminal.out())
                .print(
                    health.rows(Demo.POLICY),
                    health.checks(Demo.POLICY),
                    health.series(Demo.POLICY));
          }
          return true;
        });
    terminal.out().flush();
  }
}
