package io.traffical.pipeline.cli;

import io.traffical.pipeline.definition.Definitions;
import io.traffical.pipeline.run.DropService;
import io.traffical.pipeline.sql.Wording;
import java.util.Collection;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Removes what is stored of a policy. */
@Command(
    name = "drop",
    description = {
      "Removes all that is stored of a policy: assignments, totals, results, health.",
      "",
      "Asks nothing, and is done at once or not at all. The source is not touched, and the list",
      "of runs stays. The policy may have left the file; while it is still in it, the next run",
      "computes it from its start again. Prints which tables had how many rows of it.",
      ""
    },
    footer = {"", "Examples:", "  traffical drop pricing_test"})
final class DropCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Mixin private final FileOptions options = new FileOptions();

  @Parameters(arity = "1", paramLabel = "POLICY", description = "The policy's key.")
  private String policy;

  DropCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    Definitions definitions = options.read(terminal);
    DropService service = new DropService(definitions);
    Collection<String> stored = service.policies();
    if (definitions.policies().containsKey(policy) && !stored.contains(policy)) {
      throw new UsageException("nothing is stored of policy " + Wording.quoted(policy));
    }
    Words.requireKnown("policy", policy, stored);
    options.output(terminal).print(service.drop(policy));
    if (definitions.policies().containsKey(policy)) {
      terminal
          .err()
          .println("Policy " + policy + " is still in the file: the next run computes it again.");
    }
    return ExitCode.DONE.code();
  }
}
