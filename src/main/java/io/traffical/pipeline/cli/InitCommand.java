package io.traffical.pipeline.cli;

import io.traffical.pipeline.config.DefinitionReader;
import io.traffical.pipeline.jdbc.Rows;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Writes the files to begin with. */
@Command(
    name = "init",
    description = {
      "Writes a commented traffical.yaml, the JSON Schema that lets editors complete it, and role.sql",
      "with the least privileges it needs.",
      "",
      "Asks no database. Refuses to overwrite a file. With -c, the definition file gets that name.",
      "Where that file is there already, only role.sql is written: for the database, the roles and the",
      "schemas that it names.",
      ""
    },
    footer = {
      "",
      "Examples:",
      "  traffical init",
      "  traffical init experiments",
      "  traffical validate --offline -c experiments/traffical.yaml"
    })
final class InitCommand implements Callable<Integer> {
  private static final String SCHEMA = "/io/traffical/pipeline/config/traffical.schema.json";

  private final Terminal terminal;

  @Mixin private final FileOptions options = new FileOptions();

  @Parameters(
      arity = "0..1",
      paramLabel = "DIR",
      defaultValue = "",
      description = "Where to write; created if missing (default: the current directory).")
  private Path directory;

  InitCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    Map<Path, String> files = new LinkedHashMap<>();
    Path definitions = directory.resolve(options.file());
    files.put(definitions, "traffical.yaml");
    files.put(definitions.resolveSibling("traffical.schema.json"), SCHEMA);
    Path role = directory.resolve("role.sql");
    files.put(role, "role.sql");
    if (Files.exists(definitions) && !Files.exists(role)) {
      String text = RoleFile.of(DefinitionReader.read(definitions, terminal.environment()));
      write(role, text);
      say(List.of(role), "Read " + role + ", then run it in psql as a privileged user.");
      return ExitCode.DONE.code();
    }
    for (Path file : files.keySet()) {
      if (Files.exists(file)) {
        throw refused(file);
      }
    }
    files.forEach((file, template) -> write(file, text(template)));
    say(
        files.keySet(),
        "Edit " + definitions + " and " + role + ", then: traffical validate -c " + definitions);
    return ExitCode.DONE.code();
  }

  private void say(Collection<Path> files, String next) {
    Rows written = Rows.of("file");
    files.forEach(file -> written.add(file.toString()));
    if (options.output(terminal).isJson()) {
      options.output(terminal).print(written);
    } else {
      files.forEach(file -> terminal.out().println("wrote " + file));
    }
    terminal.err().println(next);
  }

  private static String text(String template) {
    try (InputStream in = InitCommand.class.getResourceAsStream(template)) {
      return new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void write(Path file, String text) {
    try {
      if (file.toAbsolutePath().getParent() != null) {
        Files.createDirectories(file.toAbsolutePath().getParent());
      }
      Files.writeString(file, text, StandardOpenOption.CREATE_NEW);
    } catch (FileAlreadyExistsException e) {
      throw refused(file);
    } catch (IOException e) {
      throw new UsageException(
          file
              + ": cannot be written ("
              + e.getClass().getSimpleName()
              + "); name a directory that can be written to");
    }
  }

  private static UsageException refused(Path file) {
    return new UsageException(file + " is already there; remove it, or name another directory");
  }
}
