package io.traffical.pipeline.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The program without a command. */
@Command(
    name = "traffical",
    synopsisSubcommandLabel = "COMMAND",
    description = {
      "Computes experiment metrics in your own Postgres, incrementally and exactly.",
      "",
      "Assignments, facts, metrics and policies stand in one file, traffical.yaml. Results are",
      "published into the schema that the file names (traffical unless it says otherwise).",
      ""
    },
    footer = {
      "",
      "Begin with: traffical init, then traffical validate, then traffical run.",
      "traffical COMMAND --help describes one command."
    })
final class TrafficalCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help and exit.")
  @SuppressWarnings("unused") // picocli acts on it by itself
  private boolean isHelp;

  @Override
  public Integer call() {
    throw new ParameterException(spec.commandLine(), "name a command");
  }
}
