package io.traffical.pipeline.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InitCommandTest {
  @TempDir private Path directory;

  @Test
  void writesAFileThatIsValidWithoutAnyEnvironment() {
    Path target = directory.resolve("new/project");

    Invocation init = Invocation.of("init", target.toString());

    String file = target.resolve("traffical.yaml").toString();
    assertThat(init)
        .isEqualTo(
            new Invocation(
                0,
                "wrote "
                    + file
                    + "\nwrote "
                    + target.resolve("traffical.schema.json")
                    + "\nwrote "
                    + target.resolve("role.sql")
                    + "\n",
                "Edit "
                    + file
                    + " and "
                    + target.resolve("role.sql")
                    + ", then: traffical validate -c "
                    + file
                    + "\n"));
    assertThat(target.resolve("traffical.yaml"))
        .content()
        .startsWith("# yaml-language-server: $schema=traffical.schema.json\n");
    assertThat(target.resolve("traffical.schema.json"))
        .content()
        .contains("\"$schema\": \"https://json-schema.org/draft/2020-12/schema\"");
    assertThat(Invocation.of("validate", "--offline", "-c", file))
        .isEqualTo(
            new Invocation(
                0,
                file
                    + " is valid: 1 policy, 3 metrics, 1 assignment definition, 1 fact"
                    + " definition.\n",
                ""));
  }

  @Test
  void everyExampleInACommentIsValidToo() throws IOException {
    Invocation.of("init", directory.toString());
    Path file = directory.resolve("traffical.yaml");
    String text = Files.readString(file);
    String uncommented = text.replaceAll("(?m)^( *)# ( *(- |[A-Za-z0-9_]+:( |$)).*)$", "$1$2");
    Files.writeString(file, uncommented);
    Files.writeString(directory.resolve("metrics.yaml"), "version: \"1.0\"\n");

    Invocation validate = Invocation.of("validate", "--offline", "-c", file.toString());

    assertThat(validate.err()).isEmpty();
    assertThat(validate.out())
        .contains("is valid: 1 policy, 9 metrics, 1 assignment definition, 2 fact");
  }

  @Test
  void grantsWhatTheDocumentationPageGrants() throws IOException {
    Invocation.of("init", directory.toString());

    assertThat(Files.readString(directory.resolve("role.sql")))
        .contains(
            "CREATE ROLE traffical LOGIN PASSWORD '<strong-random-password>';",
            "GRANT CONNECT ON DATABASE your_database TO traffical;",
            "GRANT USAGE ON SCHEMA analytics TO traffical;",
            "GRANT SELECT ON ALL TABLES IN SCHEMA analytics TO traffical;",
            "ALTER DEFAULT PRIVILEGES IN SCHEMA analytics\n  GRANT SELECT ON TABLES TO traffical;",
            "GRANT CREATE ON DATABASE your_database TO traffical;");
  }

  @Test
  void forAFileThatIsThereItGrantsWhatThatNames() throws IOException {
    Invocation.of("init", directory.toString());
    Files.delete(directory.resolve("role.sql"));
    Path file = directory.resolve("traffical.yaml");
    Files.writeString(
        file,
        Files.readString(file)
            .replaceFirst("database: .*", "database: My Shop")
            .replaceFirst("username: .*", "username: metrics")
            .replaceFirst("FROM analytics\\.experiment_assignments", "FROM \"Exp\".assigned"));

    Invocation init = Invocation.of("init", directory.toString());

    assertThat(init.exitCode()).as(init.err()).isZero();
    assertThat(init.out()).isEqualTo("wrote " + directory.resolve("role.sql") + "\n");
    assertThat(Files.readString(directory.resolve("role.sql")))
        .contains(
            "after replacing the password. Afterwards, traffical doctor says",
            "CREATE ROLE metrics LOGIN PASSWORD",
            "GRANT CONNECT ON DATABASE \"My Shop\" TO metrics;",
            "GRANT USAGE ON SCHEMA \"Exp\" TO metrics;\n",
            "ALTER DEFAULT PRIVILEGES IN SCHEMA \"Exp\"\n  GRANT SELECT ON TABLES TO metrics;\n",
            "GRANT USAGE ON SCHEMA analytics TO metrics;\n",
            "-- GRANT SELECT ON ALL TABLES IN SCHEMA \"Exp\" TO traffical_reader;\n",
            "-- GRANT USAGE, CREATE ON SCHEMA traffical TO metrics;",
            "-- ALTER ROLE metrics BYPASSRLS;")
        .doesNotContain("your_database", "TO traffical;");
  }

  @Test
  void overwritesNothing() throws IOException {
    Path role = Files.writeString(directory.resolve("role.sql"), "mine");

    assertThat(Invocation.of("init", directory.toString()))
        .isEqualTo(
            new Invocation(
                1,
                "",
                "ERROR traffical init: "
                    + role
                    + " is already there; remove it, or name another directory\n"));
    assertThat(role).hasContent("mine");
    assertThat(directory.resolve("traffical.yaml")).doesNotExist();
  }

  @Test
  void listsProblemsAsRowsForPrograms() throws IOException {
    Path file = Files.writeString(directory.resolve("bad.yaml"), "version: \"2.0\"\n");

    Invocation validate =
        Invocation.of("validate", "--offline", "--format", "json", "-c", file.toString());

    assertThat(validate.exitCode()).isEqualTo(1);
    assertThat(validate.out())
        .contains(
            "{ \"file\" : \""
                + file
                + "\", \"line\" : 1, \"severity\" : \"error\", \"message\" : \"version must be 1.0,"
                + " found \\\"2.0\\\"\", \"remedy\" : \"write version: \\\"1.0\\\"\" }");
  }
}
