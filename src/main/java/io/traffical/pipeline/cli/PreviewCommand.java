package io.traffical.pipeline.cli;

import io.traffical.pipeline.config.DefinitionReader;
import io.traffical.pipeline.config.Place;
import io.traffical.pipeline.config.Problem;
import io.traffical.pipeline.config.Problem.Severity;
import io.traffical.pipeline.definition.Definitions;
import io.traffical.pipeline.jdbc.Trouble;
import io.traffical.pipeline.run.Questions;
import io.traffical.pipeline.run.Sample;
import io.traffical.pipeline.window.DefinitionRef;
import io.traffical.pipeline.window.DefinitionRef.Kind;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.TypeConversionException;

/** Shows what a definition's SQL returns. */
@Command(
    name = "preview",
    description = {
      "Shows some rows that the SQL of an assignment or fact definition returns.",
      "",
      "Renders the SQL for the last due window, or for the time that is given, and asks the source",
      "as a run does: in a read-only transaction, with the statement timeout. The rendered SQL and",
      "the columns with their types go to standard error, the rows to standard output. A run drops",
      "rows outside the window; here they are shown.",
      ""
    },
    footer = {
      "",
      "Examples:",
      "  traffical preview fact orders",
      "  traffical preview assignment experiments --limit 100 --format json",
      "  traffical preview fact orders --from 2026-01-01T00:00:00Z --to 2026-01-02T00:00:00Z"
    })
final class PreviewCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Mixin private final FileOptions options = new FileOptions();

  @Parameters(
      index = "0",
      paramLabel = "KIND",
      converter = KindConverter.class,
      description = "assignment or fact.")
  private Kind kind;

  @Parameters(index = "1", paramLabel = "NAME", description = "The definition's name in the file.")
  private String name;

  @Option(
      names = "--limit",
      paramLabel = "N",
      defaultValue = "10",
      description = "Show at most N rows (default: ${DEFAULT-VALUE}).")
  private int limit;

  @Option(
      names = "--from",
      paramLabel = "T",
      converter = InstantConverter.class,
      description = "First time to read, such as 2026-01-01T00:00:00Z.")
  private Instant from;

  @Option(
      names = "--to",
      paramLabel = "T",
      converter = InstantConverter.class,
      description = "First time after what is read. One of the two alone stands for one window.")
  private Instant to;

  PreviewCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    checkOptions();
    DefinitionReader.Result file = DefinitionReader.check(options.file(), terminal.environment());
    Definitions definitions = file.orThrow();
    Words.requireKnown(
        kind.word(),
        name,
        kind == Kind.ASSIGNMENT
            ? definitions.assignments().keySet()
            : definitions.facts().keySet());
    Sample sample = Questions.sample(definitions, new DefinitionRef(kind, name), from, to, limit);
    print(sample);
    Place place = file.place(kind.word(), name);
    sample.troubles().forEach(trouble -> terminal.err().println(text(trouble, place)));
    return (sample.troubles().isEmpty() ? ExitCode.DONE : ExitCode.USAGE).code();
  }

  private void checkOptions() {
    if (limit < 1) {
      throw new UsageException("--limit " + Words.mustBe("at least 1", Integer.toString(limit)));
    }
    if (from != null && to != null && !to.isAfter(from)) {
      throw new UsageException("--to must be after --from, found " + from + " to " + to);
    }
  }

  private void print(Sample sample) {
    terminal.err().println(sample.sql());
    terminal.err().println();
    if (sample.rows() == null) {
      return;
    }
    String columns =
        sample.columns().stream()
            .map(column -> column.name() + " " + column.type())
            .collect(Collectors.joining(", "));
    terminal.err().println("Columns: " + columns);
    if (options.output(terminal).isJson() || !sample.rows().isEmpty()) {
      terminal.err().println();
      options.output(terminal).print(sample.rows());
    } else {
      terminal.err().printf("No row from %s to %s.%n", sample.from(), sample.to());
    }
  }

  private String text(Trouble trouble, Place place) {
    String label = trouble.sqlState() == null ? "" : trouble.label() + ": ";
    return new Problem(
            place.file(),
            place.lineOfSql(trouble.sqlLine()),
            Severity.ERROR,
            kind.word() + " " + name + ": " + label + trouble.message(),
            trouble.remedy())
        .text();
  }

  /** Reads {@code assignment} or {@code fact}. */
  static final class KindConverter implements ITypeConverter<Kind> {
    @Override
    public Kind convert(String text) {
      List<Kind> kinds = Arrays.stream(Kind.values()).filter(k -> k.word().equals(text)).toList();
      if (kinds.isEmpty()) {
        throw new TypeConversionException(Words.mustBe("assignment or fact", text));
      }
      return kinds.get(0);
    }
  }
}
