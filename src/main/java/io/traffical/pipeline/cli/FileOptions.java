package io.traffical.pipeline.cli;

import io.traffical.pipeline.config.DefinitionReader;
import io.traffical.pipeline.config.InvalidDefinitionsException;
import io.traffical.pipeline.config.Problem;
import io.traffical.pipeline.definition.Definitions;
import java.nio.file.Path;
import java.util.Locale;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** The options that every command has. */
final class FileOptions {
  @Option(
      names = {"-c", "--config"},
      paramLabel = "FILE",
      defaultValue = "traffical.yaml",
      description = "The definition file (default: ${DEFAULT-VALUE}).")
  private Path file;

  @Option(
      names = "--format",
      paramLabel = "table|json",
      defaultValue = "table",
      converter = FormatConverter.class,
      description = "How results are printed (default: table).")
  private Output.Format format;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help and exit.")
  @SuppressWarnings("unused") // picocli acts on it by itself
  private boolean isHelp;

  Path file() {
    return file;
  }

  Output.Format format() {
    return format;
  }

  Output output(Terminal terminal) {
    return new Output(terminal.out(), format, terminal.width());
  }

  /**
   * Returns the definitions in the file.
   *
   * @throws InvalidDefinitionsException naming every problem, when there are errors
   */
  Definitions read(Terminal terminal) {
    return DefinitionReader.read(file, terminal.environment());
  }

  /** Returns the definitions as {@link #read} does, and prints warnings about them. */
  Definitions readAndWarn(Terminal terminal) {
    DefinitionReader.Result result = DefinitionReader.check(file, terminal.environment());
    Definitions definitions = result.orThrow();
    result.problems().stream().map(Problem::text).forEach(terminal.err()::println);
    return definitions;
  }

  /** Reads {@code table} or {@code json}. */
  static final class FormatConverter implements ITypeConverter<Output.Format> {
    @Override
    public Output.Format convert(String text) {
      for (Output.Format format : Output.Format.values()) {
        if (format.name().toLowerCase(Locale.ROOT).equals(text)) {
          return format;
        }
      }
      throw new TypeConversionException(Words.mustBe("table or json", text));
    }
  }
}
