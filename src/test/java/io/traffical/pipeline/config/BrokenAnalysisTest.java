package io.traffical.pipeline.config;

import static io.traffical.pipeline.config.BrokenDefinitionsTest.GOOD;
import static io.traffical.pipeline.config.BrokenDefinitionsTest.row;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Mistakes in what is analysed, and how: entities, dimensions, roles and statistics. */
class BrokenAnalysisTest {
  private static final String STARTS_AT = "    startsAt: 2026-01-01T00:00:00Z\n";

  @TempDir private Path directory;

  @ParameterizedTest
  @MethodSource({"pipelines", "sources", "roles", "statistics"})
  void namesPlaceFaultAndRemedy(String good, String broken, List<String> messages)
      throws IOException {
    assertThat(GOOD).contains(good);
    Path file = directory.resolve("traffical.yaml");
    Files.writeString(file, GOOD.replace(good, broken));

    assertThat(BrokenDefinitionsTest.texts(file)).containsExactlyElementsOf(messages);
  }

  static Stream<Arguments> pipelines() {
    return Stream.of(
        pipeline(
            "sequential: \"true\"",
            "pipeline.sequential must be true, false or { targetSampleSize: N }, found \"true\";"
                + " write one of them, without quotes."),
        pipeline(
            "sequential: {}",
            "pipeline.sequential has no targetSampleSize; add the units that you expect in total."),
        pipeline(
            "sequential: { targetSampleSize: 1 }",
            "pipeline.sequential.targetSampleSize must be 2 to 999999999, found \"1\"; write the"
                + " units of all allocations together."),
        pipeline(
            "cuped: yes",
            "pipeline.cuped must be true or false, found \"yes\"; write one, without quotes."),
        pipeline(
            "maxDimensionValues: 1001",
            "pipeline.maxDimensionValues must be 1 to 1000, found \"1001\"; use 20, for example."),
        pipeline(
            "allocationFloor: -1",
            "pipeline.allocationFloor must be 0 to 999999999, found \"-1\"; use 0 for no floor."));
  }

  private static Arguments pipeline(String broken, String message) {
    return row("window: 1h", broken, "8: " + message);
  }

  static Stream<Arguments> sources() {
    String entity = "    entity: company\n";
    return Stream.of(
        row(
            entity,
            entity + "    entities: [user]\n",
            "24: fact \"invoices\" has both entity and entities; keep one of them."),
        row(
            entity,
            "    entities: []\n",
            "23: fact \"invoices\" has no entities; name one of entities."),
        row(
            entity,
            "    entities: [company, usr, company]\n",
            "23: entities of fact \"invoices\" names the entity \"usr\", which is not defined; did"
                + " you mean \"user\"?",
            "23: entities of fact \"invoices\" names the entity \"company\" twice; remove it."),
        row(
            entity,
            "    entities: [company, user]\n    timestampColumn: user_id\n",
            "24: timestampColumn of fact \"invoices\" is also the key column of entity \"user\"; name"
                + " the column with the time of the fact."),
        row(
            GOOD,
            GOOD.replace("companyId", "userId").replace(entity, "    entities: [user, company]\n"),
            "23: fact \"invoices\" has the entities \"user\" and \"company\", whose keys are both in"
                + " column \"user_id\"; give one of the entities another column."),
        row(
            entity,
            entity + "    dimensions: [plan, event_time, plan]\n",
            "24: dimensions of fact \"invoices\" cannot be \"event_time\", which the fact needs for"
                + " something else; name a further column, such as country.",
            "24: dimensions of fact \"invoices\" names \"plan\" twice; remove it."),
        row(
            GOOD,
            GOOD.replace(
                    "exposures:\n    entity: user\n",
                    "exposures:\n    entity: user\n    dimensions: [plan]\n")
                .replace(entity, "    entities: [company, user]\n    dimensions: [plan]\n"),
            "25: fact \"invoices\" has the dimension \"plan\", as assignment \"exposures\" has; give"
                + " one of the two columns another name with AS."),
        row(
            entity,
            entity + "    dimensions: [" + numbered(21) + "]\n",
            "24: fact \"invoices\" has 21 dimensions; keep the 20 that matter most."),
        row(
            "exposures:\n    entity: user\n",
            "exposures:\n    entity: user\n    dimensions: [country, user_id, policy_key, country]\n",
            "15: dimensions of assignment \"exposures\" cannot be \"user_id\", which the assignment"
                + " needs for something else; name a further column, such as country.",
            "15: dimensions of assignment \"exposures\" cannot be \"policy_key\", which the"
                + " assignment needs for something else; name a further column, such as country.",
            "15: dimensions of assignment \"exposures\" names \"country\" twice; remove it."));
  }

