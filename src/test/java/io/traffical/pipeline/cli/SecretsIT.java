package io.traffical.pipeline.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.traffical.pipeline.testing.Shop;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A canary for a password: whatever is done with it, it is in nothing that the program writes. */
class SecretsIT {
  private static final String CANARY = "canary-" + UUID.randomUUID();

  @TempDir private Path directory;
  private Shop shop;

  @BeforeEach
  void createShop() {
    shop = new Shop().fill(100, 6).replace("password: postgres", "password: \"${CANARY}\"");
  }

  @AfterEach
  void dropDatabase() {
    shop.close();
  }

  @Test
  void commandsAndTablesDoNotShowThePassword() throws Exception {
    Path good = write("good.yaml", shop.file());
    Path partial = write("partial.yaml", shop.file().replace("src.visits", "src.missing"));
    Path refused =
        write("refused.yaml", shop.file().replace("username: postgres", "username: nobody"));

    assertHasNoCanary("validate", 0, good);
    assertHasNoCanary("run --to 2026-01-01T03:00:00Z", 0, good);
    assertHasNoCanary("run --to 2026-01-01T06:00:00Z", 4, partial);
    assertHasNoCanary("run", 2, refused);
    for (String command : List.of("plan", "results", "runs", "runs --sql", "health")) {
      List<String> line = new ArrayList<>(List.of(command.split(" ", -1)));
      line.addAll(List.of("-c", good.toString()));
      Invocation said = Invocation.with(environment(), line.toArray(String[]::new));
      assertThat(said.out() + said.err()).as(command).isNotEmpty().doesNotContain(CANARY);
    }

    for (String table :
        shop.database()
            .rows("SELECT tablename FROM pg_tables WHERE schemaname = 'traffical' ORDER BY 1")) {
      assertThat(
              shop.database().rows("SELECT t::text FROM traffical.\"" + table + "\" t").toString())
          .as(table)
          .doesNotContain(CANARY);
    }
    assertThat(shop.database().rows("SELECT count(*) FROM traffical.runs")).containsExactly("2");
  }

  /** Runs a command in a process of its own, with stack traces switched on. */
  private void assertHasNoCanary(String command, int exitCode, Path file) throws Exception {
    Path said = directory.resolve("said.txt");
    List<String> line = new ArrayList<>();
    line.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    line.addAll(List.of("--add-opens", "java.base/java.util=ALL-UNNAMED", "-Xmx512m"));
    line.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
    line.addAll(List.of(command.split(" ", -1)));
    line.addAll(List.of("-c", file.toString()));
    ProcessBuilder builder =
        new ProcessBuilder(line).redirectErrorStream(true).redirectOutput(said.toFile());
    builder.environment().putAll(environment());
    builder.environment().put("TRAFFICAL_DEBUG", "1");
    Process process = builder.start();
    try {
      assertThat(process.info().commandLine().orElse("")).doesNotContain(CANARY);
      assertThat(process.waitFor(5, TimeUnit.MINUTES)).as("%s ends", command).isTrue();
    } finally {
      process.destroyForcibly();
    }
    String text = Files.readString(said);
    assertThat(process.exitValue()).as(command + "\n" + text).isEqualTo(exitCode);
    assertThat(text).as(command).doesNotContain(CANARY);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "jdbc:postgresql://u:P@h/d",
        "postgresql:/u:P@h/d",
        "postgresql://u:P@h:port/d",
        "postgresql://u:%P@h/d",
        "postgresql://u:x/P@h/d",
        "postgresql://u:x@P@h/d",
        "postgresql://u:x?P@h/d",
        "postgresql://u:x#P@/d",
        "postgresql://u:P@h d/d",
        "postgresql://u:P@h/d?sslmode=P",
        "postgresql://u:P@h/d?password=P",
        "postgresql://u:P@h/d?options=-cP",
        "host=h password=P",
        "P",
      })
  void h5_aMalformedConnectionStringIsRefusedWithoutItsSecret(String string) throws IOException {
    Path file =
        write("traffical.yaml", "version: \"1.0\"\nconnection: { connectionString: \"${URL}\" }\n");
    Map<String, String> environment =
        Map.of("URL", string.replace("P", CANARY), "TRAFFICAL_DEBUG", "1");

    for (String command : List.of("validate", "run", "plan")) {
      Invocation said = Invocation.with(environment, command, "-c", file.toString());

      assertThat(said.exitCode()).isEqualTo(1);
      assertThat(said.out() + said.err())
          .contains("connection.connectionString ")
          .doesNotContain(CANARY);
    }
  }

  private static Map<String, String> environment() {
    return Map.of("CANARY", CANARY);
  }

  private Path write(String name, String text) throws IOException {
    return Files.writeString(directory.resolve(name), text);
  }
}
