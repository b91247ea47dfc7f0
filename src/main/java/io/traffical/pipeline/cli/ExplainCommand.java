package io.traffical.pipeline.cli;

import io.traffical.pipeline.definition.Definitions;
import io.traffical.pipeline.run.ExplainService;
import io.traffical.pipeline.run.Explanation;
import io.traffical.pipeline.sql.Wording;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Explains what one unit's rows amount to. */
@Command(
    name = "explain",
    description = {
      "Shows a unit's exposures and facts, which of them count for a metric and why the others do",
      "not, and what they amount to, beside what is stored.",
      "",
      "Reads the unit's rows with the definitions' own SQL, from 30 days before the policy starts",
      "to 30 days after it ends, and decides as a run does. Quick where the source has an index on",
      "the unit's key. Writes nothing.",
      ""
    },
    footer = {
      "",
      "Examples:",
      "  traffical explain pricing_test revenue_per_user u4711",
      "  traffical explain pricing_test revenue_per_user u4711 --format json | jq '.[] |"
          + " select(.counted)'"
    })
final class ExplainCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Mixin private final FileOptions options = new FileOptions();

  @Parameters(index = "0", paramLabel = "POLICY", description = "A policy.")
  private String policy;

  @Parameters(index = "1", paramLabel = "METRIC", description = "One of its metrics.")
  private String metric;

  @Parameters(index = "2", paramLabel = "UNIT", description = "The key of a unit.")
  private String unit;

  @Option(
      names = "--limit",
      paramLabel = "N",
      defaultValue = "1000",
      description =
          "Show at most the N oldest exposures and the N newest facts (default: ${DEFAULT-VALUE})."
              + " Totals are always over all.")
  private int limit;

  ExplainCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    if (limit < 1) {
      throw new UsageException("--limit " + Words.mustBe("at least 1", Integer.toString(limit)));
    }
    Definitions definitions = options.read(terminal);
    checkNames(definitions);
    Explanation explanation = new ExplainService(definitions, policy, metric).explain(unit, limit);
    boolean isUnknown =
        explanation.rows().isEmpty()
            && (explanation.stored() == null || explanation.stored().assigned() == null);
    if (options.output(terminal).isJson()) {
      options
          .output(terminal)
          .print(ExplainRows.json(explanation, definitions.metrics().get(metric), isUnknown));
    } else if (!isUnknown) {
      print(definitions, explanation);
    }
    if (isUnknown) {
      terminal
          .err()
          .printf(
              "No row of unit %s from %s to %s: neither an exposure of policy %s nor a fact of"
                  + " metric %s.%n",
              Wording.quoted(explanation.unit()),
              explanation.readFrom(),
              explanation.readTo(),
              policy,
              metric);
    }
    return ExitCode.DONE.code();
  }

  private void print(Definitions definitions, Explanation explanation) {
    ExplainText text = new ExplainText(definitions, policy, metric, explanation);
    text.header().forEach(terminal.out()::println);
    terminal.out().println();
    options.output(terminal).print(ExplainRows.table(explanation));
    terminal.out().println();
    text.totals().forEach(terminal.out()::println);
  }

  private void checkNames(Definitions definitions) {
    Words.requireKnown("policy", policy, definitions.policies().keySet());
    Words.requireKnown("metric", metric, definitions.metrics().keySet());
    List<String> metrics = definitions.policies().get(policy).metrics();
    if (!metrics.contains(metric)) {
      throw new UsageException(
          "policy "
              + Wording.quoted(policy)
              + " does not have the metric "
              + Wording.quoted(metric)
              + "; it has "
              + Wording.list(metrics, "and"));
    }
  }
}