  private static String numbered(int columns) {
    return IntStream.range(0, columns).mapToObj(i -> "d" + i).collect(Collectors.joining(", "));
  }

  static Stream<Arguments> roles() {
    return Stream.of(
        policy(
            "goal: order_per_user",
            "33: goal of policy \"pricing_test\" names the metric \"order_per_user\", which is not"
                + " defined; did you mean \"orders_per_user\"?"),
        policy(
            "goal: invoiced",
            "33: goal of policy \"pricing_test\" names the metric \"invoiced\", whose fact"
                + " \"invoices\" has the entity \"company\"; use metrics of the entity \"user\"."),
        policy(
            "guardrails: [ {} ]",
            "33: guardrail 1 of policy \"pricing_test\" has no metric; name one of metrics.",
            "33: guardrail 1 of policy \"pricing_test\" has no direction; add direction:"
                + " must_not_decrease or must_not_increase.",
            "33: guardrail 1 of policy \"pricing_test\" has no threshold; add threshold: 0.01 for"
                + " one percent."),
        policy(
            "guardrails: [ { metric: orders_per_user, direction: decrease, threshold: -0.01 } ]",
            "33: direction of guardrail 1 of policy \"pricing_test\" cannot be \"decrease\"; use"
                + " must_not_decrease or must_not_increase.",
            "33: threshold of guardrail 1 of policy \"pricing_test\" must be at least 0, found"
                + " \"-0.01\"; use 0.01 for one percent of the control."),
        policy(
            "guardrails: [ { metric: orders_per_user, direction: must_not_increase, threshold: 5 } ]",
            "33: warning: threshold of guardrail 1 of policy \"pricing_test\" allows a change of 100"
                + " percent or more; write one percent as 0.01."),
        policy(
            "goal: orders_per_user\n    guardrails: [ { metric: orders_per_user, direction:"
                + " must_not_increase, threshold: 0 } ]",
            "34: metric of guardrail 1 of policy \"pricing_test\" names the metric"
                + " \"orders_per_user\", which is already the goal; keep one of the two."),
        policy(
            "guardrails: [ { metric: orders_per_user, direction: must_not_increase, threshold: 0 },"
                + " { metric: orders_per_user, direction: must_not_decrease, threshold: 0 } ]",
            "33: metric of guardrail 2 of policy \"pricing_test\" names the metric"
                + " \"orders_per_user\", which is already a guardrail; keep one of the two."));
  }

  static Stream<Arguments> statistics() {
    String refused =
        "policy \"pricing_test\" cannot have correction: holm because its results are sequential,"
            + " which have no p-values to correct; remove correction, or add sequential: false.";
    return Stream.of(
        policy(
            "correction: bonferroni",
            "33: correction of policy \"pricing_test\" cannot be \"bonferroni\"; use none, holm or"
                + " bh."),
        policy("correction: holm\n    sequential: { targetSampleSize: 20000 }", "33: " + refused),
        row(
            "window: 1h\n" + GOOD.substring(GOOD.indexOf("entities"), GOOD.length()),
            "sequential: true\n"
                + GOOD.substring(GOOD.indexOf("entities"), GOOD.length())
                + "    correction: holm\n",
            "33: " + refused),
        policy(
            "sequential: 20000",
            "33: sequential of policy \"pricing_test\" must be true, false or { targetSampleSize: N"
                + " }, found \"20000\"; write one of them, without quotes."),
        policy(
            "sequential: { targetSampleSize: many }",
            "33: targetSampleSize of sequential of policy \"pricing_test\" must be a whole number,"
                + " found \"many\"; write one such as 2, without quotes."),
        policy(
            "cuped: true",
            "33: warning: cuped of policy \"pricing_test\" has no effect: none of its metrics has a"
                + " lookback; add cuped: { lookbackDays: 14 } to a metric."),
        policy(
            "confidence: 0",
            "33: confidence of policy \"pricing_test\" must be between 0 and 1, found \"0\"; use 0.95"
                + " for 95 percent."));
  }

  private static Arguments policy(String key, String... messages) {
    return row(STARTS_AT, STARTS_AT + "    " + key + "\n", messages);
  }
}
