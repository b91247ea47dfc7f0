package io.traffical.pipeline.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.traffical.pipeline.testing.DefinitionFiles;
import io.traffical.pipeline.testing.TestDatabase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Commands that run no job answer without Flink and its log: each is a process of its own. */
class StartUpIT {
  private static final String SOURCE =
      """
      CREATE TABLE exposures (
        user_id text, assigned_at timestamptz, policy_key text, allocation_key text);
      CREATE TABLE orders (user_id text, event_time timestamptz);
      INSERT INTO exposures
        SELECT 'u' || i, '2026-01-01T00:30:00Z', 'p', CASE WHEN i % 2 = 0 THEN 'a' ELSE 'b' END
        FROM generate_series(1, 40) i;
      INSERT INTO orders
        SELECT 'u' || i, '2026-01-01T02:30:00Z' FROM generate_series(1, 40) i WHERE i % 3 > 0;
      """;

  private static final String DEFINITIONS =
      """
      entities:
        user: { keyType: userId }
      assignments:
        exposures:
          entity: user
          sql: |
            SELECT user_id, assigned_at, policy_key, allocation_key FROM public.exposures
            WHERE assigned_at BETWEEN '{{start_date}}'::timestamptz AND '{{end_date}}'::timestamptz
      facts:
        orders:
          entity: user
          sql: |
            SELECT user_id, event_time FROM public.orders
            WHERE event_time BETWEEN '{{start_date}}'::timestamptz AND '{{end_date}}'::timestamptz
      metrics:
        purchase_rate: { fact: orders, aggregation: conversion_rate }
      policies:
        p:
          entity: user
          allocations: { a: 0.5, b: 0.5 }
          startsAt: 2026-01-01T00:00:00Z
      """;

  private static final List<String> NOT_NEEDED =
      List.of("org.apache.flink.", "org.apache.logging.log4j.", "org.slf4j.");

  @TempDir private static Path directory;
  private static TestDatabase database;

  @BeforeAll
  static void publishResults() throws IOException {
    database = TestDatabase.create();
    database.execute(SOURCE);
    String connection = DefinitionFiles.connection(database);
    Path file = Files.writeString(directory.resolve("traffical.yaml"), connection + DEFINITIONS);
    Files.writeString(
        directory.resolve("refused.yaml"),
        connection.replace("username: postgres", "username: nobody") + DEFINITIONS);
    Invocation run = Invocation.of("run", "--to", "2026-01-01T04:00:00Z", "-c", file.toString());
    assertThat(run.exitCode()).as(run.err()).isZero();
  }

  @AfterAll
  static void drop() {
    database.close();
  }

  @ParameterizedTest
  @CsvSource({
    "--help, 0, Begin with: traffical init",
    "run --help, 0, traffical run --dry-run",
    "no-such-command, 1, unknown command",
    "init made, 0, wrote made",
    "validate --offline, 0, is valid: 1 policy",
    "validate, 0, is valid: 1 policy",
    "validate -c refused.yaml, 2, ERROR PERMISSION",
    "doctor, 0, as this version of the program makes them",
    "doctor -c refused.yaml, 2, PERMISSION [28000]",
    "preview fact orders --to 2026-01-01T03:00:00Z, 0, u2",
    "preview fact orders -c refused.yaml, 2, ERROR PERMISSION",
    "plan, 0, orders",
    "plan -c refused.yaml, 2, ERROR PERMISSION",
    "run --dry-run, 0, orders",
    "results, 0, purchase_rate",
    "results --format json, 0, purchase_rate",
    "results no-such-policy, 1, unknown policy",
    "runs, 0, succeeded",
    "status --check, 10, stale",
  })
  void answersWithoutLoadingFlink(String command, int exitCode, String says) throws Exception {
    Path loaded = Files.createTempFile(directory, "loaded", ".log");
    Path said = Files.createTempFile(directory, "said", ".txt");

    Process process = start(command, loaded, said);
    try {
      assertThat(process.waitFor(2, TimeUnit.MINUTES)).as("%s ends", command).isTrue();
    } finally {
      process.destroyForcibly();
    }

    assertThat(said).content().as("what %s says", command).contains(says);
    assertThat(process.exitValue()).as("exit code of %s", command).isEqualTo(exitCode);
    List<String> classes = classes(loaded);
    assertThat(classes).as("the classes of %s", command).contains(Main.class.getName());
    assertThat(classes.stream().filter(StartUpIT::isNotNeeded).findFirst())
        .as("the first class that %s loads and does not need", command)
        .isEmpty();
  }

  private static Process start(String command, Path loaded, Path said) throws IOException {
    List<String> line = new ArrayList<>();
    line.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    line.add("-Xlog:class+load=info:file=" + loaded);
    line.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx256m"));
    line.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
    line.addAll(List.of(command.split(" ")));
    ProcessBuilder builder =
        new ProcessBuilder(line)
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .redirectOutput(said.toFile());
    // They would change what the process prints, and perhaps what it loads.
    builder.environment().keySet().removeAll(List.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS"));
    return builder.start();
  }

  /** Reads lines such as {@code [0.1s][info][class,load] java.lang.String source: …}. */
  private static List<String> classes(Path log) throws IOException {
    try (Stream<String> lines = Files.lines(log)) {
      return lines.map(line -> line.replaceFirst("^(\\[[^]]*])+ ", "").split(" ", 2)[0]).toList();
    }
  }

  private static boolean isNotNeeded(String className) {
    return NOT_NEEDED.stream().anyMatch(className::startsWith);
  }
}
