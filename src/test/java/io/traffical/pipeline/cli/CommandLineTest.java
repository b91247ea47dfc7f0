package io.traffical.pipeline.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.traffical.pipeline.run.RunFailure;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class CommandLineTest {
  @TempDir private static Path directory;

  static Stream<Arguments> wrongUsage() {
    return Stream.of(
        arguments(List.of(), "ERROR traffical: name a command"),
        arguments(List.of("rnu"), "ERROR traffical: unknown command \"rnu\"; did you mean run?"),
        arguments(
            List.of("nurse"),
            "ERROR traffical: unknown command \"nurse\"; there is demo, init, doctor, validate,"
                + " preview, plan, run, backfill, runs, freshness, status, results, health,"
                + " explain, power and drop"),
        arguments(
            List.of("preview", "metric", "orders"),
            "ERROR traffical preview: KIND must be assignment or fact, found \"metric\""),
        arguments(
            List.of("preview", "fact", "orders", "--limit", "0"),
            "ERROR traffical preview: --limit must be at least 1, found \"0\""),
        arguments(
            List.of(
                "preview",
                "fact",
                "orders",
                "--from",
                "2026-01-02T00:00:00Z",
                "--to",
                "2026-01-01T00:00:00Z"),
            "ERROR traffical preview: --to must be after --from, found 2026-01-02T00:00:00Z to"
                + " 2026-01-01T00:00:00Z"),
        arguments(List.of("drop"), "ERROR traffical drop: POLICY needs a value"),
        arguments(
            List.of("run", "--too", "x"),
            "ERROR traffical run: unknown option \"--too\"; did you mean --to?"),
        arguments(
            List.of("run", "--to", "2026-01-01"),
            "ERROR traffical run: --to must be a time with its zone such as 2026-01-01T00:00:00Z,"
                + " found \"2026-01-01\""),
        arguments(
            List.of("results", "--as-of", "2026-01-01' OR '1'='1"),
            "ERROR traffical results: --as-of must be a time with its zone such as"
                + " 2026-01-01T00:00:00Z, found \"2026-01-01' OR '1'='1\""),
        arguments(
            List.of("run", "--to", "2026-01-01T00:00:00"),
            "ERROR traffical run: --to must be a time with its zone such as 2026-01-01T00:00:00Z,"
                + " found \"2026-01-01T00:00:00\""),
        arguments(
            List.of("run", "--to", "+999999999-01-01T00:00:00Z"),
            "ERROR traffical run: --to must be a time with its zone such as 2026-01-01T00:00:00Z,"
                + " found \"+999999999-01-01T00:00:00Z\""),
        arguments(
            List.of("power", "--metric", "m", "--policy", "p", "--mde", "0"),
            "ERROR traffical power: --mde must be a share above 0, such as 0.02 for 2 %, found"
                + " \"0.0\""),
        arguments(
            List.of("run", "--follow", "--to", "2026-01-01T00:00:00Z"),
            "ERROR traffical run: has both --follow and --to; keep one"),
        arguments(
            List.of("run", "--follow", "--dry-run"),
            "ERROR traffical run: has both --follow and --dry-run; keep one"),
        arguments(
            List.of("run", "--follow", "--accept-shrink"),
            "ERROR traffical run: has both --follow and --accept-shrink; keep one"),
        arguments(
            List.of("run", "--follow", "--format", "json"),
            "ERROR traffical run: --follow prints no results; traffical runs --format json has what"
                + " its runs did"),
        arguments(List.of("run", "--to"), "ERROR traffical run: --to needs a value"),
        arguments(
            List.of("plan", "--format", "xml"),
            "ERROR traffical plan: --format must be table or json, found \"xml\""),
        arguments(
            List.of("plan", "-c", "a", "-c", "b"),
            "ERROR traffical plan: --config is given twice; keep one"),
        arguments(List.of("plan", "now"), "ERROR traffical plan: unexpected argument \"now\""),
        arguments(
            List.of("runs", "--sql"),
            "ERROR traffical runs: --sql needs a RUN_ID; traffical runs lists them"),
        arguments(
            List.of("backfill"), "ERROR traffical backfill: needs --from T or --full-refresh"),
        arguments(
            List.of("backfill", "--full-refresh", "--from", "2026-01-01T00:00:00Z"),
            "ERROR traffical backfill: has both --from and --full-refresh; keep one"),
        arguments(
            List.of(
                "backfill", "--from", "2026-01-02T00:00:00Z", "--to", "2026-01-02T01:00:00+01:00"),
            "ERROR traffical backfill: --to must be after --from, found 2026-01-02T00:00:00Z to"
                + " 2026-01-02T00:00:00Z"));
  }

  @ParameterizedTest
  @MethodSource("wrongUsage")
  void refusesWrongUsageWithCode1(List<String> args, String message) {
    Invocation refused = Invocation.of(args.toArray(String[]::new));

    assertThat(refused.exitCode()).isEqualTo(1);
    assertThat(refused.out()).isEmpty();
    assertThat(refused.err().lines().filter(line -> !line.matches("See traffical.* --help\\.")))
        .containsExactly(message);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"validate", "doctor", "plan", "run", "runs", "results", "freshness", "status"})
  void refusesAMissingFileWithCode1(String command) {
    Invocation refused = Invocation.of(command, "-c", "no/such.yaml");

    assertThat(refused.exitCode()).isEqualTo(1);
    assertThat(refused.out() + refused.err())
        .isEqualTo(
            """
            no/such.yaml: the file does not exist; name the definition file with -c.
            1 problem, nothing was run.
            """);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "init",
        "doctor",
        "validate",
        "preview",
        "plan",
        "run",
        "backfill",
        "runs",
        "results",
        "health",
        "explain",
        "power",
        "freshness",
        "status",
        "drop"
      })
  void everyCommandHasAHelpWithExamplesAndExitCodes(String command) {
    Invocation help = Invocation.of(command, "--help");

    assertThat(help.exitCode()).isZero();
    assertThat(help.err()).isEmpty();
    assertThat(help.out())
        .startsWith("Usage: traffical " + command + " ")
        .contains("--config=FILE", "(default: traffical.yaml)", "--format=table|json")
        .contains("Examples:", "Exit codes:", "another run is active", "130, 143");
  }

  @Test
  void theProgramsHelpListsTheCommands() {
    Invocation help = Invocation.of("--help");

    assertThat(help.exitCode()).isZero();
    assertThat(help.out())
        .contains("init", "doctor", "validate", "preview", "plan", "run", "backfill", "results");
  }

  @Test
  void namesTheNearestPolicyAndMetric() {
    String file = initialized();

    assertThat(
            Invocation.of("backfill", "--full-refresh", "-c", file, "--policy", "pricing-tset")
                .err())
        .isEqualTo(
            "ERROR traffical backfill: unknown policy \"pricing-tset\"; did you mean"
                + " \"pricing_test\"?\n");
    assertThat(Invocation.of("backfill", "--full-refresh", "-c", file, "--metric", "margin").err())
        .isEqualTo(
            "ERROR traffical backfill: unknown metric \"margin\"; there is purchase_rate,"
                + " revenue_per_user and orders_per_user\n");
  }

  @Test
  void namesTheNearestDefinition() {
    assertThat(Invocation.of("preview", "fact", "oders", "-c", initialized()).err())
        .isEqualTo("ERROR traffical preview: unknown fact \"oders\"; did you mean \"orders\"?\n");
  }

  @Test
  void everyKindOfFailureHasItsCode() {
    assertThat(Stream.of(RunFailure.Kind.values()).map(CommandLineTest::code))
        .containsExactly(1, 2, 3, 4, 4, 5);
  }

  private static int code(RunFailure.Kind kind) {
    return ExitCode.of(new RunFailure(kind, "", null)).code();
  }

  private static String initialized() {
    Path target = directory.resolve("names");
    Invocation.of("init", target.toString());
    return target.resolve("traffical.yaml").toString();
  }
}
