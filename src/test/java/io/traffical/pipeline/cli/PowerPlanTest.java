package io.traffical.pipeline.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.traffical.pipeline.cli.PowerPlan.Size;
import io.traffical.pipeline.definition.Definitions.Correction;
import io.traffical.pipeline.definition.Definitions.Policy;
import io.traffical.pipeline.definition.Metric.Aggregation;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * Two arms of 100 users each, control 1 per user, error of the lift 0.2: a variance of 2 per user.
 * Expected: statsmodels 0.15.0, NormalIndPower.solve_power, alternative larger at alpha / 2; the
 * detectable effect by scipy 1.17.1, (norm.ppf(0.975) + norm.ppf(0.8)) * sqrt(2 * 4 / 200).
 */
class PowerPlanTest {
  private static Policy policy(double control) {
    Map<String, Double> allocations = new LinkedHashMap<>();
    allocations.put("control", control);
    allocations.put("treatment", 1 - control);
    return new Policy(
        "pricing_test",
        "user",
        allocations,
        "control",
        Instant.EPOCH,
        null,
        List.of("m"),
        null,
        List.of(),
        0.95,
        null,
        false,
        Correction.HOLM);
  }

  private static PowerPlan plan(ShownRow treatment, Double error, double control, double perDay) {
    ResultRow row = treatment.row();
    return PowerPlan.of(row, row, error, policy(control), 200, perDay);
  }

  @Test
  void sizesAreThoseOfStatsmodels() {
    PowerPlan plan = plan(ShownRow.of(Aggregation.SUM), 0.2, 0.5, 1000);

    assertThat(plan.unitVariance()).isCloseTo(2, within(1e-12));
    assertThat(plan.detectableEffect()).isCloseTo(0.5603170436225937, within(1e-9));
    assertThat(plan.sizes(List.of(0.01, 0.02, 0.05, 0.1)))
        .containsExactly(
            new Size(0.01, 627_911L, 313_956L, 313_956L, 627_711L, 628L),
            new Size(0.02, 156_978L, 78_489L, 78_489L, 156_778L, 157L),
            new Size(0.05, 25_117L, 12_559L, 12_559L, 24_917L, 25L),
            new Size(0.1, 6_280L, 3_140L, 3_140L, 6_080L, 7L));
    assertThat(plan(ShownRow.of(Aggregation.SUM), 0.2, 0.2, 1000).size(0.1))
        .isEqualTo(new Size(0.1, 9_812L, 1_963L, 7_850L, 9_612L, 10L));
  }

  @Test
  void whatIsThereAlreadyNeedsNoDays() {
    assertThat(plan(ShownRow.of(Aggregation.SUM), 0.2, 0.5, 0).size(0.6))
        .isEqualTo(new Size(0.6, 175L, 88L, 88L, 0L, 0L));
  }

  @Test
  void withoutNewUnitsThereIsNoEnd() {
    assertThat(plan(ShownRow.of(Aggregation.SUM), 0.2, 0.5, 0).size(0.1).daysToGo()).isNull();
  }

  @Test
  void whatCannotBeComputedHasAReason() {
    PowerPlan constant = plan(ShownRow.of(Aggregation.SUM).because("zero_variance"), null, 0.5, 10);
    PowerPlan empty = plan(ShownRow.of(Aggregation.SUM), null, 0.5, 10);
    ResultRow row = ShownRow.of(Aggregation.SUM).row();
    PowerPlan ofZero =
        PowerPlan.of(ShownRow.of(Aggregation.SUM).worth(0.0).row(), row, 0.2, policy(0.5), 200, 10);

    assertThat(constant.reason()).isEqualTo("zero_variance");
    assertThat(empty.reason()).isEqualTo("insufficient_units");
    assertThat(ofZero.reason()).isEqualTo("control_zero");
    for (PowerPlan plan : List.of(constant, empty, ofZero)) {
      assertThat(plan.detectableEffect()).isNull();
      assertThat(plan.size(0.1)).isEqualTo(new Size(0.1, null, null, null, null, null));
    }
    assertThat(printed(ofZero))
        .contains(
            "treatment against control: no size can be computed: control is 0, and a change is a"
                + " share of it\n");
    assertThat(printed(constant))
        .contains("no size can be computed: all users of an allocation have the same value\n");
  }

  @Test
  void saysWhatTheSizesDoNotCover() {
    assertThat(printed(plan(ShownRow.of(Aggregation.SUM).cuped(0.25), 0.2, 0.5, 10)))
        .contains("; CUPED takes 25.0 % off the variance\n")
        .endsWith(
            """
            A change of this size is found with a chance of 80 %, by a two-sided test at 95 % confidence.
            That is one comparison; corrected for all of the policy it needs more.
            """);
  }

  private static String printed(PowerPlan plan) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    new PowerTable(new PrintStream(bytes, true, StandardCharsets.UTF_8))
        .print(List.of(plan), List.of(0.1));
    return bytes.toString(StandardCharsets.UTF_8);
  }
}
