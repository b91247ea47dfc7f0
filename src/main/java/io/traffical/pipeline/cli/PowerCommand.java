package io.traffical.pipeline.cli;

import io.traffical.pipeline.definition.Definitions;
import io.traffical.pipeline.definition.Definitions.Policy;
import io.traffical.pipeline.jdbc.Schema;
import io.traffical.pipeline.jdbc.StoredResults;
import io.traffical.pipeline.jdbc.Tables;
import io.traffical.pipeline.run.Questions;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Shows how many units a metric needs to show a change. */
@Command(
    name = "power",
    description = {
      "Shows how many units a metric of a policy needs to show a change of a certain size, and",
      "which change the units so far can show.",
      "",
      "From the newest results of the metric: the control's value, and the error of the lift,"
          + " which",
      "CUPED has narrowed where it is on. The chance to find the change is 80 %%, in a two-sided",
      "test at the policy's confidence. Days to go follow from the new units of the last seven",
      "days. Writes nothing.",
      ""
    },
    footer = {
      "",
      "Examples:",
      "  traffical power --policy pricing_test --metric revenue_per_user",
      "  traffical power --policy pricing_test --metric revenue_per_user --mde 0.02"
    })
final class PowerCommand implements Callable<Integer> {
  private static final List<Double> USUAL = List.of(0.01, 0.02, 0.05, 0.1);

  private final Terminal terminal;

  @Mixin private final FileOptions options = new FileOptions();

  @Option(names = "--policy", paramLabel = "P", required = true, description = "The policy.")
  private String policyKey;

  @Option(names = "--metric", paramLabel = "M", required = true, description = "Its metric.")
  private String metricKey;

  @Option(
      names = "--mde",
      paramLabel = "X",
      description = "The change to find, as a share of the control's value: 0.02 is 2 %%.")
  private Double mde;

  PowerCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    if (mde != null && !(mde > 0 && Double.isFinite(mde))) {
      throw new UsageException(
          "--mde " + Words.mustBe("a share above 0, such as 0.02 for 2 %", mde.toString()));
    }
    Definitions definitions = options.read(terminal);
    Words.requireKnown("policy", policyKey, definitions.policies().keySet());
    Policy policy = definitions.policies().get(policyKey);
    Words.requireKnown("metric", metricKey, policy.metrics());
    List<PowerPlan> plans =
        Questions.ask(definitions, connection -> plans(connection, definitions, policy));
    List<Double> effects = mde == null ? USUAL : List.of(mde);
    if (options.output(terminal).isJson()) {
      options.output(terminal).print(PowerRows.of(plans, effects));
    } else if (!plans.isEmpty()) {
      new PowerTable(terminal.out()).print(plans, effects);
    }
    warn(definitions, plans);
    return ExitCode.DONE.code();
  }

  private List<PowerPlan> plans(Connection connection, Definitions definitions, Policy policy)
      throws SQLException {
    Tables tables = new Tables(definitions.schema());
    if (!new Schema(tables).exists(connection)) {
      return List.of();
    }
    StoredResults stored = new StoredResults(connection, tables);
    return PowerPlans.read(stored, definitions, policy, metricKey);
  }

  private void warn(Definitions definitions, List<PowerPlan> plans) {
    if (plans.isEmpty()) {
      terminal
          .err()
          .printf(
              "No results of metric %s in policy %s yet in schema %s.%n",
              metricKey, policyKey, definitions.schema());
    }
    if (mde != null && mde >= 1) {
      terminal
          .err()
          .printf("--mde %s is a change of 100 %% or more; write one percent as 0.01.%n", mde);
    }
  }
}
